"""The writer: groups what waits, answers after the commit, and outlives what one delivery holds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

from mapping.model import Hint
from store.database import Unavailable
from sync.intake import Accepted
from web import group_commit
from web.group_commit import GroupCommit, Outcome


class Shelf:
    """Where deliveries are stored; the first group waits until the gate is open."""

    def __init__(self, refuses: Sequence[str] = (), *, gate_open: bool = False) -> None:
        self.groups: list[list[str]] = []
        self.began = threading.Event()
        self.gate = threading.Event()
        self._refuses = refuses
        if gate_open:
            self.gate.set()

    def store(self, batch: Sequence[Accepted]) -> None:
        self.began.set()
        assert self.gate.wait(20)
        names = [accepted.connection for accepted in batch]
        if "away" in self._refuses:
            raise Unavailable("not now")
        if refused := set(self._refuses) & set(names):
            raise ValueError(f"{refused} cannot be stored")
        self.groups.append(names)


def run(shelf: Shelf, scenario: Callable[[GroupCommit], Awaitable[None]]) -> None:
    """Run a scenario beside a running writer, within seconds."""

    async def whole() -> None:
        commit = GroupCommit(shelf.store)
        commit.start()
        try:
            await scenario(commit)
        finally:
            shelf.gate.set()
            await commit.stop()

    asyncio.run(asyncio.wait_for(whole(), 20))


def delivery(name: str, hints: int = 1) -> Accepted:
    return Accepted(name, tuple(Hint(str(number)) for number in range(hints)))


async def keep_all(commit: GroupCommit, *names: str) -> list[Outcome]:
    return await asyncio.gather(*(commit.keep(delivery(name)) for name in names))


def test_nothing_is_answered_before_it_is_stored() -> None:
    shelf = Shelf()

    async def scenario(commit: GroupCommit) -> None:
        answer = asyncio.create_task(commit.keep(delivery("a")))
        await asyncio.to_thread(shelf.began.wait, 20)
        assert not answer.done()
        shelf.gate.set()
        assert await answer is Outcome.STORED
        assert shelf.groups == [["a"]]

    run(shelf, scenario)


def test_what_waits_meanwhile_is_stored_together() -> None:
    shelf = Shelf()

    async def scenario(commit: GroupCommit) -> None:
        answers = asyncio.gather(*(commit.keep(delivery(str(number))) for number in range(30)))
        await asyncio.to_thread(shelf.began.wait, 20)
        late = asyncio.create_task(commit.keep(delivery("late")))
        await asyncio.sleep(0)
        shelf.gate.set()
        assert set(await answers) | {await late} == {Outcome.STORED}

    run(shelf, scenario)
    assert sorted(name for group in shelf.groups for name in group) == sorted(["late", *map(str, range(30))])
    assert len(shelf.groups) <= 3


def test_one_transaction_takes_a_bounded_number() -> None:
    shelf = Shelf()

    async def scenario(commit: GroupCommit) -> None:
        first = asyncio.create_task(commit.keep(delivery("first")))
        await asyncio.to_thread(shelf.began.wait, 20)
        large = [commit.keep(delivery("large", group_commit.MOST_HINTS)) for _ in range(2)]
        small = [commit.keep(delivery("small")) for _ in range(group_commit.MOST_DELIVERIES + 1)]
        rest = asyncio.gather(*large, *small)
        await asyncio.sleep(0)
        shelf.gate.set()
        await first
        await rest

    run(shelf, scenario)
    assert [len(group) for group in shelf.groups] == [1, 1, 1, group_commit.MOST_DELIVERIES, 1]


def test_one_poisonous_delivery_fails_alone() -> None:
    shelf = Shelf(refuses=["poison"], gate_open=True)

    async def scenario(commit: GroupCommit) -> None:
        outcomes = await keep_all(commit, "a", "poison", "b")
        assert outcomes == [Outcome.STORED, Outcome.REFUSED, Outcome.STORED]
        assert await commit.keep(delivery("c")) is Outcome.STORED, "the writer goes on"

    run(shelf, scenario)
    assert sorted(name for group in shelf.groups for name in group) == ["a", "b", "c"]


def test_without_a_database_all_are_put_off() -> None:
    async def scenario(commit: GroupCommit) -> None:
        assert await keep_all(commit, "a", "b") == [Outcome.UNAVAILABLE] * 2

    run(Shelf(refuses=["away"], gate_open=True), scenario)


def test_more_than_can_be_stored_in_time_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_WAITING", 5)
    shelf = Shelf()

    async def scenario(commit: GroupCommit) -> None:
        waiting = asyncio.gather(commit.keep(delivery("a", 3)), commit.keep(delivery("b", 3)))
        await asyncio.sleep(0)
        assert await commit.keep(delivery("c")) is Outcome.BUSY
        shelf.gate.set()
        assert set(await waiting) == {Outcome.STORED}
        assert await commit.keep(delivery("d")) is Outcome.STORED, "there is room again"

    run(shelf, scenario)


def test_the_end_waits_for_what_was_taken() -> None:
    shelf = Shelf()

    async def scenario(commit: GroupCommit) -> None:
        answer = asyncio.create_task(commit.keep(delivery("a")))
        await asyncio.to_thread(shelf.began.wait, 20)
        end = asyncio.create_task(commit.stop())
        shelf.gate.set()
        await end
        assert await answer is Outcome.STORED

    run(shelf, scenario)
