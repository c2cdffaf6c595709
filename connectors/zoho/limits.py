"""How fast Zoho may be called: calls in flight, credits of a day, and what to do after a 429 that says nothing.

Facts: docs/connectors/zoho.md#limits
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping

from connectors.base import Lane, Rate
from connectors.errors import CallRefused
from connectors.http import Answer, retry_after

CALLS = "calls"
IN_FLIGHT = 8  # of the ten that the smallest paid edition allows, and of the ten heavy calls of any edition
RATES = (Rate(CALLS, calls=IN_FLIGHT, per_s=1.0, burst=IN_FLIGHT),)
"""Zoho counts calls in flight, which a rate can only approach: so many a second, each taking a second at most."""

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 32.0
CREDITS_GONE_AFTER_S = 180.0  # refused for so long without a success, it is no crowd but an empty account
CREDITS_WAIT_S = 900.0

KEPT_CREDITS: Mapping[Lane, int] = {Lane.POLL: 250, Lane.BULK: 1000}
"""Credits that a lane leaves to the higher ones."""

REMAINING = "X-API-CREDITS-REMAINING"


class Throttle:
    """What the latest answers said about limits. Safe to share by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals = 0
        self._refused_since = 0.0
        self._credits: tuple[int, float] | None = None  # remaining, and when that was said
        self.slots = threading.BoundedSemaphore(IN_FLIGHT)

    def check(self, lane: Lane) -> None:
        """Return if the lane may spend a credit; `CallRefused` while the few left are for higher lanes."""
        left = self._left()
        if left is not None and left < KEPT_CREDITS.get(lane, 0):
            raise CallRefused(
                f"Zoho has {left} API credits left for today; lane {lane} leaves them to hand-offs.",
                retry_after_s=CREDITS_WAIT_S,
            )

    def _left(self) -> int | None:
        """The credits that are left, where Zoho has said so lately."""
        said = self._credits
        return said[0] if said is not None and time.monotonic() < said[1] + CREDITS_WAIT_S else None

    def heard(self, answer: Answer) -> None:
        """Take in an answer of any kind: what it says of credits, and that calls get through again."""
        remaining = answer.headers.get(REMAINING, "")
        with self._lock:
            if remaining.isdecimal():
                self._credits = (int(remaining), time.monotonic())
            if answer.status != 429:
                self._refusals = 0

    def wait_s(self, answer: Answer) -> float:
        """How long to wait after a refusal that was `heard`: seconds for a crowd, longer without credits."""
        with self._lock:
            if not self._refusals:
                self._refused_since = time.monotonic()
            self._refusals += 1
            if self._left() == 0 or time.monotonic() > self._refused_since + CREDITS_GONE_AFTER_S:
                return CREDITS_WAIT_S
            waits = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(self._refusals - 1, 10))
        return retry_after(answer, waits * random.uniform(1.0, 1.5))
