"""The inbox: every event is kept until it was worked off, doubles are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    EventKind,
    Hint,
    HintKind,
    Record,
    Ref,
    StageMove,
    TaskState,
)
from store import inbox
from store.database import Store
from store.inbox import InboxCounts, NewEvent

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = NOW + timedelta(microseconds=1)

HINT = Hint("42", HintKind.CHANGED, "e1", NOW, Actor(ActorKind.PERSON, "7"), "stage", "s2")
RECORD = Record(
    Ref("hubspot-eu", "42"),
    {"title": "A", "stage": ["p", "s"], "n": 1, "share": 0.5, "yes": True, "none": None},
    "v1",
    modified_at=NOW,
    moves=(StageMove(NOW, ["p", "s"], Actor(ActorKind.OURS)),),
    tasks={"9": TaskState(done=True, completed_at=NOW)},
    known=frozenset({Aspect.HISTORY, Aspect.TASKS}),
)


def webhook(deal_id: str = "d1", source_id: str | None = None, due_at: datetime | None = None) -> NewEvent:
    return NewEvent(EventKind.WEBHOOK, deal_id, "hubspot-eu", "42", source_id, due_at=due_at)


def add(store: Store, *events: NewEvent) -> list[int]:
    """Store events and return the ids of all that are due."""
    with store.begin() as tx:
        inbox.add(tx, events, NOW)
        found = inbox.due(tx, {event.deal_id for event in events}, NOW)
    return sorted(event.id for own in found.values() for event in own)


def test_an_event_is_kept_as_it_is(store: Store) -> None:
    with store.begin() as tx:
        manual = NewEvent(EventKind.MANUAL, "d1", data={"action": "accept", "by": "ann@example.com"})
        full = NewEvent(EventKind.POLL, "d1", "hubspot-eu", "42", "e1", HINT, RECORD)
        assert inbox.add(tx, [full, manual, webhook("d2")], NOW) == 3
    with store.read() as tx:
        found = inbox.due(tx, ["d1", "d2", "d3"], NOW)
    assert found.keys() == {"d1", "d2"}
    first, second = found["d1"]
    assert (first.kind, first.connection, first.remote_id) == (EventKind.POLL, "hubspot-eu", "42")
    assert (first.hint, first.record, first.data) == (HINT, RECORD, {})
    assert (second.kind, second.hint, second.data) == (EventKind.MANUAL, None, dict(manual.data))


def test_doubles_of_the_crm_are_dropped(store: Store) -> None:
    with store.begin() as tx:
        assert inbox.add(tx, [webhook("d1", "e1"), webhook("d1", "e1"), webhook("d1", "e2")], NOW) == 2
    with store.begin() as tx:
        elsewhere = NewEvent(EventKind.WEBHOOK, "d2", "bitrix", "1", "e1")
        assert inbox.add(tx, [webhook("d1", "e1"), elsewhere, webhook(), webhook()], NOW) == 3
        assert inbox.add(tx, [], NOW) == 0


def test_a_double_is_still_told_after_the_event_was_worked_off(store: Store) -> None:
    event_ids = add(store, webhook(source_id="e1"))
    with store.begin() as tx:
        inbox.done(tx, event_ids, NOW)
        assert inbox.purge(tx, SOON) == 1
        assert inbox.purge(tx, SOON) == 0
        assert inbox.add(tx, [webhook(source_id="e1")], NOW) == 0


def test_nothing_is_due_before_its_time(store: Store) -> None:
    assert add(store, webhook(due_at=SOON)) == []
    with store.read() as tx:
        assert len(inbox.due(tx, ["d1"], SOON)["d1"]) == 1


def test_a_failed_event_comes_back_until_it_is_given_up(store: Store) -> None:
    (event_id,) = add(store, webhook())
    with store.begin() as tx:
        inbox.fail(tx, [event_id], NOW, due_at=SOON, error="HTTP 500", dead=False)
        assert inbox.due(tx, ["d1"], NOW) == {}
        assert inbox.attempts(tx, [event_id, 99]) == {event_id: 1}
        inbox.fail(tx, [event_id], SOON, due_at=SOON, error="a\x00b\ud800" + "x" * 9000, dead=True)
    with store.read() as tx:
        dead = inbox.show(tx, event_id)
        assert dead is not None and dead.error is not None
        assert (dead.event.id, dead.deal_id, dead.attempts, dead.created_at) == (event_id, "d1", 2, NOW)
        assert dead.error.startswith("ab?xx") and len(dead.error) == 2000
        assert inbox.dead_rows(tx) == [dead] and inbox.dead_rows(tx, 0) == []
        assert inbox.due(tx, ["d1"], SOON) == {}


@pytest.mark.parametrize("revive", [True, False])
def test_a_person_decides_about_the_dead(store: Store, revive: bool) -> None:
    alive, event_id = add(store, webhook(), webhook())
    with store.begin() as tx:
        inbox.fail(tx, [event_id], NOW, due_at=NOW, error="boom", dead=True)
        act = inbox.retry if revive else inbox.drop
        assert act(tx, [alive, event_id], NOW) == 1
        assert inbox.show(tx, event_id) is None
        assert len(inbox.due(tx, ["d1"], NOW)["d1"]) == (2 if revive else 1)
        assert inbox.attempts(tx, [event_id])[event_id] == (0 if revive else 1)


def test_held_events_wait_for_a_person(store: Store) -> None:
    event_ids = add(store, webhook(), webhook("d2"))
    with store.begin() as tx:
        inbox.hold(tx, event_ids, "too many deals at once")
        assert inbox.due(tx, ["d1", "d2"], NOW) == {}
        assert inbox.counts(tx, NOW).held == 2
        assert inbox.release(tx, "bitrix", NOW) == 0
        assert inbox.release(tx, "hubspot-eu", NOW) == 2
        assert inbox.due(tx, ["d1", "d2"], NOW).keys() == {"d1", "d2"}


def test_counts_and_the_oldest(store: Store) -> None:
    before = NOW - timedelta(hours=1)
    event_ids = add(store, webhook(due_at=before), *[webhook() for _ in range(4)], webhook(due_at=SOON))
    with store.begin() as tx:
        assert inbox.oldest_due(tx, NOW) == before
        inbox.done(tx, event_ids[:1], NOW)
        inbox.fail(tx, event_ids[1:2], NOW, due_at=NOW, error="boom", dead=True)
        inbox.hold(tx, event_ids[2:3], "too many")
        assert inbox.counts(tx, NOW) == InboxCounts(pending=2, scheduled=1, held=1, done=1, dead=1)
        assert inbox.counts(tx, NOW, "hubspot-eu") == inbox.counts(tx, NOW)
        assert inbox.counts(tx, NOW, "bitrix") == InboxCounts(pending=0, scheduled=0, held=0, done=0, dead=0)
        assert inbox.oldest_due(tx, NOW) == NOW
        assert inbox.oldest_due(tx, before) is None


def test_a_deal_has_one_timer(store: Store) -> None:
    with store.begin() as tx:
        for minutes in (10, 5, 20):
            inbox.schedule(tx, "d1", NOW + timedelta(minutes=minutes), NOW)
        inbox.schedule(tx, "d2", NOW + timedelta(minutes=5), NOW)
        assert inbox.counts(tx, NOW).scheduled == 2
        later = NOW + timedelta(minutes=19)
        assert inbox.due(tx, ["d1", "d2"], later).keys() == {"d2"}
        assert inbox.due(tx, ["d1"], NOW + timedelta(minutes=20)).keys() == {"d1"}


def test_thousands_at_once(store: Store) -> None:
    with store.begin() as tx:
        assert inbox.add(tx, [webhook(f"d{n % 7000}", f"e{n}") for n in range(12_000)], NOW) == 12_000
        found = inbox.due(tx, [f"d{n}" for n in range(7000)], NOW)
        event_ids = [event.id for own in found.values() for event in own]
        assert len(event_ids) == 12_000
        inbox.done(tx, event_ids, NOW)
        assert inbox.counts(tx, NOW).done == 12_000
