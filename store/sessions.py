"""Who is signed in: one row a browser, known by the hash of a token that only the browser has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from store.schema import sessions, users


@dataclass(frozen=True, slots=True)
class Session:
    """One session with the profile that its account has now."""

    email: str
    profile: str
    seen_at: datetime
    ends_at: datetime


def begin(tx: Connection, token_hash: str, email: str, now: datetime, ends_at: datetime) -> None:
    """Open a session."""
    row = {"token_hash": token_hash, "email": email, "created_at": now, "seen_at": now, "ends_at": ends_at}
    tx.execute(insert(sessions).values(row))


def load(tx: Connection, token_hash: str) -> Session | None:
    """Return the session of a token, whether or not its time is over."""
    query = (
        select(sessions.c.email, users.c.profile, sessions.c.seen_at, sessions.c.ends_at)
        .join(users, users.c.email == sessions.c.email)
        .where(sessions.c.token_hash == token_hash)
    )
    row = tx.execute(query).first()
    return None if row is None else Session(*row)


def note_seen(tx: Connection, token_hash: str, now: datetime) -> None:
    """Note that a session was used."""
    tx.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))


def end(tx: Connection, token_hash: str) -> None:
    """End one session."""
    tx.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def end_all_of(tx: Connection, email: str) -> int:
    """End all sessions of an account; return how many there were."""
    return tx.execute(delete(sessions).where(sessions.c.email == email)).rowcount


def purge(tx: Connection, now: datetime, idle_since: datetime) -> None:
    """Delete the sessions whose time is over."""
    tx.execute(delete(sessions).where((sessions.c.ends_at <= now) | (sessions.c.seen_at <= idle_since)))
