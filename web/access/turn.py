"""One password is tried at a time in each process, for a hash keeps a whole processor busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync.access.throttle import Throttled

MOST_WAITING = 20
"""More people are not kept waiting for their turn: they would take the places of webhooks."""


class Turn:
    """Whose password is tried now, and how many wait."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it. Raises `Throttled` where too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise Throttled("Too many passwords are tried at once.")
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1
