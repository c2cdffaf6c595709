"""Hand-offs: who passed which deal to whom, and whether it was accepted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from mapping.model import Handoff, HandoffStatus
from store import bulk, codec
from store.schema import deals, handoffs, microseconds, optional_microseconds

COLUMNS = (
    "id",
    "deal_id",
    "rule",
    "from_section",
    "to_section",
    "from_member",
    "to_member",
    "status",
    "offered_at",
    "due_at",
    "closed_at",
    "body",
)

_REPLACE = "ON CONFLICT (id) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])

_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)

_IN_ORDER = (handoffs.c.offered_at, handoffs.c.id)
_OF = select(handoffs.c.body).where(handoffs.c.deal_id.in_(bulk.AMONG)).order_by(*_IN_ORDER)
_OF_JOURNEYS = (
    select(deals.c.journey, handoffs.c.body)
    .join(deals, deals.c.id == handoffs.c.deal_id)
    .where(deals.c.journey.in_(bulk.AMONG), deals.c.journey != deals.c.id)
    .order_by(*_IN_ORDER)
)


@dataclass(frozen=True, slots=True)
class HandoffCounts:
    """offered = accepted + returned + open; late is the part of open that is past its deadline."""

    offered: int
    accepted: int
    returned: int
    open: int
    late: int


def save(tx: Connection, handoff: Handoff) -> None:
    """Insert or update one hand-off by its id."""
    bulk.insert(tx, handoffs, COLUMNS, [_row(handoff)], _REPLACE)


def load(tx: Connection, handoff_id: str) -> Handoff | None:
    """Return one hand-off."""
    body = tx.scalar(select(handoffs.c.body).where(handoffs.c.id == handoff_id))
    return None if body is None else codec.handoff.validate_json(body)


def of_deals(tx: Connection, deal_ids: Collection[str]) -> dict[str, tuple[Handoff, ...]]:
    """Return all hand-offs of each deal, oldest first; deals without any are absent."""
    found: dict[str, list[Handoff]] = {}
    for batch in bulk.batches(deal_ids):
        for handoff in map(codec.handoff.validate_json, tx.scalars(_OF, {"among": batch})):
            found.setdefault(handoff.deal_id, []).append(handoff)
    return {deal_id: tuple(own) for deal_id, own in found.items()}


def of_journeys(tx: Connection, journeys: Collection[str]) -> dict[str, tuple[Handoff, ...]]:
    """Return all hand-offs of each journey's deals but its first, oldest first; journeys without any are absent."""
    found: dict[str, list[Handoff]] = {}
    for batch in bulk.batches(journeys):
        for journey, body in tx.execute(_OF_JOURNEYS, {"among": batch}):
            found.setdefault(journey, []).append(codec.handoff.validate_json(body))
    return {journey: tuple(own) for journey, own in found.items()}


def listing(
    tx: Connection,
    *,
    statuses: Collection[HandoffStatus] = (),
    to_section: str | None = None,
    to_member: str | None = None,
    late_at: datetime | None = None,
    shown: ColumnElement[bool] | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[Handoff]:
    """Return hand-offs, newest first; no status means any, `late_at` keeps open ones due before it, `shown` those
    that a condition is true for, `after` (when it was offered, id) those that follow that one."""
    query = select(handoffs.c.body).order_by(handoffs.c.offered_at.desc(), handoffs.c.id).limit(limit)
    if statuses:
        query = query.where(handoffs.c.status.in_(statuses))
    if to_section is not None:
        query = query.where(handoffs.c.to_section == to_section)
    if to_member is not None:
        query = query.where(handoffs.c.to_member == to_member)
    if late_at is not None:
        query = query.where(handoffs.c.status.in_(_OPEN), handoffs.c.due_at < late_at)
    if shown is not None:
        query = query.where(shown)
    if after is not None:
        at, last = after
        same_time = and_(handoffs.c.offered_at == at, handoffs.c.id > last)
        query = query.where(or_(handoffs.c.offered_at < at, same_time))
    return [codec.handoff.validate_json(body) for body in tx.scalars(query)]


def counts(tx: Connection, now: datetime) -> HandoffCounts:
    """Return how hand-offs stand."""
    rows = tx.execute(select(handoffs.c.status, func.count()).group_by(handoffs.c.status))
    number = {HandoffStatus(row[0]): row[1] for row in rows}
    is_late = handoffs.c.status.in_(_OPEN) & (handoffs.c.due_at < now)
    return HandoffCounts(
        offered=sum(number.values()),
        accepted=number.get(HandoffStatus.ACCEPTED, 0),
        returned=number.get(HandoffStatus.RETURNED, 0),
        open=sum(number.get(status, 0) for status in _OPEN),
        late=tx.scalar(select(func.count()).select_from(handoffs).where(is_late)) or 0,
    )


def _row(handoff: Handoff) -> tuple[str | int | None, ...]:
    return (
        handoff.id,
        handoff.deal_id,
        handoff.rule,
        handoff.from_section,
        handoff.to_section,
        handoff.from_member,
        handoff.to_member,
        handoff.status.value,
        microseconds(handoff.offered_at),
        optional_microseconds(handoff.due_at),
        optional_microseconds(handoff.closed_at),
        codec.handoff.dump_json(handoff).decode(),
    )
