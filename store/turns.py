"""Whose turn it is: how many turns each holder of a role has had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store import bulk
from store.schema import microseconds, turns


@dataclass(frozen=True, slots=True)
class Turn:
    """What one member has taken in one role."""

    taken: int
    last_at: datetime


def load(tx: Connection, role: str) -> dict[str, Turn]:
    """Return the turns of a role by member; one who never took any is absent."""
    query = select(turns.c.member, turns.c.taken, turns.c.last_at).where(turns.c.role == role)
    return {member: Turn(taken, last_at) for member, taken, last_at in tx.execute(query)}


def take(tx: Connection, role: str, member: str, *, expected_taken: int, taken: int, now: datetime) -> bool:
    """Bring the count to `taken`, unless somebody else did since `expected_taken` was read; say whether it did."""
    if expected_taken == 0:
        first = [(role, member, taken, microseconds(now))]
        columns = ("role", "member", "taken", "last_at")
        return bulk.insert(tx, turns, columns, first, "ON CONFLICT DO NOTHING") == 1
    own = (turns.c.role == role) & (turns.c.member == member) & (turns.c.taken == expected_taken)
    counted = update(turns).where(own).values(taken=taken, last_at=now)
    return tx.execute(counted).rowcount == 1
