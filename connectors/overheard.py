"""What a CRM's answers say besides their bodies, for whoever listens: their headers, and when they came.

Told by `connectors.http` for every connector; opens no connection and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Heard:
    """The head of one answer, whatever its status; `headers` are looked up in any case."""

    headers: Mapping[str, str]
    sent_at: datetime
    received_at: datetime

    @property
    def ahead(self) -> timedelta | None:
        """How far our clock is ahead of the CRM's (negative: behind), as far as is sure; `None` without a `Date`.

        `Date` has whole seconds, and was written at some moment of the call: what that explains is no difference.
        """
        said_at = _moment(self.headers.get("Date", ""))
        if said_at is None:
            return None
        at_least, at_most = self.sent_at - said_at - _SECOND, self.received_at - said_at
        if at_least <= timedelta(0) <= at_most:
            return timedelta(0)
        return at_least if at_least > timedelta(0) else at_most


Listener = Callable[[Heard], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear every answer of the calls that are made inside, in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(headers: Mapping[str, str], sent_at: datetime) -> None:
    """Say that the head of an answer came just now; to be called by whoever sends a request."""
    listener = _listener.get()
    if listener is not None:
        listener(Heard(headers, sent_at, datetime.now(UTC)))


def _moment(said: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)
