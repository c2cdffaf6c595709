"""Ids: all of an org come from one counter and have 19 digits."""

from __future__ import annotations

ORG = 7_328_395_000_000_000_000
FIRST_RECORD = ORG + 710_000


class Numbers:
    """Hands out ids of what is made later; what is there from the start has fixed ones."""

    def __init__(self, after: int = 0) -> None:
        self._last = FIRST_RECORD + after

    def next(self) -> int:
        """Return a new id."""
        self._last += 1
        return self._last


def fixed(area: int, place: int) -> int:
    """Return the id of the thing at that place of an area of standard things."""
    return ORG + area * 1000 + place
