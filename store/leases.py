"""The ordering lock of one deal: a token and an expiry in the deal's own row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, or_, select, update

from store import bulk
from store.due import event_is_due, is_free, write_is_due
from store.schema import deals, inbox, outbox

_LOOK_AHEAD = 4
"""Rows read for each deal wanted: a deal often has several due at once."""

_WORK = ((inbox, event_is_due), (outbox, write_is_due))


class LeaseLost(Exception):
    """Somebody else works on the deal now: stop at once."""


def acquire(tx: Connection, deal_id: str, token: str, now: datetime, seconds: float) -> bool:
    """Take the lease of one deal if it is free, run out or ours; say whether we hold it now."""
    ours = or_(is_free(now), deals.c.lease_token == token)
    taken = update(deals).where(deals.c.id == deal_id, ours).values(_held(token, now, seconds))
    return tx.execute(taken).rowcount == 1


def acquire_due(
    tx: Connection, *, connection: str, token: str, now: datetime, seconds: float, limit: int
) -> list[str]:
    """Take the leases of deals of one connection with due events: at home there, or with events from it.

    Never waits: deals that another worker is taking at this moment are passed over. Deals that only have writes
    to make are left alone, for writes are made one by one.
    """
    found = _oldest_first(_due_rows(tx, inbox, now, limit, connection), limit)
    if found:
        free = deals.c.id.in_(found) & is_free(now)
        tx.execute(update(deals).where(free).values(_held(token, now, seconds)))
    return found


def guard(tx: Connection, deal_id: str, token: str, now: datetime, seconds: float) -> None:
    """Renew our lease, also an expired one that nobody took. Raises LeaseLost if it is not ours."""
    ours = (deals.c.id == deal_id) & (deals.c.lease_token == token)
    if tx.execute(update(deals).where(ours).values(_held(token, now, seconds))).rowcount != 1:
        raise LeaseLost(f"Deal {deal_id} is worked on elsewhere; nothing of this transaction was stored.")


def release(tx: Connection, deal_ids: Collection[str], token: str) -> None:
    """Give up our leases on these deals; those of others stay."""
    for batch in bulk.batches(sorted(deal_ids)):
        ours = deals.c.id.in_(batch) & (deals.c.lease_token == token)
        tx.execute(update(deals).where(ours).values(lease_token=None, leased_until=None))


def due_deals(tx: Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (deal id, home connection) of deals with due work that nobody holds, oldest work first."""
    rows = [row for work, _ in _WORK for row in _due_rows(tx, work, now, limit, None)]
    homes = {deal_id: home for _, deal_id, home in rows}
    return [(deal_id, homes[deal_id]) for deal_id in _oldest_first(rows, limit)]


def due_among(tx: Connection, deal_ids: Collection[str], now: datetime) -> list[str]:
    """Return those of the deals that have work that could be done now, whoever holds them."""
    due: set[str] = set()
    for batch in bulk.batches(deal_ids):
        for work, condition in _WORK:
            query = select(work.c.deal_id).where(work.c.deal_id.in_(batch), condition(now)).distinct()
            due.update(tx.scalars(query))
    return [deal_id for deal_id in deal_ids if deal_id in due]


def is_due(tx: Connection, deal_id: str, now: datetime) -> bool:
    """Say whether the deal has work that could be done now, whoever holds it."""
    return bool(due_among(tx, [deal_id], now))


def _held(token: str, now: datetime, seconds: float) -> dict[str, object]:
    return {"lease_token": token, "leased_until": now + timedelta(seconds=seconds)}


def _oldest_first(rows: list[tuple[datetime, str, str]], limit: int) -> list[str]:
    return list(dict.fromkeys(deal_id for _, deal_id, _ in sorted(rows)))[:limit]


def _due_rows(
    tx: Connection, work: Table, now: datetime, limit: int, connection: str | None
) -> list[tuple[datetime, str, str]]:
    """Return (due since, deal id, home) of due rows of one queue; to take leases, lock the deals as well."""
    query = (
        select(work.c.due_at, deals.c.id, deals.c.home)
        .join_from(work, deals, deals.c.id == work.c.deal_id)
        .where(dict(_WORK)[work](now), is_free(now))
        .order_by(work.c.due_at, work.c.id)
        .limit(limit * _LOOK_AHEAD)
    )
    if connection is not None:
        query = query.where(or_(deals.c.home == connection, work.c.connection == connection))
        query = query.with_for_update(of=deals, key_share=True, skip_locked=True)
    return [(due_at, deal_id, home) for due_at, deal_id, home in tx.execute(query)]
