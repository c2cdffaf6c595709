"""The agreed deals, and counts over them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, exists, func, select

from mapping.model import Deal, DealStatus, Link, Ref
from store import bulk, codec
from store.schema import deals, links

_CHANGED = tuple(name for name in codec.DEAL_COLUMNS if name not in ("id", "revision"))

# Leases live in the same row and stay as they are.
_REPLACE = "ON CONFLICT (id) DO UPDATE SET revision = deals.revision + 1, " + ", ".join(
    f"{name} = excluded.{name}" for name in _CHANGED
)

_LOAD = select(deals.c.id, deals.c.body).where(deals.c.id.in_(bulk.AMONG))

_STREAM = {"yield_per": 1000}


@dataclass(frozen=True, slots=True)
class DealRow:
    """One deal of a listing, with its links by connection."""

    deal: Deal
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many deals stand on one stage."""

    section: str | None
    stage: str | None
    status: DealStatus
    deals: int


def load(tx: Connection, ids: Collection[str]) -> dict[str, Deal]:
    """Return the deals that exist, by id."""
    return {
        deal_id: codec.deal.validate_json(body)
        for batch in bulk.batches(ids)
        for deal_id, body in tx.execute(_LOAD, {"among": batch})
    }


def save(tx: Connection, deal: Deal, ruleset_hash: str | None) -> None:
    """Insert or update one deal; counts its revision up and leaves its lease alone."""
    bulk.insert(tx, deals, codec.DEAL_COLUMNS, [codec.deal_row(deal, ruleset_hash)], _REPLACE)


def insert_many(tx: Connection, placed: Sequence[tuple[Deal, Link]], ruleset_hash: str | None) -> None:
    """Insert new deals with their links, for a backfill.

    The caller knows that none of them exists: a double is refused by the database (IntegrityError).
    """
    # The links first, in the order in which `links.ensure` makes them: so the two never wait for each other.
    tied = sorted((link for _, link in placed), key=attrgetter("connection", "remote_id"))
    bulk.insert(tx, links, codec.LINK_COLUMNS, [codec.link_row(link) for link in tied])
    bulk.insert(tx, deals, codec.DEAL_COLUMNS, [codec.deal_row(deal, ruleset_hash) for deal, _ in placed])


def open_counts(tx: Connection) -> dict[str, int]:
    """Return how many open deals each owner has, by e-mail."""
    is_open = deals.c.status == DealStatus.OPEN.value
    query = select(deals.c.owner, func.count()).where(is_open, deals.c.owner.is_not(None))
    return {owner: number for owner, number in tx.execute(query.group_by(deals.c.owner))}  # noqa: C416


def counts_by_stage(tx: Connection) -> list[StageCount]:
    """Return how many deals stand where."""
    place = (deals.c.section, deals.c.stage, deals.c.status)
    rows = tx.execute(select(*place, func.count()).group_by(*place))
    return [StageCount(section, stage, DealStatus(status), number) for section, stage, status, number in rows]


def find_by_ref(tx: Connection, ref: Ref) -> Deal | None:
    """Return the deal that a record is tied to."""
    tied = (links.c.connection == ref.connection) & (links.c.remote_id == ref.remote_id)
    body = tx.scalar(select(deals.c.body).join(links, links.c.deal_id == deals.c.id).where(tied))
    return None if body is None else codec.deal.validate_json(body)


def listing(
    tx: Connection,
    *,
    connection: str | None = None,
    section: str | None = None,
    status: DealStatus | None = None,
    owner: str | None = None,
    shown: ColumnElement[bool] | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Iterator[DealRow]:
    """Stream deals by id; `connection` keeps those with a record there, `shown` those that a condition is true for,
    `after` a page those with a later id.

    Read it inside the transaction.
    """
    chosen = select(deals.c.id, deals.c.body).order_by(deals.c.id).limit(limit)
    if shown is not None:
        chosen = chosen.where(shown)
    if after is not None:
        chosen = chosen.where(deals.c.id > after)
    for column, value in ((deals.c.section, section), (deals.c.status, status), (deals.c.owner, owner)):
        if value is not None:
            chosen = chosen.where(column == value)
    if connection is not None:
        chosen = chosen.where(exists().where(links.c.deal_id == deals.c.id, links.c.connection == connection))
    page = chosen.subquery()
    joined = page.outerjoin(links, links.c.deal_id == page.c.id)
    query = select(page.c.id, page.c.body, links.c.body).select_from(joined)
    ordered = query.order_by(page.c.id, links.c.connection).execution_options(**_STREAM)
    with tx.execute(ordered) as rows:  # closed also by whoever stops early
        for _, own in groupby(rows, key=lambda row: row[0]):
            yield _deal_row([(deal, link) for _, deal, link in own])


def _deal_row(rows: list[tuple[str, str | None]]) -> DealRow:
    own = tuple(codec.link.validate_json(link) for _, link in rows if link is not None)
    return DealRow(codec.deal.validate_json(rows[0][0]), own)
