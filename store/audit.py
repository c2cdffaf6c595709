"""Who signed in, failed to, and changed what. Rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select

from mapping.model import Value
from store import codec
from store.schema import audit


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did, or tried to."""

    at: datetime
    actor: str | None  # e-mail of an account, `user@host` of the command line; None: nobody known
    action: str
    subject: str | None = None  # whom or what it concerns
    address: str | None = None  # where the request came from
    data: Mapping[str, Value] = field(default_factory=dict)


def add(tx: Connection, deed: Deed) -> None:
    """Append one row."""
    data = codec.data.dump_json(dict(deed.data)).decode()
    names = ("at", "actor", "action", "subject", "address")
    tx.execute(insert(audit).values({name: getattr(deed, name) for name in names} | {"data": data}))


def recent(tx: Connection, limit: int) -> list[Deed]:
    """Return the latest rows, newest first."""
    rows = tx.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))
    return [
        Deed(row.at, row.actor, row.action, row.subject, row.address, codec.data.validate_json(row.data))
        for row in rows
    ]
