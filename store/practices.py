"""When a deal last came onto a stage that must be visited now and then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from store import bulk
from store.schema import microseconds, practices

_LATEST = "ON CONFLICT (stage) DO UPDATE SET last_at = excluded.last_at"


def note(tx: Connection, stages: Collection[str], now: datetime) -> None:
    """Note that deals came onto these stages now."""
    rows = [(stage, microseconds(now)) for stage in sorted(stages)]
    bulk.insert(tx, practices, ("stage", "last_at"), rows, _LATEST)


def begin(tx: Connection, stages: Collection[str], now: datetime) -> None:
    """Begin to watch these stages; those that are watched already stay as they are."""
    rows = [(stage, microseconds(now)) for stage in sorted(stages)]
    bulk.insert(tx, practices, ("stage", "last_at"), rows, "ON CONFLICT DO NOTHING")


def load(tx: Connection) -> dict[str, datetime]:
    """Return when each stage was last come onto, or first watched."""
    query = select(practices.c.stage, practices.c.last_at)
    return {row.stage: row.last_at for row in tx.execute(query)}
