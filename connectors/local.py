"""Grants and budget for one process alone: tests, and commands that make a few calls and end.

Not for workers, which share both through the store and the broker.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from connectors.base import Lane, Rate


class NoBudget:
    """A rate budget that never makes anybody wait; it remembers what was asked of it."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Lane, int]] = []
        self.pauses: list[float] = []

    def declare(self, rates: Sequence[Rate]) -> None:
        """Let any rate be asked for."""

    def take(self, rate: str, lane: Lane, weight: int = 1) -> None:
        """Grant the call at once."""
        self.taken.append((rate, lane, weight))

    def pause(self, seconds: float) -> None:
        """Note that the CRM asked to wait."""
        self.pauses.append(seconds)


class MemoryGrants:
    """Rotating tokens kept in memory; lost with the process."""

    def __init__(self, grant: Mapping[str, str] | None = None) -> None:
        self._grant = dict(grant or {})
        self._lock = threading.RLock()

    def load(self) -> Mapping[str, str]:
        """The latest saved grant, empty if there is none."""
        return dict(self._grant)

    def save(self, grant: Mapping[str, str]) -> None:
        """Keep a new grant."""
        self._grant = dict(grant)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the refresh lock over all threads of this process."""
        with self._lock:
            yield
