"""Hand-offs: kept whole, found by deal, counted honestly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Candidate, Deal, Handoff, HandoffStatus
from store import deals, handoffs
from store.database import Store
from store.handoffs import HandoffCounts

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFERED = Handoff(
    id="h1",
    deal_id="d1",
    rule="sales to service",
    file="conveyor.yaml",
    line=40,
    from_section="sales",
    to_section="service",
    from_stage="won",
    from_member="ann@example.com",
    to_member="bob@example.com",
    status=HandoffStatus.PENDING,
    offered_at=NOW,
    due_at=NOW + HOUR,
    defects=("no phone",),
    candidates=(Candidate("bob@example.com", chosen=True, why="his turn"),),
)
WAITING = replace(OFFERED, id="h2", to_member=None, status=HandoffStatus.WAITING, due_at=None)
ACCEPTED = replace(OFFERED, id="h3", status=HandoffStatus.ACCEPTED, closed_at=NOW + HOUR)
RETURNED = replace(
    OFFERED, id="h4", status=HandoffStatus.RETURNED, closed_at=NOW + 2 * HOUR, reason="no budget"
)


@pytest.fixture(autouse=True)
def _saved(store: Store) -> None:
    other = replace(ACCEPTED, id="h5", deal_id="d2", to_section="care", offered_at=NOW + HOUR)
    with store.begin() as tx:
        for handoff in (OFFERED, WAITING, ACCEPTED, RETURNED, other):
            handoffs.save(tx, handoff)


def test_a_handoff_is_kept_as_it_is_and_updated(store: Store) -> None:
    with store.begin() as tx:
        assert handoffs.load(tx, "h1") == OFFERED
        assert handoffs.load(tx, "h9") is None
        accepted = replace(OFFERED, status=HandoffStatus.ACCEPTED, closed_at=NOW)
        handoffs.save(tx, accepted)
        assert handoffs.load(tx, "h1") == accepted


def test_all_of_a_deal_oldest_first(store: Store) -> None:
    with store.read() as tx:
        found = handoffs.of_deals(tx, ["d1", "d2", "d3"])
    assert {deal_id: [h.id for h in own] for deal_id, own in found.items()} == {
        "d1": ["h1", "h2", "h3", "h4"],
        "d2": ["h5"],
    }


def test_those_of_the_deals_that_follow_in_a_journey(store: Store) -> None:
    with store.begin() as tx:
        deals.save(tx, Deal("d1", "d1", "crm"), None)
        deals.save(tx, Deal("d2", "d1", "crm"), None)
        found = handoffs.of_journeys(tx, ["d1", "d2"])
    assert {journey: [h.id for h in own] for journey, own in found.items()} == {"d1": ["h5"]}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["h5", "h1", "h2", "h3", "h4"]),
        ({"statuses": [HandoffStatus.PENDING, HandoffStatus.WAITING]}, ["h1", "h2"]),
        ({"to_section": "care"}, ["h5"]),
        ({"to_member": "bob@example.com", "statuses": [HandoffStatus.PENDING]}, ["h1"]),
        ({"late_at": NOW + 2 * HOUR}, ["h1"]),
        ({"late_at": NOW + HOUR}, []),
        ({"limit": 2}, ["h5", "h1"]),
    ],
)
def test_listing(store: Store, filters: dict[str, object], expected: list[str]) -> None:
    with store.read() as tx:
        found = handoffs.listing(tx, **filters)  # type: ignore[arg-type]
    assert [handoff.id for handoff in found] == expected


def test_counts_add_up(store: Store) -> None:
    with store.read() as tx:
        assert handoffs.counts(tx, NOW) == HandoffCounts(offered=5, accepted=2, returned=1, open=2, late=0)
        assert handoffs.counts(tx, NOW + 2 * HOUR).late == 1
