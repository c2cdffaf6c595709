"""Listing and polling while people work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Connector, Look
from mapping import model

from .harness import Harness
from .sandbox_client import Sandbox


class ListingContract(Harness):
    """Listing and polling while people work."""

    def test_a_listing_is_whole_while_people_edit(self, sandbox: Sandbox, connector: Connector) -> None:
        ids = sandbox.many(350)
        seen: list[str] = []
        for page in connector.everything(None):
            for deal_id in (ids[0], ids[200], ids[-1]):
                sandbox.edit(deal_id, title=f"edited after {len(seen)}")
            seen += [record.ref.remote_id for record in page.records]
        assert set(ids) <= set(seen)
        assert len(seen) == len(set(seen))

    def test_a_listing_is_taken_up_where_it_was_left(self, sandbox: Sandbox, connector: Connector) -> None:
        ids = sandbox.many(250)
        pages = iter(connector.everything(None))
        first = next(pages)
        rest = list(connector.everything(first.cursor))
        seen = [record.ref.remote_id for page in (first, *rest) for record in page.records]
        assert set(ids) <= set(seen)
        assert len(seen) == len(set(seen))
        after_the_end = [record for page in connector.everything(rest[-1].cursor) for record in page.records]
        assert len(after_the_end) < len(seen)

    def test_a_record_that_vanishes_after_it_was_listed_is_missing(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        sandbox.fault("vanish_after_list", deal=deal_id)
        assert any(
            record.ref.remote_id == deal_id for page in connector.everything(None) for record in page.records
        )
        assert isinstance(connector.fetch([Look(deal_id)])[deal_id], model.Missing)

    def test_a_poll_finds_what_changed_since_the_last_one(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        cursor = [page.cursor for page in connector.changed(None)][-1]
        deal_id = sandbox.new_deal("new since")
        pages = list(connector.changed(cursor))
        assert deal_id in {record.ref.remote_id for page in pages for record in page.records}
        sandbox.edit(deal_id, title="edited since")
        again = [record for page in connector.changed(pages[-1].cursor) for record in page.records]
        assert {record.ref.remote_id: record.values["title"] for record in again}[deal_id] == "edited since"

    def test_the_stage_history_of_all_deals_is_told(self, sandbox: Sandbox, connector: Connector) -> None:
        if not connector.capabilities.history:
            pytest.skip("this CRM keeps no history")
        since = datetime.now(UTC) - timedelta(minutes=5)
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        sandbox.edit(deal_id, pipeline=second[0], stage=second[1])
        changes = list(connector.history(since))
        assert [each.move.stage for each in changes if each.remote_id == deal_id][-1] == second
        assert [each.move.at for each in changes] == sorted(each.move.at for each in changes)
