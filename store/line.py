"""The line as people look at it: counts and money for each stage, and deals page by page. Reads only.

Who asks brings the condition on which deals may be shown; every number here is counted under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Numeric,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from mapping.model import DealStatus, HandoffStatus
from store.schema import deals, handoffs, inbox, ledger, links, outbox, rulesets

_BETWEEN = "\x1f"
"""Parts the columns of a key; no name has it."""

_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)
_HIDDEN = (DealStatus.DELETED, DealStatus.IGNORED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals to look at; all that may be shown by default."""

    connection: str | None = None  # the deal's home
    owner: str | None = None
    text: str | None = None  # in the title, or the id of the deal in its CRM
    section: str | None = None
    stage: str | None = None
    status: DealStatus | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What stands on one stage: deals, those of them that wait too long for their receiver, and money."""

    section: str | None
    stage: str | None
    status: DealStatus
    deals: int
    late: int
    money: Mapping[str, Decimal]  # currency, empty where none is given -> sum


def figures(tx: Connection, shown: ColumnElement[bool], wanted: Wanted, now: datetime) -> list[StageFigures]:
    """How many deals stand on each stage, and for how much."""
    late = _late_ones(tx, shown, wanted, now)
    # Grouped by one text, which takes half the time of sorting by each column.
    parts = (deals.c.section, deals.c.stage, deals.c.status, _field(tx, "currency"))
    key: ColumnElement[str] = func.coalesce(parts[0], "")
    for part in parts[1:]:
        key = key.concat(_BETWEEN).concat(func.coalesce(part, ""))
    amount = cast(func.nullif(_field(tx, "amount"), ""), Numeric(asdecimal=False))
    named = (
        select(key.label("key"), amount.label("amount"))
        .where(shown, *_conditions(tx, wanted, now))
        .cte("named")
        .prefix_with("MATERIALIZED")
    )
    query = (
        select(named.c.key, func.count(), func.sum(named.c.amount))
        .group_by(named.c.key)
        .order_by(named.c.key)
    )
    rows = [(*text.split(_BETWEEN), number, total) for text, number, total in tx.execute(query)]
    return [_sum_up(key, list(own), late) for key, own in groupby(rows, key=lambda row: tuple(row[:3]))]


def first_of_stages(
    tx: Connection, shown: ColumnElement[bool], wanted: Wanted, now: datetime, most: int
) -> list[str]:
    """The first deals of each stage: those that wait for somebody by their deadlines, then the longest untouched."""
    place, conditions = (deals.c.section, deals.c.stage), (shown, *_conditions(tx, wanted, now))
    waits = _waits()
    deadline = func.row_number().over(partition_by=place, order_by=(waits.c.due_at, deals.c.id))
    offered = select(deals.c.id, *place, deadline.label("position")).join(
        waits, waits.c.deal_id == deals.c.id
    )
    turn = func.row_number().over(partition_by=place, order_by=_untouched())
    untouched = select(deals.c.id, *place, turn.label("position"))
    found: dict[tuple[str, str], dict[str, None]] = {}
    for listed in (offered.where(waits.c.due_at.is_not(None), *conditions), untouched.where(*conditions)):
        rows = listed.subquery()
        query = select(rows.c.id, rows.c.section, rows.c.stage).where(rows.c.position <= most)
        for deal_id, section, stage in tx.execute(query.order_by(rows.c.position)):
            found.setdefault((section, stage), {})[deal_id] = None
    return [deal_id for own in found.values() for deal_id in list(own)[:most]]


def page(
    tx: Connection, shown: ColumnElement[bool], wanted: Wanted, now: datetime, *, skip: int, most: int
) -> list[str]:
    """A page of deals: those that wait for somebody by their deadlines, then the longest untouched."""
    waits = _waits()
    query = select(deals.c.id).outerjoin(waits, waits.c.deal_id == deals.c.id)
    order = (waits.c.due_at.is_(None), waits.c.due_at, *_untouched())
    listed = query.where(shown, *_conditions(tx, wanted, now)).order_by(*order)
    return list(tx.scalars(listed.offset(skip).limit(most)))


def owners(tx: Connection, shown: ColumnElement[bool]) -> list[str]:
    """Whose deals there are to see, by e-mail."""
    query = select(deals.c.owner).where(shown, deals.c.owner.is_not(None)).distinct()
    return sorted(tx.scalars(query))


def change_mark(tx: Connection, now: datetime) -> tuple[int, ...]:
    """Says whether anything happened since somebody looked: another mark, something new. Costs a few look-ups.

    A deal may change without a line in the ledger: then an event that was due is due no more.
    """
    newest = (
        select(func.max(column)) for column in (ledger.c.id, inbox.c.id, outbox.c.id, rulesets.c.version)
    )
    is_due = (inbox.c.state == "pending") & (inbox.c.due_at <= now)
    waiting = (is_due, outbox.c.state.in_(("pending", "sending")))
    left = (select(func.count()).where(each) for each in waiting)
    found = tx.execute(select(*(each.scalar_subquery() for each in (*newest, *left)))).one()
    return tuple(number or 0 for number in found)


def _sum_up(place: tuple[str, ...], rows: Sequence[Any], late: Mapping[tuple[str, ...], int]) -> StageFigures:
    section, stage, status = place
    money = {row[3]: Decimal(str(row[5])) for row in rows if row[5] is not None}
    counted = sum(row[4] for row in rows)
    return StageFigures(
        section or None, stage or None, DealStatus(status), counted, late.get(place, 0), money
    )


def _late_ones(
    tx: Connection, shown: ColumnElement[bool], wanted: Wanted, now: datetime
) -> dict[tuple[str, ...], int]:
    late, place = _late(now), (deals.c.section, deals.c.stage, deals.c.status)
    query = select(*place, func.count()).join_from(deals, late, late.c.deal_id == deals.c.id).group_by(*place)
    rows = tx.execute(query.where(shown, *_conditions(tx, wanted, now)))
    return {(section or "", stage or "", status): number for section, stage, status, number in rows}


def _untouched() -> tuple[ColumnElement[Any], ...]:
    """What is open with the longest untouched first, what is closed with the latest first."""
    at = case((deals.c.status == DealStatus.OPEN, deals.c.updated_at), else_=-deals.c.updated_at)
    return (at, deals.c.id)


def _conditions(tx: Connection, wanted: Wanted, now: datetime) -> Iterator[ColumnElement[bool]]:
    equal = (
        (deals.c.home, wanted.connection),
        (deals.c.owner, wanted.owner),
        (deals.c.section, wanted.section),
        (deals.c.stage, wanted.stage),
        (deals.c.status, wanted.status),
    )
    yield from (column == value for column, value in equal if value is not None)
    if wanted.status is None:
        yield deals.c.status.not_in(_HIDDEN)
    if wanted.text:
        yield _says(tx, wanted.text)
    if wanted.late:
        yield deals.c.id.in_(select(_late(now).c.deal_id))


def _says(tx: Connection, text: str) -> ColumnElement[bool]:
    """Whether a deal's title has the text, in letters of either size, or one of its records that id."""
    title = _field(tx, "title")
    # SQLite, and PostgreSQL without a locale, take only English letters of either size for the same.
    spellings = {text} if text.isascii() else {text.lower(), text.upper(), text.capitalize(), text.title()}
    like = title.contains if tx.dialect.name == "sqlite" else title.icontains
    in_title = (like(each, autoescape=True) for each in sorted(spellings))
    remote_id = text.rpartition(":")[2]
    of_record = exists().where(links.c.deal_id == deals.c.id, links.c.remote_id == remote_id)
    return or_(*in_title, of_record)


def _field(tx: Connection, name: str) -> ColumnElement[str]:
    """A field of the deal's body, as text."""
    if tx.dialect.name == "sqlite":
        return func.json_extract(deals.c.body, f"$.fields.{name}", type_=Text)
    return type_coerce(cast(deals.c.body, JSONB)["fields"][name].astext, Text)


def _waits() -> Subquery:
    """Deals whose open hand-off has a deadline, with the earliest."""
    is_open = handoffs.c.status.in_(_OPEN)
    due = func.min(handoffs.c.due_at).label("due_at")
    return select(handoffs.c.deal_id, due).where(is_open).group_by(handoffs.c.deal_id).subquery()


def _late(now: datetime) -> Subquery:
    """Deals with an open hand-off past its deadline."""
    is_late = and_(handoffs.c.status.in_(_OPEN), handoffs.c.due_at < now)
    return select(handoffs.c.deal_id).where(is_late).distinct().subquery()
