"""`GET /events`: tells open pages that something changed, so that they fetch themselves again. Says never what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from store import line
from store.database import Unavailable
from sync.runtime import Runtime

EVERY_S = 1.0
"""How often the database is asked, once for all open pages of a process; never while none is open."""

LASTS_S = 600
"""Then the browser connects again, and is asked again who it is."""

PING_S = 20
RECONNECT_MS = 2_000

log = structlog.get_logger()


@dataclass(eq=False)
class _Listener:
    """One open page: woken when something changed, or when the server ends."""

    since: str | None
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    ending: anyio.Event = field(default_factory=anyio.Event)


class Changes:
    """One look at the database a second, told to all who listen."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._listening: set[_Listener] = set()
        self._looking: asyncio.Task[None] | None = None

    async def stream(self, request: Request) -> EventSourceResponse:
        """A stream of `changed` events, until the page is closed or the server ends.

        `since` is the mark of the page that listens: what happened before the stream began is told at once.
        """
        listener = _Listener(request.query_params.get("since"))
        return EventSourceResponse(
            self._events(listener),
            ping=PING_S,
            headers={"cache-control": "no-store"},
            shutdown_event=listener.ending,
            shutdown_grace_period=2 * EVERY_S,
        )

    async def _events(self, listener: _Listener) -> AsyncIterator[ServerSentEvent]:
        mark = await self._mark()
        self._listening.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(mark))
        if listener.since not in (None, mark):
            listener.woken.set()
        try:
            yield ServerSentEvent(comment="listening", retry=RECONNECT_MS)
            async with asyncio.timeout(LASTS_S):
                while await listener.woken.wait() and not listener.ending.is_set():
                    listener.woken.clear()
                    yield ServerSentEvent(event="changed", data="1")
        except TimeoutError:
            return
        finally:
            self._listening.discard(listener)

    async def _look(self, before: str | None) -> None:
        """Look as long as anybody listens."""
        while self._listening:
            await asyncio.sleep(EVERY_S)
            now = await self._mark()
            for each in self._listening:
                if now != before or each.ending.is_set():
                    each.woken.set()
            before = now

    async def _mark(self) -> str | None:
        """Where the database stands; None while it cannot be asked, and then its return is a change."""
        try:
            return await run_in_threadpool(mark_of, self._runtime)
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("changes_not_read", error=type(error).__name__)
            return None


def mark_of(runtime: Runtime) -> str:
    """Where the database stands now; a page carries it, so that its stream knows what it has seen."""
    with runtime.store.read() as tx:
        return ".".join(map(str, line.change_mark(tx, runtime.now())))
