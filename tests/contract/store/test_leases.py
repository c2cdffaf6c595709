"""Leases: one worker a deal, and what counts as due."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import CreateNote, Deal, EventKind, Write
from store import connections, deals, inbox, leases, outbox
from store.database import Store
from store.inbox import NewEvent

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
LATER = NOW + timedelta(seconds=61)


@pytest.fixture
def deal_ids(store: Store) -> list[str]:
    """Ten deals at home in `hubspot-eu`, and `far` in `bitrix`."""
    names = [f"d{number}" for number in range(10)]
    with store.begin() as tx:
        connections.ensure(tx, ["hubspot-eu", "bitrix"], NOW)
        for name in names:
            deals.save(tx, Deal(name, name, "hubspot-eu"), None)
        deals.save(tx, Deal("far", "far", "bitrix"), None)
    return names


def event(deal_id: str, connection: str | None = "hubspot-eu", *, due_at: datetime | None = None) -> NewEvent:
    return NewEvent(EventKind.WEBHOOK, deal_id, connection, "1", due_at=due_at)


def note(deal_id: str, key: str, connection: str = "hubspot-eu") -> Write:
    return Write(key, deal_id, connection, "1", CreateNote("hello"))


def take(store: Store, deal_id: str, token: str, now: datetime) -> bool:
    with store.begin() as tx:
        return leases.acquire(tx, deal_id, token, now, 60)


def test_one_holder_until_the_lease_runs_out(store: Store, deal_ids: list[str]) -> None:
    assert take(store, "d0", "me", NOW)
    assert not take(store, "d0", "you", SOON)
    assert take(store, "d0", "me", SOON)
    assert not take(store, "d0", "you", NOW + timedelta(seconds=89))
    assert take(store, "d0", "you", NOW + timedelta(seconds=90))
    assert not take(store, "nobody", "me", NOW)


def test_a_released_lease_is_free_and_others_stay(store: Store, deal_ids: list[str]) -> None:
    assert take(store, "d0", "me", NOW) and take(store, "d1", "you", NOW)
    with store.begin() as tx:
        leases.release(tx, ["d0", "d1"], "me")
    assert take(store, "d0", "you", NOW)
    assert not take(store, "d1", "me", NOW)


def test_guard_renews_what_nobody_took(store: Store, deal_ids: list[str]) -> None:
    assert take(store, "d0", "me", NOW)
    with store.begin() as tx:
        leases.guard(tx, "d0", "me", LATER, 60)
    assert not take(store, "d0", "you", LATER + timedelta(seconds=59))


def test_guard_stops_who_was_too_slow(store: Store, deal_ids: list[str]) -> None:
    assert take(store, "d0", "me", NOW) and take(store, "d0", "you", LATER)
    with pytest.raises(leases.LeaseLost, match="d0"), store.begin() as tx:
        deals.save(tx, Deal("d0", "changed", "hubspot-eu"), None)
        leases.guard(tx, "d0", "me", LATER, 60)
    with store.read() as tx:
        assert deals.load(tx, ["d0"])["d0"].journey == "d0"
    with pytest.raises(leases.LeaseLost), store.begin() as tx:
        leases.guard(tx, "gone", "me", NOW, 60)


def test_of_many_at_once_one_gets_it(store: Store, deal_ids: list[str]) -> None:
    barrier = threading.Barrier(8)

    def compete(token: str) -> bool:
        barrier.wait(10)
        return take(store, "d0", token, NOW)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(compete, f"worker-{number}") for number in range(8)]
        assert sorted(future.result(60) for future in futures) == [False] * 7 + [True]


class TestDue:
    """Which deals have work that can be done now."""

    def due(self, store: Store, now: datetime = NOW) -> list[str]:
        """The due deals, by both ways of asking."""
        with store.read() as tx:
            found = [deal_id for deal_id, _ in leases.due_deals(tx, now, 100)]
            names = [f"d{number}" for number in range(10)] + ["far"]
            assert {name for name in names if leases.is_due(tx, name, now)} == set(found)
        return found

    def test_nothing_to_do(self, store: Store, deal_ids: list[str]) -> None:
        assert self.due(store) == []

    def test_events_and_writes_oldest_first(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event("d1"), event("d1"), event("d2", due_at=SOON)], NOW)
            outbox.add(tx, [note("d3", "a"), note("d1", "b")], NOW - timedelta(seconds=1))
            assert leases.due_deals(tx, NOW, 1) == [("d1", "hubspot-eu")]
        assert self.due(store) == ["d1", "d3"]
        assert self.due(store, SOON) == ["d1", "d3", "d2"]

    def test_an_event_of_no_connection(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event("d1", None)], NOW)
        assert self.due(store) == ["d1"]

    def test_work_that_is_closed_or_set_aside(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event(name) for name in ("d1", "d2", "d3")], NOW)
            found = inbox.due(tx, ["d1", "d2", "d3"], NOW)
            inbox.done(tx, [found["d1"][0].id], NOW)
            inbox.hold(tx, [found["d2"][0].id], "too many")
            inbox.fail(tx, [found["d3"][0].id], NOW, due_at=NOW, error="boom", dead=True)
            outbox.add(tx, [note("d4", "a"), note("d5", "b")], NOW)
            outbox.park(tx, _head(tx, "d4"), "refused")
            outbox.supersede(tx, [_head(tx, "d5")])
        assert self.due(store) == []

    def test_a_held_deal(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event("d1")], NOW)
            assert leases.acquire(tx, "d1", "me", NOW, 60)
        with store.read() as tx:
            assert leases.due_deals(tx, NOW, 100) == []
            assert leases.is_due(tx, "d1", NOW)
        assert self.due(store, LATER) == ["d1"]

    def test_a_paused_connection(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event("d1"), event("d2", "bitrix")], NOW)
            outbox.add(tx, [note("d3", "a"), note("d4", "b", "bitrix")], NOW)
            connections.pause(tx, "bitrix", SOON, "429")
        assert self.due(store) == ["d1", "d3"]
        assert sorted(self.due(store, SOON)) == ["d1", "d2", "d3", "d4"]
        with store.read() as tx:
            assert inbox.due(tx, ["d1", "d2"], NOW).keys() == {"d1"}
            assert outbox.next_due(tx, "d4", NOW) is None

    def test_a_write_behind_one_that_is_not_due(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            outbox.add(tx, [note("d1", "a"), note("d1", "b")], NOW)
            head = outbox.start(tx, _head(tx, "d1"), NOW)
            outbox.postpone(tx, head.id, due_at=SOON, error="503", spend_attempt=True, uncertain=False)
        assert self.due(store) == []
        assert self.due(store, SOON) == ["d1"]


class TestAcquireDue:
    """Taking several due deals of a connection at once."""

    def take(self, store: Store, connection: str, token: str, limit: int = 100) -> list[str]:
        with store.begin() as tx:
            return leases.acquire_due(
                tx, connection=connection, token=token, now=NOW, seconds=60, limit=limit
            )

    def test_with_events_at_home_there_or_from_it_but_not_for_writes_alone(
        self, store: Store, deal_ids: list[str]
    ) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event("d1", "bitrix"), event("d2"), event("far")], NOW)
            outbox.add(tx, [note("d3", "a", "bitrix")], NOW)
        assert sorted(self.take(store, "bitrix", "me")) == ["d1", "far"]
        assert self.take(store, "bitrix", "you") == []
        assert self.take(store, "hubspot-eu", "you") == ["d2"]
        assert not take(store, "d1", "you", NOW)
        with store.begin() as tx:
            leases.guard(tx, "d1", "me", NOW, 60)

    def test_no_more_than_asked_for(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event(name) for name in deal_ids for _ in range(3)], NOW)
        assert self.take(store, "hubspot-eu", "me", 4) == deal_ids[:4] or store.dialect == "postgresql"
        taken = self.take(store, "hubspot-eu", "you", 4)
        assert 0 < len(taken) <= 4

    def test_workers_share_the_work(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event(name) for name in deal_ids], NOW)
        barrier = threading.Barrier(4)

        def work(token: str) -> list[str]:
            barrier.wait(10)
            return [name for _ in range(5) for name in self.take(store, "hubspot-eu", token, 3)]

        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(work, f"worker-{number}") for number in range(4)]
            taken = [name for future in futures for name in future.result(60)]
        assert sorted(taken) == deal_ids

    def test_deals_that_are_being_taken_are_passed_over(self, store: Store, deal_ids: list[str]) -> None:
        with store.begin() as tx:
            inbox.add(tx, [event("d1"), event("d2")], NOW)
        with store.begin() as tx:
            assert leases.acquire(tx, "d1", "me", NOW, 60)
            if store.dialect == "postgresql":  # SQLite has one writer at a time: the other one comes after
                assert self.take(store, "hubspot-eu", "you") == ["d2"]
        assert self.take(store, "hubspot-eu", "he") == ([] if store.dialect == "postgresql" else ["d2"])


def _head(tx: object, deal_id: str) -> int:
    row = outbox.next_due(tx, deal_id, NOW)  # type: ignore[arg-type]
    assert row is not None
    return row.id
