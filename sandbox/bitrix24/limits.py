"""The two limits: a leaky bucket over requests, and the running time each method may use in ten minutes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

BURST: Final = 50
PER_SECOND: Final = 2.0
WINDOW_S: Final = 600
OPERATING_LIMIT_S: Final = 480.0


@dataclass(slots=True)
class LeakyBucket:
    """Each request adds one, the level falls steadily, above `burst` requests are refused and not added."""

    burst: int = BURST
    per_second: float = PER_SECOND
    enabled: bool = True
    now: Callable[[], float] = time.monotonic
    _level: float = 0.0
    _at: float = 0.0

    def admit(self) -> bool:
        """Count one request and say whether it is within the limit."""
        moment = self.now()
        self._level = max(0.0, self._level - (moment - self._at) * self.per_second)
        self._at = moment
        if self.enabled and self._level + 1 > self.burst:
            return False
        self._level += 1
        return True


@dataclass(slots=True)
class Meter:
    """Running time per method, in one-minute buckets over the last ten; `cost_s` is what a call counts for.

    The emulation answers in milliseconds, so without a set cost the limit is never reached.
    """

    limit_s: float = OPERATING_LIMIT_S
    cost_s: dict[str, float] = field(default_factory=dict)
    _used: dict[str, dict[int, float]] = field(default_factory=dict)

    def used(self, method: str, now: float) -> float:
        """Return the seconds a method used in the window."""
        oldest = int(now - WINDOW_S) // 60
        minutes = self._used.get(method, {})
        for minute in [one for one in minutes if one <= oldest]:
            del minutes[minute]
        return sum(minutes.values())

    def add(self, method: str, now: float, took_s: float) -> float:
        """Add one call and return the new sum."""
        minutes = self._used.setdefault(method, {})
        minute = int(now) // 60
        minutes[minute] = minutes.get(minute, 0.0) + self.cost_s.get(method, took_s)
        return self.used(method, now)

    def exhausted(self, method: str, now: float) -> bool:
        """Say whether the method is blocked until some of its time falls out of the window."""
        return self.used(method, now) >= self.limit_s
