"""Events: look at this deal again, because. Every one is kept until it was worked off."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, delete, func, select, update

from mapping.model import Event, EventKind, Hint, Record
from store import bulk, codec
from store.due import NOW, event_is_due
from store.schema import inbox, microseconds

COLUMNS = (
    "deal_id",
    "connection",
    "remote_id",
    "kind",
    "source_id",
    "payload",
    "due_at",
    "created_at",
    "state",
)

_SKIP_DOUBLES = "ON CONFLICT (connection, source_id) WHERE source_id IS NOT NULL DO NOTHING"

_EVENT = (inbox.c.id, inbox.c.kind, inbox.c.connection, inbox.c.remote_id, inbox.c.payload)

_DUE = (
    select(*_EVENT, inbox.c.deal_id)
    .where(inbox.c.deal_id.in_(bulk.AMONG), event_is_due(NOW))
    .order_by(inbox.c.id)
)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way in; `due_at` None means at once."""

    kind: EventKind
    deal_id: str
    connection: str | None = None
    remote_id: str | None = None
    source_id: str | None = None  # the CRM's own identity of the event: a double is dropped
    hint: Hint | None = None
    record: Record | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many events are where."""

    pending: int  # due now, those of paused connections too
    scheduled: int  # due later
    held: int
    done: int
    dead: int


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """An event that was given up."""

    event: Event
    deal_id: str
    attempts: int
    error: str | None
    created_at: datetime


def add(tx: Connection, events: Sequence[NewEvent], now: datetime) -> int:
    """Store events and return how many were new; doubles by `source_id` are dropped."""
    created_at = microseconds(now)
    return bulk.insert(tx, inbox, COLUMNS, [_new_row(event, created_at) for event in events], _SKIP_DOUBLES)


def schedule(tx: Connection, deal_id: str, due_at: datetime, now: datetime) -> None:
    """Have a deal looked at then; takes the place of a timer that the deal has already."""
    waiting = (inbox.c.deal_id == deal_id) & (inbox.c.kind == EventKind.TIMER) & (inbox.c.state == "pending")
    tx.execute(delete(inbox).where(waiting & (inbox.c.due_at > now)))
    add(tx, [NewEvent(EventKind.TIMER, deal_id, due_at=due_at)], now)


def due(tx: Connection, deal_ids: Collection[str], now: datetime) -> dict[str, list[Event]]:
    """Return the due events of each deal, oldest first; deals without any are absent.

    Events of a paused connection are not due.
    """
    found: dict[str, list[Event]] = {}
    for batch in bulk.batches(deal_ids):
        for row in tx.execute(_DUE, {"among": batch, "now": now}):
            found.setdefault(row.deal_id, []).append(_event(row))
    return found


def done(tx: Connection, event_ids: Collection[int], now: datetime) -> None:
    """Mark events as worked off."""
    _change(tx, event_ids, None, state="done", done_at=now)


def fail(
    tx: Connection, event_ids: Collection[int], now: datetime, *, due_at: datetime, error: str, dead: bool
) -> None:
    """Count an attempt; the events come back at `due_at`, or are given up if `dead`."""
    change = {"attempts": inbox.c.attempts + 1, "due_at": due_at, "error": codec.plain_text(error)}
    _change(tx, event_ids, "pending", **change, state="dead" if dead else "pending")


def delay(tx: Connection, event_ids: Collection[int], due_at: datetime) -> None:
    """Bring events back later without counting an attempt."""
    _change(tx, event_ids, "pending", due_at=due_at)


def hold(tx: Connection, event_ids: Collection[int], reason: str) -> None:
    """Set events aside until a person decides."""
    _change(tx, event_ids, "pending", state="held", error=codec.plain_text(reason))


def release(tx: Connection, connection: str | None, now: datetime) -> int:
    """Make held events due again, of one connection or of all; return how many."""
    held = update(inbox).where(inbox.c.state == "held")
    if connection is not None:
        held = held.where(inbox.c.connection == connection)
    return tx.execute(held.values(state="pending", due_at=now, error=None)).rowcount


def attempts(tx: Connection, event_ids: Collection[int]) -> dict[int, int]:
    """Return how often each event was tried in vain."""
    query = select(inbox.c.id, inbox.c.attempts)
    return {
        event_id: tried
        for batch in bulk.batches(event_ids)
        for event_id, tried in tx.execute(query.where(inbox.c.id.in_(batch)))
    }


def counts(tx: Connection, now: datetime, connection: str | None = None) -> InboxCounts:
    """Return how many events are where, of one connection or of all."""
    is_later = (inbox.c.state == "pending") & (inbox.c.due_at > now)
    place = case((is_later, "scheduled"), else_=inbox.c.state).label("place")
    query = select(place, func.count()).group_by(place)
    if connection is not None:
        query = query.where(inbox.c.connection == connection)
    found = {row[0]: row[1] for row in tx.execute(query)}
    names = ("pending", "scheduled", "held", "done", "dead")
    return InboxCounts(**{name: found.get(name, 0) for name in names})


def oldest_due(tx: Connection, now: datetime) -> datetime | None:
    """Return since when the oldest due event has been waiting; those of paused connections do not count."""
    oldest: datetime | None = tx.scalar(select(func.min(inbox.c.due_at)).where(event_is_due(now)))
    return oldest


def oldest_due_of(tx: Connection, now: datetime) -> dict[str, datetime]:
    """Return since when the oldest event of each connection has been waiting, paused or not."""
    is_due = (inbox.c.state == "pending") & (inbox.c.due_at <= now) & inbox.c.connection.is_not(None)
    query = select(inbox.c.connection, func.min(inbox.c.due_at)).where(is_due).group_by(inbox.c.connection)
    return {connection: oldest for connection, oldest in tx.execute(query)}  # noqa: C416


def dead_rows(tx: Connection, limit: int | None = None) -> list[DeadEvent]:
    """Return the events that were given up, oldest first."""
    return [_dead(row) for row in tx.execute(_dead_query().limit(limit))]


def show(tx: Connection, event_id: int) -> DeadEvent | None:
    """Return one event that was given up."""
    row = tx.execute(_dead_query().where(inbox.c.id == event_id)).first()
    return None if row is None else _dead(row)


def retry(tx: Connection, event_ids: Collection[int], now: datetime) -> int:
    """Make given-up events due again with fresh attempts; return how many there were."""
    return _change(tx, event_ids, "dead", state="pending", attempts=0, due_at=now, error=None)


def drop(tx: Connection, event_ids: Collection[int], now: datetime) -> int:
    """Close given-up events for good; return how many there were."""
    return _change(tx, event_ids, "dead", state="done", done_at=now)


def purge(tx: Connection, before: datetime) -> int:
    """Empty the payloads of events that were done before; return how many.

    The rows stay: they tell a double of the CRM's event, and the ledger names them.
    """
    old = (inbox.c.state == "done") & (inbox.c.done_at < before) & inbox.c.payload.is_not(None)
    return tx.execute(update(inbox).where(old).values(payload=None)).rowcount


def _new_row(event: NewEvent, created_at: int) -> tuple[str | int | None, ...]:
    return (
        event.deal_id,
        event.connection,
        event.remote_id,
        event.kind.value,
        event.source_id,
        codec.payload.dump_json((event.hint, event.record, dict(event.data))).decode(),
        created_at if event.due_at is None else microseconds(event.due_at),
        created_at,
        "pending",
    )


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    hint, record, data = codec.payload.validate_json(row.payload or "[null, null, {}]")
    return Event(row.id, EventKind(row.kind), row.connection, row.remote_id, hint, record, data)


def _dead_query() -> Select[*tuple[Any, ...]]:
    details = (inbox.c.deal_id, inbox.c.attempts, inbox.c.error, inbox.c.created_at)
    return select(*_EVENT, *details).where(inbox.c.state == "dead").order_by(inbox.c.id)


def _dead(row: Row[*tuple[Any, ...]]) -> DeadEvent:
    return DeadEvent(_event(row), row.deal_id, row.attempts, row.error, row.created_at)


def _change(tx: Connection, event_ids: Collection[int], only: str | None, **values: object) -> int:
    """Change events by id, only those in one state if it is given; return how many."""
    changed = 0
    for batch in bulk.batches(sorted(event_ids)):
        these = update(inbox).where(inbox.c.id.in_(batch))
        if only is not None:
            these = these.where(inbox.c.state == only)
        changed += tx.execute(these.values(**values)).rowcount
    return changed
