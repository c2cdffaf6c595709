"""`GET /events`: tells open pages that something changed, so that they fetch themselves again. Says never what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

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

PING_S = 20
RECONNECT_MS = 2_000

log = structlog.get_logger()


class Changes:
    """One look at the database a second, told to all who listen."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._listening: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None

    async def stream(self, request: Request) -> EventSourceResponse:
        """A stream of `changed` events, until the page is closed or the server ends."""
        return EventSourceResponse(self._events(), ping=PING_S, headers={"cache-control": "no-store"})

    async def _events(self) -> AsyncIterator[ServerSentEvent]:
        changed = asyncio.Event()
        self._listening.add(changed)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield ServerSentEvent(comment="listening", retry=RECONNECT_MS)
            while True:
                await changed.wait()
                changed.clear()
                yield ServerSentEvent(event="changed", data="1")
        finally:
            self._listening.discard(changed)

    async def _look(self) -> None:
        """Look as long as anybody listens."""
        before = await self._mark()
        while self._listening:
            await asyncio.sleep(EVERY_S)
            now = await self._mark()
            if now != before:
                for each in self._listening:
                    each.set()
            before = now

    async def _mark(self) -> tuple[int, ...] | None:
        """Where the database stands; None while it cannot be asked, and then its return is a change."""
        try:
            return await run_in_threadpool(self._read)
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("changes_not_read", error=type(error).__name__)
            return None

    def _read(self) -> tuple[int, ...]:
        with self._runtime.store.read() as tx:
            return line.change_mark(tx)
