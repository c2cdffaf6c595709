"""Who is who in each CRM: read from the CRM now and then, kept in the database, cached per version."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors.base import Description
from mapping.ruleset import Ruleset
from store import connections
from store.connections import ConnectionRow, User
from sync.core.directory import Account, Directory, build

REFRESH_EVERY = timedelta(hours=6)
REFRESH_FOR_STRANGER = timedelta(minutes=10)
"""How old a directory must be before an id that it does not know is a reason to read it again."""


class Directories:
    """The directory of each connection, built once for each reading of the CRM's users."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._built: dict[str, tuple[tuple[str, datetime | None], Directory]] = {}

    def of(self, rows: Mapping[str, ConnectionRow], rules: Ruleset) -> dict[str, Directory]:
        """The directory of every connection."""
        with self._lock:
            return {name: self._one(row, rules) for name, row in rows.items()}

    def _one(self, row: ConnectionRow, rules: Ruleset) -> Directory:
        version = (rules.hash, row.directory_at)
        kept = self._built.get(row.name)
        if kept is None or kept[0] != version:
            kept = (version, build(row.name, map(_account, row.directory), rules))
            self._built[row.name] = kept
        return kept[1]


def _account(user: User) -> Account:
    return Account(user.id, user.email, user.name or user.id, user.active, user.aliases)


def save(tx: Connection, name: str, description: Description, now: datetime) -> None:
    """Keep the users that a CRM described."""
    users = [User(u.id, u.name, u.email, u.active, u.aliases) for u in description.users]
    connections.save_directory(tx, name, users, now)


def is_stale(row: ConnectionRow, now: datetime, *, stranger: bool) -> bool:
    """Whether to read the CRM's users again; sooner if somebody turned up whom we do not know."""
    if row.directory_at is None:
        return True
    return now - row.directory_at >= (REFRESH_FOR_STRANGER if stranger else REFRESH_EVERY)
