"""Rate limits: so many requests per group (path and method) and key, three times as many per organization."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from starlette.responses import Response

from sandbox.call import Refusal, json_answer

BURST = 40
WINDOW_S = 2.0
ORGANIZATION_FACTOR = 3
# Reports, exports and bulk work allow less.
STRICTER = {"POST /api/v1/export/opportunity/": 4, "POST /api/v1/export/lead/": 4}
GATEWAY = {"ratelimit-limit": "60", "x-ratelimit-limit": "60, 60;w=1, 100;w=1"}
EXCEEDED = "API call count exceeded for this period"


@dataclass
class Window:
    """One period of one limit."""

    limit: int
    until: float
    used: int = 0

    @property
    def remaining(self) -> int:
        """Return how many more requests fit."""
        return max(0, self.limit - self.used)


class Limits:
    """Counts requests; the header tells of the limit that is closest to being hit."""

    def __init__(self) -> None:
        self.enabled = True
        self.burst = BURST
        self._windows: dict[tuple[str, str], Window] = {}

    def set(self, enabled: bool, burst: int | None) -> None:
        """Switch the limits on or off, with another burst per key where given."""
        self.enabled, self.burst = enabled, BURST if burst is None else burst
        self._windows.clear()

    def admit(self, credential: str, group: str) -> Window:
        """Count one request; return the closest limit, or raise it as a refusal."""
        most = min(self.burst, STRICTER.get(group, self.burst))
        windows = [
            self._window((credential, group), most),
            self._window(("", group), most * ORGANIZATION_FACTOR),
        ]
        closest = min(windows, key=lambda window: window.remaining)
        if self.enabled and closest.remaining == 0:
            raise Exceeded(closest.limit, closest.until - time.monotonic())
        for window in windows:
            window.used += 1
        return closest

    def _window(self, key: tuple[str, str], limit: int) -> Window:
        now = time.monotonic()
        window = self._windows.get(key)
        if window is None or window.until <= now:
            window = self._windows[key] = Window(limit, now + WINDOW_S)
        return window


class Exceeded(Exception):
    """A limit was hit; `reset` in seconds."""

    def __init__(self, limit: int, reset: float) -> None:
        super().__init__(f"limit {limit}")
        self.limit = limit
        self.reset = max(0.001, reset)


def header(limit: int, remaining: int, reset: float, style: str) -> dict[str, str]:
    """Return the header of one of the two forms that were seen; none where only retry-after is sent."""
    if style == "retry_after":
        return {}
    if style == "commas":
        return {"ratelimit": f"limit={limit}, remaining={remaining}, reset={math.ceil(reset)}"}
    return {"ratelimit": f"limit={limit}; remaining={remaining}; reset={reset:.3g}", **GATEWAY}


def too_many(limit: int, reset: float, style: str) -> Response:
    """Return the 429; its body is not to be read."""
    headers = header(limit, 0, reset, style) | {"retry-after": str(math.ceil(reset))}
    return json_answer(429, {"error": {"message": EXCEEDED}}, headers)


def refusal(exceeded: Exceeded, style: str) -> Refusal:
    """Return the refusal of a request over a limit."""
    return Refusal(too_many(exceeded.limit, exceeded.reset, style), "rate")
