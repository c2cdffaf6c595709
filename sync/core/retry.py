"""How long to wait before the same thing is tried again. Pure: the jitter is passed in."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_S = 5.0
LONGEST_S = 3600.0
GIVE_UP_AFTER = timedelta(days=3)
FEWEST_TRIES = 10
MOST_CONFLICTS = 5
MOST_BUGS = 5


def backoff(attempts: int, jitter: float) -> timedelta:
    """Full jitter: `jitter` (0 to 1) of 5 s doubled with each attempt, an hour at most, a second at least."""
    ceiling = min(LONGEST_S, FIRST_S * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=max(1.0, ceiling * jitter))


def gave_up(wanted_at: datetime, now: datetime, attempts: int) -> bool:
    """Whether something has been failing for so long, and so often, that a person must look.

    What could not be tried during a pause or a downtime of days is not given up at its first failure.
    """
    return now - wanted_at >= GIVE_UP_AFTER and attempts >= FEWEST_TRIES
