"""The outbox: writes keep their order, their intent and their receipts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import (
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    Person,
    UpdateDeal,
    Write,
    WriteBody,
)
from store import outbox
from store.database import Store
from store.outbox import OutboxCounts, Row, State

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
BODIES: list[WriteBody] = [
    UpdateDeal(seen={"stage": ["p", "a"]}, changes={"stage": ["p", "b"], "owner": None}),
    CreateDeal("d1", {"title": "A", "amount": "1.50"}, Person("Ann", None, "+1"), "ACME"),
    CreateTask("Call", "two\nlines", "7", SOON),
    CreateNote("hello"),
    CloseTask("9"),
]


def note(key: str, deal_id: str = "d1") -> Write:
    return Write(key, deal_id, "hubspot-eu", "42", CreateNote("hello"))


def add(store: Store, *writes: Write) -> list[Row]:
    with store.begin() as tx:
        outbox.add(tx, writes, NOW)
        found = outbox.open_rows(tx, {write.deal_id for write in writes}, attempted_since=NOW)
    return sorted((row for rows in found.values() for row in rows), key=lambda row: row.id)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_a_write_is_kept_as_it_is(store: Store, body: WriteBody) -> None:
    write = Write("k", "d1", "hubspot-eu", None if body.kind == "create" else "42", body)
    (row,) = add(store, write)
    assert row == Row(row.id, write, State.PENDING, 0, NOW, NOW, None, None)


def test_an_open_key_is_not_added_twice(store: Store) -> None:
    with store.begin() as tx:
        assert outbox.add(tx, [note("a"), note("a"), note("a", "d2")], NOW) == 2
        assert outbox.add(tx, [note("a"), note("b")], NOW) == 1
        assert outbox.add(tx, [], NOW) == 0


@pytest.mark.parametrize("state", ["pending", "sending", "parked", "done", "settled", "superseded"])
def test_when_a_key_may_be_used_again(store: Store, state: str) -> None:
    (row,) = add(store, note("a"))
    with store.begin() as tx:
        outbox.start(tx, row.id, NOW)
        if state == "pending":
            outbox.postpone(tx, row.id, due_at=NOW, error="", spend_attempt=True, uncertain=False)
        elif state == "parked":
            outbox.park(tx, row.id, "refused")
        elif state == "done":
            outbox.receipt(tx, row.id, NOW, "9")
        elif state == "settled":
            outbox.settle(tx, [row.id])
        elif state == "superseded":
            outbox.supersede(tx, [row.id])
        is_open = state in ("pending", "sending", "parked")
        assert outbox.known_keys(tx, ["d1"]) == {"d1": frozenset() if state == "superseded" else {"a"}}
        assert outbox.add(tx, [note("a")], NOW) == (0 if is_open else 1)


def test_keys_of_updates_are_not_remembered(store: Store) -> None:
    add(store, Write("u", "d1", "hubspot-eu", "42", BODIES[0]), note("n"))
    with store.read() as tx:
        assert outbox.known_keys(tx, ["d1", "d2"]) == {"d1": frozenset({"n"}), "d2": frozenset()}


def test_writes_of_a_deal_are_made_in_order(store: Store) -> None:
    first, second, _ = add(store, note("a"), note("b"), note("c", "d2"))
    with store.begin() as tx:
        assert outbox.next_due(tx, "d1", NOW) == first
        started = outbox.start(tx, first.id, NOW)
        assert (started.state, started.attempts, started.attempted_at) == (State.SENDING, 1, NOW)
        outbox.receipt(tx, first.id, NOW, "9")
        assert outbox.next_due(tx, "d1", NOW) == second
        outbox.park(tx, second.id, "refused")
        assert outbox.next_due(tx, "d1", NOW) is None


def test_what_may_have_taken_effect_comes_first(store: Store) -> None:
    first, second = add(store, note("a"), note("b"))
    with store.begin() as tx:
        outbox.start(tx, second.id, NOW)
        outbox.postpone(tx, second.id, due_at=SOON, error="timed out", spend_attempt=True, uncertain=True)
        assert outbox.next_due(tx, "d1", NOW) is None
        head = outbox.next_due(tx, "d1", SOON)
        assert head is not None
        assert (head.id, head.state, head.attempts, head.error) == (second.id, State.SENDING, 1, "timed out")
        outbox.receipt(tx, second.id, SOON, "9")
        assert outbox.next_due(tx, "d1", SOON) == first


@pytest.mark.parametrize(("spend", "attempts"), [(True, 1), (False, 0)])
def test_a_postponed_write_waits(store: Store, spend: bool, attempts: int) -> None:
    (row,) = add(store, note("a"))
    with store.begin() as tx:
        outbox.start(tx, row.id, NOW)
        outbox.postpone(tx, row.id, due_at=SOON, error="429", spend_attempt=spend, uncertain=False)
        assert outbox.next_due(tx, "d1", NOW) is None
        head = outbox.next_due(tx, "d1", SOON)
        assert head is not None and (head.state, head.attempts) == (State.PENDING, attempts)


def test_a_finished_write_is_not_started_again(store: Store) -> None:
    superseded, done = add(store, note("a"), note("b"))
    with store.begin() as tx:
        outbox.supersede(tx, [superseded.id])
        outbox.start(tx, done.id, NOW)
        outbox.receipt(tx, done.id, NOW, "9")
        outbox.supersede(tx, [done.id])
        outbox.settle(tx, [done.id, superseded.id])
        assert outbox.known_keys(tx, ["d1"]) == {"d1": frozenset({"b"})}
    for row in (superseded, done):
        with pytest.raises(outbox.NotOpen), store.begin() as tx:
            outbox.start(tx, row.id, NOW)


def test_recent_attempts_without_a_receipt_are_remembered(store: Store) -> None:
    rows = add(store, *[note(key) for key in ("tried", "settled", "old", "untried", "done")])
    tried, settled, old, untried, done = (row.id for row in rows)
    with store.begin() as tx:
        for row_id in (tried, settled, done):
            outbox.start(tx, row_id, NOW)
        outbox.start(tx, old, NOW - timedelta(seconds=1))
        outbox.receipt(tx, done, NOW, "9")
        outbox.settle(tx, [settled])
        outbox.supersede(tx, [tried, old, untried])
        found = outbox.open_rows(tx, ["d1", "d2"], attempted_since=NOW)
    assert [(row.id, row.state) for row in found.pop("d1")] == [
        (tried, State.SUPERSEDED),
        (settled, State.SETTLED),
    ]
    assert found == {}


@pytest.mark.parametrize("revive", [True, False])
def test_a_person_decides_about_parked_writes(store: Store, revive: bool) -> None:
    row, other = add(store, note("a"), note("b", "d2"))
    with store.begin() as tx:
        outbox.start(tx, row.id, NOW)
        outbox.park(tx, row.id, "the CRM says no")
        (parked,) = outbox.parked_rows(tx)
        assert (parked.id, parked.state, parked.error) == (row.id, State.PARKED, "the CRM says no")
        act = outbox.retry if revive else outbox.drop
        assert act(tx, [row.id, other.id], SOON) == 1
        assert outbox.parked_rows(tx) == []
        head = outbox.next_due(tx, "d1", SOON)
        assert outbox.known_keys(tx, ["d1"]) == {"d1": frozenset({"a"})}
    assert (head is not None) is revive
    assert head is None or (head.attempts, head.error) == (0, None)


def test_counts(store: Store) -> None:
    ids = [row.id for row in add(store, *[note(key, key) for key in "abcdef"])]
    with store.begin() as tx:
        for row_id in ids[:4]:
            outbox.start(tx, row_id, NOW)
        outbox.receipt(tx, ids[0], NOW, "9")
        outbox.park(tx, ids[1], "no")
        outbox.postpone(tx, ids[2], due_at=SOON, error="503", spend_attempt=True, uncertain=True)
        outbox.supersede(tx, [ids[4]])
        assert outbox.counts(tx, NOW) == OutboxCounts(pending=2, scheduled=1, done=1, dead=1)
        assert outbox.counts(tx, NOW, "hubspot-eu") == outbox.counts(tx, NOW)
        assert outbox.counts(tx, NOW, "bitrix") == OutboxCounts(pending=0, scheduled=0, done=0, dead=0)
