"""How the house is doing, read in one look at the database: for the metrics and for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store import connections, handoffs, inbox, outbox
from store.connections import ConnectionRow
from store.handoffs import HandoffCounts
from store.inbox import InboxCounts
from store.outbox import OutboxCounts
from sync.runtime import Runtime


@dataclass(frozen=True, slots=True)
class ConnectionFigures:
    """One connection; ages and lag are in seconds."""

    row: ConnectionRow
    paused: bool
    last_event_age_s: float | None
    last_poll_age_s: float | None
    lag_s: float  # how long its oldest event has been waiting to be worked off, also while it is paused


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole house at one moment."""

    at: datetime
    inbox: InboxCounts
    outbox: OutboxCounts
    handoffs: HandoffCounts
    oldest_due_s: float
    connections: Mapping[str, ConnectionFigures]

    @property
    def unaccounted_handoffs(self) -> int:
        """Hand-offs that are neither accepted nor returned nor open: always 0, or something is very wrong."""
        counts = self.handoffs
        return counts.offered - counts.accepted - counts.returned - counts.open


def read_figures(runtime: Runtime) -> Figures:
    """Raises `store.database.Unavailable`, and errors of SQLAlchemy while there are no tables."""
    now = runtime.now()
    with runtime.store.read() as tx:
        oldest = inbox.oldest_due_of(tx, now)
        rows = connections.load_all(tx)
        return Figures(
            at=now,
            inbox=inbox.counts(tx, now),
            outbox=outbox.counts(tx, now),
            handoffs=handoffs.counts(tx, now),
            oldest_due_s=_age(inbox.oldest_due(tx, now), now) or 0.0,
            connections={name: _connection(row, oldest.get(name), now) for name, row in rows.items()},
        )


def _connection(row: ConnectionRow, oldest: datetime | None, now: datetime) -> ConnectionFigures:
    return ConnectionFigures(
        row=row,
        paused=row.paused(now),
        last_event_age_s=_age(row.last_event_at, now),
        last_poll_age_s=_age(row.last_poll_at, now),
        lag_s=_age(oldest, now) or 0.0,
    )


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else max(0.0, (now - at).total_seconds())
