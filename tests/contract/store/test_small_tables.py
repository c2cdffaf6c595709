"""Ledger, rulesets, turns, locks and samples."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from store import ledger, locks, practices, rulesets, samples, turns
from store.database import Store
from store.ledger import Entry
from store.turns import Turn

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)


def test_the_ledger_tells_a_story_in_order(store: Store) -> None:
    full = Entry(
        deal_id="d1",
        at=LATER,
        kind="returned",
        actor="ann@example.com",
        summary="Moved back: не заполнено.",
        rule_file="conveyor.yaml",
        rule_line=12,
        ruleset="hash",
        event_id=3,
        write_id=4,
        data={"from": ["p", "s"], "n": 1},
    )
    earlier, house = Entry("d1", NOW, "seen", "conveyor", "Seen."), Entry(None, NOW, "applied", "ann", "v1")
    with store.begin() as tx:
        ledger.add(tx, [full, house])
        ledger.add(tx, [earlier, Entry("d2", NOW, "seen", "conveyor", "Seen.")])
        ledger.add(tx, [])
    with store.read() as tx:
        assert ledger.story(tx, ["d1"]) == [full, earlier]
        assert len(ledger.story(tx, ["d1", "d2"])) == 3
        assert [entry.deal_id for entry in ledger.recent(tx, 3)] == ["d2", "d1", None]


def test_the_latest_ruleset_is_active_and_all_are_kept(store: Store) -> None:
    with store.begin() as tx:
        assert rulesets.active(tx) is None and rulesets.active_version(tx) is None
        first = rulesets.activate(tx, "one", {"a.yaml": "x: ü\n"}, by="ann", message="first", now=NOW)
        second = rulesets.activate(tx, "two", {"a.yaml": ""}, by="bob", message=None, now=LATER)
        third = rulesets.activate(tx, "one", {"a.yaml": "x: ü\n"}, by="ann", message="back", now=LATER)
    assert first < second < third
    with store.read() as tx:
        active = rulesets.active(tx)
        assert active is not None
        assert (active.version, active.hash, active.files) == (third, "one", {"a.yaml": "x: ü\n"})
        assert rulesets.active_version(tx) == (third, "one")
        history = rulesets.history(tx)
        assert [(row.version, row.active) for row in history] == [
            (third, True),
            (second, False),
            (first, False),
        ]
        assert rulesets.load(tx, second) == history[1]
        assert rulesets.load(tx, third + 1) is None
    assert (history[2].applied_at, history[2].applied_by, history[2].message) == (NOW, "ann", "first")


def test_turns_count_what_nobody_else_counted(store: Store) -> None:
    with store.begin() as tx:
        assert not turns.take(tx, "closer", "ann", expected_taken=3, taken=4, now=NOW)
        assert turns.take(tx, "closer", "ann", expected_taken=0, taken=1, now=NOW)
        assert not turns.take(tx, "closer", "ann", expected_taken=0, taken=1, now=NOW)
        assert turns.take(tx, "closer", "ann", expected_taken=1, taken=2, now=LATER)
        assert turns.take(tx, "opener", "ann", expected_taken=0, taken=1, now=NOW)
    with store.read() as tx:
        assert turns.load(tx, "closer") == {"ann": Turn(2, LATER)}
        assert turns.load(tx, "farmer") == {}


def test_of_two_who_saw_the_same_turn_one_takes_it(store: Store) -> None:
    for expected in (0, 1):
        barrier = threading.Barrier(4)

        def take(expected: int = expected, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait(10)
            with store.begin() as tx:
                return turns.take(tx, "closer", "ann", expected_taken=expected, taken=expected + 1, now=NOW)

        with ThreadPoolExecutor(4) as pool:
            results = [future.result(60) for future in [pool.submit(take) for _ in range(4)]]
        assert sorted(results) == [False, False, False, True]


def test_a_lock_has_one_holder_until_it_runs_out(store: Store) -> None:
    with store.begin() as tx:
        assert locks.acquire(tx, "scheduler", "me", NOW, 60)
        assert locks.acquire(tx, "scheduler", "me", NOW, 60)
        assert not locks.acquire(tx, "scheduler", "you", NOW, 60)
        assert locks.acquire(tx, "refresh", "you", NOW, 60)
        assert locks.acquire(tx, "scheduler", "you", LATER, 60)
        locks.release(tx, "scheduler", "me")
        assert not locks.acquire(tx, "scheduler", "me", LATER, 60)
        locks.release(tx, "scheduler", "you")
        assert locks.acquire(tx, "scheduler", "me", LATER, 60)


def test_of_many_who_want_a_lock_one_gets_it(store: Store) -> None:
    barrier = threading.Barrier(6)

    def compete(token: str) -> bool:
        barrier.wait(10)
        with store.begin() as tx:
            return locks.acquire(tx, "scheduler", token, NOW, 60)

    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(compete, str(number)) for number in range(6)]
        assert sorted(future.result(60) for future in futures) == [False] * 5 + [True]


def test_the_newest_samples_are_kept_for_each_connection(store: Store) -> None:
    with store.begin() as tx:
        for number in range(25):
            samples.add(tx, "hubspot-eu", reason="not JSON", body=f"{number}\x00{{", now=NOW)
        samples.add(tx, "bitrix", reason="no event", body="x" * 90_000, now=LATER)
    with store.read() as tx:
        kept = samples.listing(tx, "hubspot-eu")
        assert [sample.body for sample in kept] == [f"{number}{{" for number in range(24, 4, -1)]
        newest = samples.listing(tx)[0]
    assert (newest.connection, newest.at, newest.reason) == ("bitrix", LATER, "no event")
    assert len(newest.body) == samples.MAX_BODY


def test_a_practice_is_watched_from_the_beginning_and_noted_each_time(store: Store) -> None:
    with store.begin() as tx:
        practices.begin(tx, {"referral", "renewal"}, NOW)
        practices.note(tx, {"referral"}, LATER)
        practices.begin(tx, {"referral", "renewal"}, LATER)
        practices.note(tx, set(), LATER)
        assert practices.load(tx) == {"referral": LATER, "renewal": NOW}
