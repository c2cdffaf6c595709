"""Named locks with an expiry for what one process at a time may do: scheduling, refreshing a token."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from store import bulk
from store.schema import locks, microseconds


def acquire(tx: Connection, name: str, token: str, now: datetime, seconds: float) -> bool:
    """Take or renew a lock if it is free, run out or ours; say whether we hold it now."""
    until = microseconds(now + timedelta(seconds=seconds))
    take_over = (
        "ON CONFLICT (name) DO UPDATE SET token = excluded.token, until = excluded.until"
        f" WHERE locks.token = excluded.token OR locks.until <= {microseconds(now)}"
    )
    return bulk.insert(tx, locks, ("name", "token", "until"), [(name, token, until)], take_over) == 1


def release(tx: Connection, name: str, token: str) -> None:
    """Give the lock up if it is ours."""
    tx.execute(delete(locks).where(locks.c.name == name, locks.c.token == token))
