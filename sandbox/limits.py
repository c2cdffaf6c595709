"""Request limits as vendors state them: at most N requests in any window of S seconds."""

from __future__ import annotations

import time
from collections import defaultdict, deque


class SlidingWindow:
    """Counts admitted requests per key over the last `seconds`; refused ones do not count."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self.enabled = True
        self._admitted: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str) -> bool:
        """Count one request now and say whether it is within the limit."""
        now = time.monotonic()
        admitted = self._recent(key, now)
        if self.enabled and len(admitted) >= self.limit:
            return False
        admitted.append(now)
        return True

    def remaining(self, key: str) -> int:
        """Return how many more requests would be admitted now."""
        return max(0, self.limit - len(self._recent(key, time.monotonic())))

    def reset(self) -> None:
        """Forget all requests."""
        self._admitted.clear()

    def _recent(self, key: str, now: float) -> deque[float]:
        admitted = self._admitted[key]
        while admitted and admitted[0] <= now - self.seconds:
            admitted.popleft()
        return admitted
