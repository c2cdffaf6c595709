"""A few deliveries that were genuine but unreadable, kept for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from store import codec
from store.schema import samples

KEPT = 20  # of each connection
MAX_BODY = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Sample:
    """One unreadable delivery."""

    id: int
    connection: str
    at: datetime
    reason: str
    body: str


def add(tx: Connection, connection: str, *, reason: str, body: str, now: datetime) -> None:
    """Keep a delivery, and of this connection only the newest ones."""
    texts = {"reason": codec.plain_text(reason), "body": codec.plain_text(body, MAX_BODY)}
    tx.execute(insert(samples).values(connection=connection, at=now, **texts))
    here = samples.c.connection == connection
    kept = select(samples.c.id).where(here).order_by(samples.c.id.desc()).limit(KEPT)
    tx.execute(delete(samples).where(here, samples.c.id.not_in(kept)))


def listing(tx: Connection, connection: str | None = None) -> list[Sample]:
    """Return samples, newest first."""
    query = select(samples).order_by(samples.c.id.desc())
    if connection is not None:
        query = query.where(samples.c.connection == connection)
    return [Sample(row.id, row.connection, row.at, row.reason, row.body) for row in tx.execute(query)]
