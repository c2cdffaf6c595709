"""What happened, when, by whom and why. Entries are added and read, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Row, select

from mapping.model import Value
from mapping.phrases import parts_of, put_together
from store import bulk, codec
from store.schema import ledger, microseconds

COLUMNS = (
    "deal_id",
    "at",
    "kind",
    "actor",
    "summary",
    "rule_file",
    "rule_line",
    "ruleset",
    "event_id",
    "write_id",
    "data",
    "said",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a deal's story; `deal_id` is None for what concerns the house. Phrases in it stay phrases."""

    deal_id: str | None
    at: datetime
    kind: str
    actor: str
    summary: str
    rule_file: str | None = None
    rule_line: int | None = None
    ruleset: str | None = None
    event_id: int | None = None
    write_id: int | None = None
    data: Mapping[str, Value] = field(default_factory=dict)


def add(tx: Connection, entries: Iterable[Entry]) -> None:
    """Append entries."""
    bulk.insert(tx, ledger, COLUMNS, [_row(entry) for entry in entries])


def story(tx: Connection, deal_ids: Collection[str]) -> list[Entry]:
    """Return all entries of these deals in the order in which they were made."""
    query = select(ledger).where(ledger.c.deal_id.in_(deal_ids)).order_by(ledger.c.id)
    return [_entry(row) for row in tx.execute(query)]


def of_kinds(tx: Connection, deal_ids: Collection[str], kinds: Collection[str]) -> list[Entry]:
    """Return the entries of these kinds of these deals, in the order in which they were made."""
    found = select(ledger).where(ledger.c.deal_id.in_(deal_ids), ledger.c.kind.in_(kinds))
    return [_entry(row) for row in tx.execute(found.order_by(ledger.c.id))]


def since(tx: Connection, at: datetime, kinds: Collection[str]) -> Iterator[Entry]:
    """Stream the entries of these kinds from a time on, in the order in which they were made."""
    query = select(ledger).where(ledger.c.at >= at, ledger.c.kind.in_(kinds)).order_by(ledger.c.id)
    with tx.execute(query.execution_options(yield_per=1000)) as rows:
        yield from map(_entry, rows)


def recent(tx: Connection, limit: int) -> list[Entry]:
    """Return the latest entries of all deals, newest first."""
    return [_entry(row) for row in tx.execute(select(ledger).order_by(ledger.c.id.desc()).limit(limit))]


def _row(entry: Entry) -> tuple[str | int | None, ...]:
    summary = codec.plain_text(entry.summary)
    return (
        entry.deal_id,
        microseconds(entry.at),
        entry.kind,
        entry.actor,
        summary,
        entry.rule_file,
        entry.rule_line,
        entry.ruleset,
        entry.event_id,
        entry.write_id,
        codec.data.dump_json(dict(entry.data)).decode(),
        _said(entry, is_whole=summary == entry.summary),
    )


def _said(entry: Entry, *, is_whole: bool) -> str | None:
    """What the phrases were made of; a summary that was cut short is none any more."""
    parts = {name: made for name, value in entry.data.items() if (made := parts_of(value)) is not None}
    of_data = {"data": parts} if parts else {}
    made = parts_of(entry.summary) if is_whole else None
    said = {"summary": made, **of_data} if made is not None else of_data
    return to_json(said).decode() if said else None


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    said = from_json(row.said) if row.said is not None else {}
    data = codec.data.validate_json(row.data)
    again = {name: put_together(data[name], parts) for name, parts in said.get("data", {}).items()}
    return Entry(
        deal_id=row.deal_id,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        summary=put_together(row.summary, said.get("summary")),
        rule_file=row.rule_file,
        rule_line=row.rule_line,
        ruleset=row.ruleset,
        event_id=row.event_id,
        write_id=row.write_id,
        data={**data, **again} if again else data,
    )
