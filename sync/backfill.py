"""Backfill: reads every deal of a connection once and places it as it is, resumable where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import stamina
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connectors.base import Page
from connectors.errors import ConnectorError
from mapping.model import Deal, EventKind, Link, Record, Value
from mapping.ruleset import Ruleset
from store import connections, deals, inbox, ledger, links
from store.connections import ConnectionRow
from store.inbox import NewEvent
from store.links import deal_id_for
from sync.core.directory import Directory
from sync.core.draft import standing
from sync.core.place import first_sight
from sync.core.words import stage_title, story
from sync.drain.observe import refresh_people
from sync.reconcile import put_off
from sync.runtime import Runtime

log = structlog.get_logger()

TOGETHER = 1000
"""Deals stored in one transaction: half the work of a transaction a page, and little to read again after a crash."""

RACES = 5
"""How often a webhook may bring a deal at the same moment."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill has come."""

    seen: int
    total: int | None


Report = Callable[[Progress], None]


def backfill(runtime: Runtime, name: str, report: Report = lambda progress: None) -> Progress:
    """Read every deal of a connection; goes on where an interrupted one stopped. May run beside webhooks.

    Raises the CRM's error after it was noted.
    """
    rules = runtime.rules.get()
    try:
        row = _prepare(runtime, rules, name)
        progress = Progress(row.backfill_seen if row.backfill_cursor else 0, row.backfill_total)
        for pages in _ahead(_together(runtime.connector(name, rules).everything(row.backfill_cursor))):
            seen = progress.seen + sum(len(page.records) for page in pages)
            progress = Progress(seen, pages[-1].total or progress.total)
            _take(runtime, rules, name, pages, progress)
            report(progress)
    except ConnectorError as error:
        put_off(runtime, name, error)
        raise
    with runtime.store.begin() as tx:
        connections.save_backfill(tx, name, cursor=None, seen=progress.seen, done_at=runtime.now())
    log.info("backfilled", connection=name, deals=progress.seen)
    return progress


def _prepare(runtime: Runtime, rules: Ruleset, name: str) -> ConnectionRow:
    with runtime.store.read() as tx:
        row = connections.load(tx, name)
    if row.directory_at is None:
        refresh_people(runtime, rules, name)
        with runtime.store.read() as tx:
            row = connections.load(tx, name)
    return row


def _together(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Pages in lists to store together; what was read before an error is stored before it is raised."""
    gathered: list[Page] = []
    try:
        for page in pages:
            gathered.append(page)
            if sum(len(each.records) for each in gathered) >= TOGETHER:
                yield gathered
                gathered = []
    except ConnectorError:
        if gathered:
            yield gathered
        raise
    if gathered:
        yield gathered


def _ahead(gathered: Iterator[list[Page]]) -> Iterator[list[Page]]:
    """The same, read while the ones before are stored: so the work hides behind the CRM's answer time."""
    with ThreadPoolExecutor(1, "backfill") as reader:
        coming = reader.submit(next, gathered, None)
        while (pages := coming.result()) is not None:
            coming = reader.submit(next, gathered, None)
            yield pages


def _take(runtime: Runtime, rules: Ruleset, name: str, pages: list[Page], progress: Progress) -> None:
    """Store pages and the cursor behind them. A deal that a webhook brings meanwhile is known the next time."""
    for attempt in stamina.retry_context(on=IntegrityError, attempts=RACES, wait_initial=0.01):
        with attempt, runtime.store.begin() as tx:
            changed = _store(tx, runtime, rules, name, pages)
            cursor, total = pages[-1].cursor, progress.total
            connections.save_backfill(tx, name, cursor=cursor, seen=progress.seen, total=total)
    runtime.wake.deals(changed)


def _store(tx: Connection, runtime: Runtime, rules: Ruleset, name: str, pages: list[Page]) -> list[str]:
    """Place new records at once; known ones that changed go through the inbox, and their deals are returned."""
    now = runtime.now()
    records = {record.ref: record for page in pages for record in page.records}
    known = links.find(tx, list(records))
    changed = [
        (known[ref][0], r) for ref, r in records.items() if ref in known and known[ref][1] != r.version
    ]
    _place(tx, runtime, rules, name, [record for ref, record in records.items() if ref not in known], now)
    inbox.add(tx, [_event(name, deal_id, record) for deal_id, record in changed], now)
    return [deal_id for deal_id, _ in changed]


def _event(name: str, deal_id: str, record: Record) -> NewEvent:
    return NewEvent(EventKind.BACKFILL, deal_id, name, record.ref.remote_id, record=record)


def _place(
    tx: Connection, runtime: Runtime, rules: Ruleset, name: str, new: list[Record], now: datetime
) -> None:
    if not new:
        return
    directory = runtime.directories.of(connections.load_all(tx), rules)[name]
    placed = [_placed(record, rules, directory, now) for record in new]
    deals.insert_many(tx, placed, rules.hash)
    ledger.add(tx, [_line(deal, rules, now) for deal, _ in placed])


def _placed(record: Record, rules: Ruleset, directory: Directory, now: datetime) -> tuple[Deal, Link]:
    name = record.ref.connection
    deal_id = deal_id_for(record.ref)
    owner = _member(record.values.get("owner"), directory, rules)
    deal = first_sight(deal_id, record, rules.mappings[name], rules, owner=owner, now=now)
    link = Link(
        connection=name,
        remote_id=record.ref.remote_id,
        deal_id=deal_id,
        seen=record.values,
        sent=record.values,
        version=record.version,
        modified_at=record.modified_at,
        url=record.url,
    )
    return deal, link


def _member(account: Value, directory: Directory, rules: Ruleset) -> str | None:
    email = directory.email(account)
    return email if email in rules.team else None


def _line(deal: Deal, rules: Ruleset, now: datetime) -> ledger.Entry:
    parked = story.FIRST_SEEN_PARKED.get(deal.status)
    return ledger.Entry(
        deal_id=deal.id,
        at=now,
        kind="first_seen",
        actor="conveyor",
        summary=parked or story.first_seen(stage_title(deal.stage, rules)),
        ruleset=rules.hash,
        data={"to": None if parked else deal.stage, **standing(deal)},
    )
