"""Tokens by which scripts use the API for a person; only their hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from store.schema import api_tokens, users


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token of an account."""

    id: int
    email: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for, with the profile that their account has now."""

    token_id: int
    email: str
    profile: str
    used_at: datetime | None


def add(tx: Connection, email: str, name: str, token_hash: str, now: datetime) -> int:
    """Store a token and return its number."""
    values = {"email": email, "name": name, "token_hash": token_hash, "created_at": now}
    number: int = tx.execute(insert(api_tokens).values(values).returning(api_tokens.c.id)).scalar_one()
    return number


def find(tx: Connection, token_hash: str) -> Bearer | None:
    """Return whom a token stands for."""
    query = (
        select(api_tokens.c.id, users.c.email, users.c.profile, api_tokens.c.used_at)
        .join(users, users.c.email == api_tokens.c.email)
        .where(api_tokens.c.token_hash == token_hash)
    )
    row = tx.execute(query).first()
    return None if row is None else Bearer(*row)


def listing(tx: Connection, email: str | None = None) -> list[ApiToken]:
    """Return the tokens of one account or of all, in the order in which they were made."""
    columns = [api_tokens.c[name] for name in ("id", "email", "name", "created_at", "used_at")]
    query = select(*columns).order_by(api_tokens.c.id)
    if email is not None:
        query = query.where(api_tokens.c.email == email)
    return [ApiToken(*row) for row in tx.execute(query)]


def note_used(tx: Connection, token_id: int, now: datetime) -> None:
    """Note that a token was used."""
    tx.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))


def revoke(tx: Connection, token_id: int) -> ApiToken | None:
    """Delete a token and return what it was; None if there is none of that number."""
    found = next((token for token in listing(tx) if token.id == token_id), None)
    tx.execute(delete(api_tokens).where(api_tokens.c.id == token_id))
    return found
