"""Accounts of people, by e-mail. Passwords come and go as hashes only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from store.schema import users


@dataclass(frozen=True, slots=True)
class User:
    """One account; `profile` is one of `sync.access.viewer.Profile`."""

    email: str
    profile: str
    password: str = field(repr=False)
    created_at: datetime
    password_at: datetime
    signed_in_at: datetime | None = None


def add(tx: Connection, user: User) -> None:
    """Insert an account; a double is refused by the database (IntegrityError)."""
    names = ("email", "profile", "password", "created_at", "password_at", "signed_in_at")
    tx.execute(insert(users).values({name: getattr(user, name) for name in names}))


def load(tx: Connection, email: str) -> User | None:
    """Return one account."""
    row = tx.execute(select(users).where(users.c.email == email)).first()
    return None if row is None else _read(row)


def lock(tx: Connection, email: str) -> User | None:
    """Return one account as it is now; nobody else changes it until the transaction ends."""
    row = tx.execute(select(users).where(users.c.email == email).with_for_update()).first()
    return None if row is None else _read(row)


def listing(tx: Connection) -> list[User]:
    """Return all accounts, by e-mail."""
    return [_read(row) for row in tx.execute(select(users).order_by(users.c.email))]


def exist(tx: Connection) -> bool:
    """Say whether there is any account."""
    return bool(tx.scalar(select(exists(select(users.c.email)))))


def set_password(tx: Connection, email: str, password: str, now: datetime) -> None:
    """Replace the hash of a password by that of another one."""
    tx.execute(update(users).where(users.c.email == email).values(password=password, password_at=now))


def set_profile(tx: Connection, email: str, profile: str) -> None:
    """Give an account another profile."""
    tx.execute(update(users).where(users.c.email == email).values(profile=profile))


def note_signed_in(tx: Connection, email: str, password: str, now: datetime) -> None:
    """Note a sign-in; `password` is the hash in force, perhaps made anew with other parameters."""
    tx.execute(update(users).where(users.c.email == email).values(password=password, signed_in_at=now))


def remove(tx: Connection, email: str) -> None:
    """Delete an account with its sessions and tokens."""
    tx.execute(delete(users).where(users.c.email == email))


def _read(row: Row[*tuple[Any, ...]]) -> User:
    return User(row.email, row.profile, row.password, row.created_at, row.password_at, row.signed_in_at)
