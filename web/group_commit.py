"""Stores deliveries in groups: whatever waits when the writer is free goes into one transaction.

One writer thread a process. Measured, this is four times the rate of a transaction a request, with a flat tail.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from queue import Empty, SimpleQueue

import structlog

from store.database import Unavailable
from sync.intake import Accepted

MOST_DELIVERIES = 500  # in one transaction
MOST_HINTS = 2_000  # in one transaction: it must not take seconds
MOST_WAITING = 10_000  # hints: about two seconds of work

GATHER_S = 0.0005
MOST_GATHERS = 8
"""A group is taken once no further delivery has come for this long, or after so many times of it: what arrives
together is read by the event loop first, undisturbed, and then stored together. Small groups cost a commit each, and
who just misses one waits for two."""

log = structlog.get_logger()


class Outcome(Enum):
    """What became of a delivery."""

    STORED = "stored"
    BUSY = "busy"  # too many wait already
    UNAVAILABLE = "unavailable"  # the database cannot take it now
    REFUSED = "refused"  # the database takes others, but never this one


class GroupCommit:
    """The one writer of a process; `keep` from the event loop that called `start`."""

    def __init__(self, store: Callable[[Sequence[Accepted]], None]) -> None:
        self._store = store
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._waiting = 0
        # A daemon: who forces the process to end does not wait for what nobody was promised.
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Write what waits, then end."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def keep(self, accepted: Accepted) -> Outcome:
        """Store a delivery; returns once it is safe, or cannot be."""
        if self._waiting >= MOST_WAITING:
            return Outcome.BUSY
        waiting = _Waiting(accepted, self._loop.create_future())
        self._waiting += waiting.weight
        self._queue.put(waiting)
        return await waiting.outcome

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._next_group()
            if group:
                outcomes = self._store_group([waiting.accepted for waiting in group])
                self._loop.call_soon_threadsafe(self._answer, group, outcomes)

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """All that waits, up to the size of a transaction; and whether there will be more."""
        group: list[_Waiting] = []
        hints = 0
        following = self._queue.get()
        if following is not None:
            self._gather()
        while following is not None:
            group.append(following)
            hints += following.weight
            if len(group) >= MOST_DELIVERIES or hints >= MOST_HINTS:
                return group, True
            try:
                following = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _gather(self) -> None:
        """Wait for those who come together with the first."""
        before = -1
        for _ in range(MOST_GATHERS):
            time.sleep(GATHER_S)
            waiting = self._queue.qsize()
            if waiting == before:
                return
            before = waiting

    def _store_group(self, group: Sequence[Accepted]) -> list[Outcome]:
        try:
            self._store(group)
        except Unavailable as error:
            log.warning("deliveries_not_stored", deliveries=len(group), reason=str(error), answer=503)
            return [Outcome.UNAVAILABLE] * len(group)
        except Exception as error:  # noqa: BLE001 - the writer must outlive whatever one delivery holds
            if len(group) == 1:
                connection = group[0].connection
                log.error("delivery_refused", connection=connection, error=type(error).__name__, answer=400)
                return [Outcome.REFUSED]
            return [outcome for accepted in group for outcome in self._store_group([accepted])]
        return [Outcome.STORED] * len(group)

    def _answer(self, group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        for waiting, outcome in zip(group, outcomes, strict=True):
            self._waiting -= waiting.weight
            if not waiting.outcome.done():
                waiting.outcome.set_result(outcome)


class _Waiting:
    """A delivery and who waits for it."""

    __slots__ = ("accepted", "outcome", "weight")

    def __init__(self, accepted: Accepted, outcome: asyncio.Future[Outcome]) -> None:
        self.accepted = accepted
        self.outcome = outcome
        self.weight = max(1, len(accepted.hints))
