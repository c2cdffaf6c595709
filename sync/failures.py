"""What follows from an error of a CRM: the one table from error class to consequence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors.errors import (
    AuthFailed,
    CallRefused,
    Conflict,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)

AUTH_PAUSE_S = 120.0


class Consequence(StrEnum):
    """What the engine does next."""

    TRY_AGAIN = "try_again"  # later, with backoff, the attempt counts
    WAIT = "wait"  # this piece of work comes back when its lane may call again, no attempt is spent
    PAUSE = "pause"  # the whole connection waits, no attempt is spent
    LOOK_AGAIN = "look_again"  # what we knew is out of date
    PARK = "park"  # a person decides


_TABLE: tuple[tuple[type[ConnectorError], Consequence], ...] = (
    (CallRefused, Consequence.WAIT),
    (RateLimited, Consequence.PAUSE),
    (AuthFailed, Consequence.PAUSE),
    (Conflict, Consequence.LOOK_AGAIN),
    (Missing, Consequence.LOOK_AGAIN),
    (Rejected, Consequence.PARK),
    (Transient, Consequence.TRY_AGAIN),
    (Unreadable, Consequence.TRY_AGAIN),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error and what follows from it."""

    consequence: Consequence
    message: str
    pause_s: float = 0.0  # how long to wait or pause
    uncertain: bool = True  # the call may have taken effect
    is_auth: bool = False


def failure_of(error: ConnectorError) -> Failure:
    """Look up what follows from an error; one of no known class is tried again."""
    found = next((what for kind, what in _TABLE if isinstance(error, kind)), Consequence.TRY_AGAIN)
    uncertain = found is Consequence.TRY_AGAIN and getattr(error, "uncertain", True)
    return Failure(found, str(error), _pause_s(error), uncertain, isinstance(error, AuthFailed))


def _pause_s(error: ConnectorError) -> float:
    if isinstance(error, RateLimited):
        return max(0.5, error.retry_after_s)
    return AUTH_PAUSE_S if isinstance(error, AuthFailed) else 0.0
