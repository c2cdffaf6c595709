"""Keeps the doors in force at hand for the event loop, so that a delivery costs no look into the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sync import intake
from sync.intake import Doors
from sync.runtime import Runtime

FRESH_S = 1.0


class CurrentDoors:
    """The doors under the active rules, asked for at most once a second, by one asker for all who wait."""

    def __init__(self, runtime: Runtime, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._runtime = runtime
        self._monotonic = monotonic
        self._known: Doors | None = None
        self._fresh_until = 0.0
        self._asking: asyncio.Task[Doors] | None = None

    async def get(self) -> Doors:
        """The doors as of the last second. Raises what `intake.open_doors` raises."""
        if self._known is not None and self._monotonic() < self._fresh_until:
            return self._known
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> Doors:
        try:
            asked_at = self._monotonic()
            self._known = await asyncio.to_thread(intake.open_doors, self._runtime, self._known)
            self._fresh_until = asked_at + FRESH_S
            return self._known
        finally:
            self._asking = None
