"""A time after which no call may be sent: a worker that stalled past its lease must not act on it any more.

Set around one piece of work by the engine, checked by whoever sends a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from connectors.errors import Transient

_deadline: ContextVar[tuple[Callable[[], datetime], datetime] | None] = ContextVar("deadline", default=None)


@contextmanager
def until(deadline: datetime, clock: Callable[[], datetime]) -> Iterator[None]:
    """Allow calls until the deadline only."""
    token = _deadline.set((clock, deadline))
    try:
        yield
    finally:
        _deadline.reset(token)


def check() -> None:
    """Raise `Transient` if the deadline has passed; to be called right before a request is sent."""
    kept = _deadline.get()
    if kept is not None and kept[0]() > kept[1]:
        raise Transient("The worker stalled for too long; somebody else makes this call.", uncertain=False)
