"""Reading all deals of a CRM: in any number of pages, interrupted and gone on with."""

from __future__ import annotations

import pytest

from connectors.errors import ConnectorError
from mapping.model import Ref
from store import connections, deals, ledger
from sync import backfill as backfilling
from sync.backfill import Progress, backfill

from .house import House


@pytest.fixture(autouse=True)
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of HubSpot's pages in a transaction."""
    monkeypatch.setattr(backfilling, "TOGETHER", 200)


@pytest.mark.every_crm
def test_what_was_read_before_an_error_is_kept_and_the_next_run_goes_on_there(house: House) -> None:
    # Given more deals than are stored together, and a CRM that fails in the middle
    ids = house.sandbox.many(1050)

    def fail_once(progress: Progress) -> None:
        if not reports:
            house.sandbox.fault("server_error")
        reports.append(progress.seen)

    reports: list[int] = []
    with pytest.raises(ConnectorError):
        backfill(house.runtime, house.name, fail_once)
    # Then what was read until then is stored, and the next run reads on from there
    kept = _row(house).backfill_seen
    assert 0 < kept < len(ids)
    assert kept == reports[-1]
    again: list[int] = []
    assert backfill(house.runtime, house.name, lambda progress: again.append(progress.seen)).seen == len(ids)
    assert again[0] > kept
    # And each deal was placed once
    assert _lines_of(house, ids) == {"first_seen": len(ids)}
    assert _row(house).backfill_cursor is None


def test_deals_that_a_webhook_brought_are_left_to_it(house: House) -> None:
    # Given deals from before, one of which is edited, so that a webhook tells of it
    ids = house.sandbox.many(3)
    house.sandbox.edit(ids[1], amount=700)
    house.settle()
    story = house.kinds(ids[1])
    # When all are read
    house.backfill()
    # Then it is not placed a second time
    assert house.kinds(ids[1]) == story
    assert [house.kinds(deal) for deal in (ids[0], ids[2])] == [["first_seen"]] * 2


def _row(house: House) -> connections.ConnectionRow:
    with house.runtime.store.read() as tx:
        return connections.load(tx, house.name)


def _lines_of(house: House, ids: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    with house.runtime.store.read() as tx:
        found = [deal for each in ids if (deal := deals.find_by_ref(tx, Ref(house.name, each)))]
        for entry in ledger.story(tx, [deal.id for deal in found]):
            counts[entry.kind] = counts.get(entry.kind, 0) + 1
    return counts
