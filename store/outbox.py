"""Writes on their way to a CRM: intent before effect, in order per deal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update
from sqlalchemy import Row as DatabaseRow

from mapping.model import Write
from store import bulk, codec
from store.due import QUEUED, turn
from store.schema import connections, microseconds, outbox

COLUMNS = (
    "deal_id",
    "connection",
    "remote_id",
    "key",
    "kind",
    "body",
    "state",
    "due_at",
    "created_at",
)

_SKIP_OPEN = "ON CONFLICT (deal_id, key) WHERE state IN ('pending', 'sending', 'parked') DO NOTHING"


class State(StrEnum):
    """The life of a write."""

    PENDING = "pending"  # to be made
    SENDING = "sending"  # being made, or made without our knowing whether it took effect
    DONE = "done"  # the CRM gave a receipt
    SETTLED = "settled"  # needs nothing more: the CRM shows it already, or a person dropped it
    SUPERSEDED = "superseded"  # no longer wanted
    PARKED = "parked"  # given up until a person decides


OPEN = (State.PENDING, State.SENDING, State.PARKED)

ONCE = ("create", "task", "note", "close_task")
"""Kinds of writes that are made once for one key, however the deal changes afterwards."""

_DETAILS = ("id", "body", "state", "attempts", "due_at", "created_at", "attempted_at", "error")
_ROW = tuple(outbox.c[name] for name in _DETAILS)

_ATTEMPTED = (outbox.c.attempts > 0) & (outbox.c.attempted_at >= bindparam("since"))
_MAY_TAKE_EFFECT = (
    select(*_ROW, outbox.c.deal_id)
    .where(
        outbox.c.deal_id.in_(bulk.AMONG),
        or_(outbox.c.state.in_(OPEN), outbox.c.state.in_((State.SUPERSEDED, State.SETTLED)) & _ATTEMPTED),
    )
    .order_by(outbox.c.id)
)
_KNOWN_KEYS = select(outbox.c.deal_id, outbox.c.key).where(
    outbox.c.deal_id.in_(bulk.AMONG), outbox.c.kind.in_(ONCE), outbox.c.state != State.SUPERSEDED
)

# The same order and the same pause as `store.due.write_is_due`, which asks for all deals at once.
_HEAD = (
    select(*_ROW, connections.c.paused_until)
    .join_from(outbox, connections, connections.c.name == outbox.c.connection, isouter=True)
    .where(outbox.c.deal_id == bindparam("deal"), outbox.c.state.in_(QUEUED))
    .order_by(turn(outbox.c.state), outbox.c.id)
    .limit(1)
)


class NotOpen(LookupError):
    """The write was finished, superseded or parked meanwhile: look at the deal again."""


@dataclass(frozen=True, slots=True)
class Row:
    """A write and how it fares."""

    id: int
    write: Write
    state: State
    attempts: int
    due_at: datetime
    created_at: datetime
    attempted_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many writes are where."""

    pending: int  # due now, those of paused connections and those behind others too
    scheduled: int  # due later, after a failed attempt
    done: int
    dead: int


def open_rows(
    tx: Connection, deal_ids: Collection[str], *, attempted_since: datetime
) -> dict[str, list[Row]]:
    """Return what may still take or have taken effect, in order; deals without any are absent.

    Open writes, and attempts since then that got no receipt and were superseded or settled.
    """
    found: dict[str, list[Row]] = {}
    for batch in bulk.batches(deal_ids):
        for row in tx.execute(_MAY_TAKE_EFFECT, {"among": batch, "since": attempted_since}):
            found.setdefault(row.deal_id, []).append(_row(row))
    return found


def known_keys(tx: Connection, deal_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the keys of creates, tasks and notes that are made, being made, settled or parked.

    Every deal asked for is a key.
    """
    found: dict[str, set[str]] = {deal_id: set() for deal_id in deal_ids}
    for batch in bulk.batches(found):
        for deal_id, key in tx.execute(_KNOWN_KEYS, {"among": batch}):
            found[deal_id].add(key)
    return {deal_id: frozenset(keys) for deal_id, keys in found.items()}


def add(tx: Connection, writes: Iterable[Write], now: datetime) -> int:
    """Store writes and return how many were new; one whose key is open already is ignored."""
    rows = [_new_row(write, microseconds(now)) for write in writes]
    return bulk.insert(tx, outbox, COLUMNS, rows, _SKIP_OPEN)


def supersede(tx: Connection, row_ids: Collection[int]) -> None:
    """Mark open writes as no longer wanted."""
    _change(tx, row_ids, OPEN, state=State.SUPERSEDED)


def settle(tx: Connection, row_ids: Collection[int]) -> None:
    """Mark open writes as needing nothing more."""
    _change(tx, row_ids, OPEN, state=State.SETTLED)


def next_due(tx: Connection, deal_id: str, now: datetime) -> Row | None:
    """Return the write at the head of the deal's queue if it is due and its connection is not paused.

    What is being made, or may have taken effect, comes before all others.
    """
    row = tx.execute(_HEAD, {"deal": deal_id}).first()
    if row is None or row.due_at > now or (row.paused_until is not None and row.paused_until > now):
        return None
    return _row(row)


def start(tx: Connection, row_id: int, now: datetime) -> Row:
    """Mark a write as being made and count the attempt. Raises NotOpen if it is no longer to be made."""
    wanted = (outbox.c.id == row_id) & outbox.c.state.in_((State.PENDING, State.SENDING))
    started = (
        update(outbox)
        .where(wanted)
        .values(state=State.SENDING, attempts=outbox.c.attempts + 1, attempted_at=now)
    )
    row = tx.execute(started.returning(*_ROW)).first()
    if row is None:
        raise NotOpen(f"Write {row_id}: {NotOpen.__doc__}")
    return _row(row)


def receipt(tx: Connection, row_id: int, now: datetime, receipt_id: str) -> None:
    """Mark a write as done; `receipt_id` is the id of what the CRM made or changed."""
    done = update(outbox).where(outbox.c.id == row_id)
    tx.execute(done.values(state=State.DONE, done_at=now, receipt_id=receipt_id, error=None))


def postpone(
    tx: Connection, row_id: int, *, due_at: datetime, error: str, spend_attempt: bool, uncertain: bool
) -> None:
    """Try again at `due_at`; it stays `sending` if it may have taken effect."""
    _change(
        tx,
        [row_id],
        OPEN,
        state=State.SENDING if uncertain else State.PENDING,
        attempts=outbox.c.attempts - (0 if spend_attempt else 1),
        due_at=due_at,
        error=codec.plain_text(error),
    )


def park(tx: Connection, row_id: int, error: str) -> None:
    """Give a write up until a person decides."""
    _change(tx, [row_id], OPEN, state=State.PARKED, error=codec.plain_text(error))


def counts(tx: Connection, now: datetime, connection: str | None = None) -> OutboxCounts:
    """Return how many writes are where, of one connection or of all."""
    is_later = outbox.c.due_at > now
    query = select(outbox.c.state, is_later, func.count()).group_by(outbox.c.state, is_later)
    if connection is not None:
        query = query.where(outbox.c.connection == connection)
    found: Counter[str | None] = Counter()
    for state, later, number in tx.execute(query):
        found[_place(State(state), later)] += number
    return OutboxCounts(**{name: found[name] for name in ("pending", "scheduled", "done", "dead")})


def parked_rows(tx: Connection, limit: int | None = None) -> list[Row]:
    """Return the writes that were given up, oldest first."""
    parked = select(*_ROW).where(outbox.c.state == State.PARKED).order_by(outbox.c.id)
    return [_row(row) for row in tx.execute(parked.limit(limit))]


def retry(tx: Connection, row_ids: Collection[int], now: datetime) -> int:
    """Make parked writes due again with fresh attempts; return how many there were."""
    fresh = {"attempts": 0, "due_at": now, "error": None}
    return _change(tx, row_ids, (State.PARKED,), state=State.PENDING, **fresh)


def drop(tx: Connection, row_ids: Collection[int], now: datetime) -> int:
    """Settle parked writes for good; return how many there were."""
    return _change(tx, row_ids, (State.PARKED,), state=State.SETTLED, done_at=now)


def _new_row(write: Write, created_at: int) -> tuple[str | int | None, ...]:
    return (
        write.deal_id,
        write.connection,
        write.remote_id,
        write.key,
        write.body.kind,
        codec.write.dump_json(write).decode(),
        State.PENDING.value,
        created_at,
        created_at,
    )


def _row(row: DatabaseRow[*tuple[Any, ...]]) -> Row:
    return Row(
        id=row.id,
        write=codec.write.validate_json(row.body),
        state=State(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        created_at=row.created_at,
        attempted_at=row.attempted_at,
        error=row.error,
    )


def _place(state: State, later: bool) -> str | None:
    """Return which count a write belongs to."""
    if state in (State.PENDING, State.SENDING):
        return "scheduled" if later else "pending"
    return {State.DONE: "done", State.PARKED: "dead"}.get(state)


def _change(tx: Connection, row_ids: Collection[int], only: Collection[State], **values: object) -> int:
    """Change writes by id, those in one of these states; return how many."""
    changed = 0
    for batch in bulk.batches(sorted(row_ids)):
        these = outbox.c.id.in_(batch) & outbox.c.state.in_(only)
        changed += tx.execute(update(outbox).where(these).values(**values)).rowcount
    return changed
