"""Stories of somebody who leaves: their deals in two CRMs go to whoever takes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mapping.model import HandoffStatus
from sync import actions
from sync.views.rehoming import Plan, plan

from ..contract.connectors.sandbox_client import Sandbox
from .house import COMPLETE, IVAN, OLENA, PETAR, House
from .two_houses import Two, open_two, settle


@pytest.fixture
def two(sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path) -> Iterator[Two]:
    """One line over two CRMs, with the same people in both."""
    with open_two(sandboxes, migrated_sqlite, tmp_path) as opened:
        yield opened


def rehome(two: Two, leaver: str, to: str) -> Plan:
    """What `conveyor rehome --yes` does; returns the plan that it shows."""
    runtime = two[0].runtime
    found = plan(runtime, leaver, to)
    actions.rehome(runtime, found.deal_ids, leaver=leaver, to=to)
    settle(two)
    return found


def deals_of_petar(two: Two) -> list[tuple[House, str]]:
    """In each CRM one deal that Petar was offered, and one that he works on."""
    found = []
    for house in two:
        offered = house.new_deal("qualification", owner=OLENA, **COMPLETE)
        house.edit(offered, by=OLENA, stage="meeting", owner=PETAR)
        found += [(house, offered), (house, house.new_deal("negotiation", by=PETAR))]
    return found


def test_all_deals_in_all_crms_go_to_who_takes_over(two: Two) -> None:
    # Given a hunter with deals in two CRMs, some of which he has not accepted yet
    petars = deals_of_petar(two)
    # When he leaves, and his deals are handed on
    shown = rehome(two, PETAR, IVAN)
    # Then the plan said how many, and where
    groups = {(g["connection"], g["section"]): (g["deals"], g["handoffs"]) for g in shown.groups}
    assert groups == {("hubspot", "conversion"): (2, 1), ("bitrix24", "conversion"): (2, 1)}
    # And each CRM shows the new owner, where the deal was
    assert [house.card(deal).owner for house, deal in petars] == [IVAN] * 4
    assert [house.card(deal).stage for house, deal in petars] == ["meeting", "negotiation"] * 2
    # And pending hand-offs went along, with their tasks
    for house, deal in petars[::2]:
        [handoff] = house.handoffs(deal)
        assert (handoff.status, handoff.to_member) == (HandoffStatus.PENDING, IVAN)
        assert [owner for owner, _ in house.card(deal).todo] == [IVAN]
    # And each story says so
    assert all("rehomed" in house.kinds(deal) for house, deal in petars)


def test_once_handed_on_nothing_is_written_again(two: Two) -> None:
    # Given deals that were handed on
    petars = deals_of_petar(two)
    rehome(two, PETAR, IVAN)
    writes = [house.sandbox.writes() for house in two]
    # When the house looks at everything again, and somebody asks a second time
    for house in two:
        house.poll()
    assert rehome(two, PETAR, IVAN).deal_ids == []
    # Then nothing more is written
    assert [house.sandbox.writes() for house in two] == writes
    assert [house.kinds(deal).count("rehomed") for house, deal in petars] == [1] * 4


def test_a_deal_that_needs_another_role_stays_with_its_owner(two: Two) -> None:
    # Given a hunter who also has a deal among the scouts
    two[0].rewrite("team.yaml", f"email: {PETAR}, roles: [hunter]", f"email: {PETAR}, roles: [hunter, scout]")
    hunting = two[0].new_deal("meeting", by=PETAR)
    scouting = two[1].new_deal("qualification", by=PETAR)
    # When his deals go to somebody who is no scout
    shown = rehome(two, PETAR, IVAN)
    # Then that deal stays, and the plan says why
    assert (two[0].card(hunting).owner, two[1].card(scouting).owner) == (IVAN, PETAR)
    [left] = shown.left_out
    assert (left["deal"], "is not Lead hunter" in left["reason"]) == (f"bitrix24:{scouting}", True)


def test_a_line_that_observes_hands_nothing_on(two: Two) -> None:
    # Given a line that only observes
    two[0].set_mode("observe")
    deal = two[0].new_deal("meeting", by=PETAR)
    # When somebody leaves
    shown = rehome(two, PETAR, IVAN)
    # Then the plan says that nothing is written, and nothing is
    assert [left["reason"] for left in shown.left_out] == [
        "the rules only observe there, so nothing is written"
    ]
    assert (two[0].card(deal).owner, two[0].sandbox.writes()) == (PETAR, 0)
