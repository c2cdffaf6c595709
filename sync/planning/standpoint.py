"""What a forecast was made from, and which deals something happened to since: so it need not be made again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from store import connections, rulesets
from store.schema import inbox, ledger


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A moment of the database."""

    version: int | None  # of the rules in force
    people: tuple[tuple[str, datetime | None], ...]  # when those of each connection were read
    ledger: int
    inbox: int

    def holds(self, tx: Connection) -> bool:
        """Whether the same rules are in force over the same people, so that only deals may have moved since."""
        now = standpoint(tx)
        return (self.version, self.people) == (now.version, now.people)

    def moved_since(self, tx: Connection) -> set[str]:
        """The deals to which something was entered or announced since."""
        news = (
            select(ledger.c.deal_id).where(ledger.c.id > self.ledger, ledger.c.deal_id.is_not(None)),
            select(inbox.c.deal_id).where(inbox.c.id > self.inbox),
        )
        return {deal_id for query in news for deal_id in tx.scalars(query)}


def standpoint(tx: Connection) -> Standpoint:
    """Where the database stands now."""
    active = rulesets.active_version(tx)
    read_at = sorted((name, row.directory_at) for name, row in connections.load_all(tx).items())
    last = [tx.scalar(select(func.max(table.c.id))) or 0 for table in (ledger, inbox)]
    return Standpoint(active[0] if active else None, tuple(read_at), last[0], last[1])
