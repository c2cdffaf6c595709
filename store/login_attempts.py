"""How many attempts to sign in failed lately, by keys that tell nothing of account or address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select, text

from store.schema import login_attempts, microseconds

_COUNT = text(
    "INSERT INTO login_attempts (key, failures, since) VALUES (:key, 1, :now) ON CONFLICT (key) DO UPDATE SET"
    " failures = CASE WHEN login_attempts.since <= :expired THEN 1 ELSE login_attempts.failures + 1 END,"
    " since = CASE WHEN login_attempts.since <= :expired THEN :now ELSE login_attempts.since END"
)


def failures(tx: Connection, keys: Collection[str], expired: datetime) -> dict[str, tuple[int, datetime]]:
    """Return the failures of each key and since when they are counted; what began before `expired` is over."""
    query = select(login_attempts).where(login_attempts.c.key.in_(keys), login_attempts.c.since > expired)
    return {row.key: (row.failures, row.since) for row in tx.execute(query)}


def count(tx: Connection, keys: Collection[str], now: datetime, expired: datetime) -> None:
    """Count an attempt as failed for each key; the counting begins anew where the last one began too long ago."""
    values = {"now": microseconds(now), "expired": microseconds(expired)}
    for key in sorted(keys):
        tx.execute(_COUNT, {"key": key, **values})


def take_back(tx: Connection, keys: Collection[str]) -> None:
    """Take one attempt back for each key, for it succeeded."""
    one_less = {"failures": login_attempts.c.failures - 1}
    tx.execute(login_attempts.update().where(login_attempts.c.key.in_(keys)).values(one_less))


def forget(tx: Connection, keys: Collection[str]) -> None:
    """Forget the failures of these keys."""
    tx.execute(delete(login_attempts).where(login_attempts.c.key.in_(keys)))


def purge(tx: Connection, expired: datetime) -> None:
    """Delete what began before."""
    tx.execute(delete(login_attempts).where(login_attempts.c.since <= expired))
