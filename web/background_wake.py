"""Wakes workers from a thread of its own: a slow or dead broker never slows an answer to a CRM."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

import structlog

from sync.wake import Wake

MOST_WAITING = 1_000
"""More deals are not remembered while the broker is slow: the sweep finds them."""

PAUSE_S = 0.1
"""Between two sends: a message costs as much as a delivery, and workers take further due deals along anyway."""

log = structlog.get_logger()


class BackgroundWake:
    """A `Wake` that returns at once; what piles up meanwhile is sent together, each deal once."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._deals: dict[str, None] = {}
        self._changed = threading.Condition()
        self._ending = False
        # A daemon: a broker that never answers must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="background-wake", daemon=True)

    def start(self) -> None:
        """Begin to wake."""
        self._thread.start()

    def deals(self, deal_ids: Collection[str]) -> None:
        with self._changed:
            room = MOST_WAITING - len(self._deals)
            self._deals.update(dict.fromkeys(list(deal_ids)[:room]))
            self._changed.notify()

    def poll(self, connection: str) -> None:
        self._wake.poll(connection)

    def backfill(self, connection: str) -> None:
        self._wake.backfill(connection)

    def stop(self, within_s: float) -> None:
        """Send what waits, unless the broker takes longer; losing it costs seconds."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(within_s)

    def _run(self) -> None:
        while deal_ids := self._next():
            try:
                self._wake.deals(deal_ids)
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever the broker's client raises
                log.warning("wake_lost", error=type(error).__name__, next="the sweep finds the work")
            time.sleep(PAUSE_S)

    def _next(self) -> list[str]:
        """The deals that wait, as soon as there are any; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._deals or self._ending)
            waiting, self._deals = list(self._deals), {}
            return waiting
