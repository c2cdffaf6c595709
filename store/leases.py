"""The ordering lock of one deal: a token and an expiry in the deal's own row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, Table, bindparam, or_, select, update

from store import bulk
from store.due import NOW, event_is_due, is_free, write_is_due
from store.schema import deals, inbox, outbox

_LOOK_AHEAD = 4
"""Rows read for each deal wanted: a deal often has several due at once."""

_WORK = {inbox: event_is_due(NOW), outbox: write_is_due(NOW)}

_OURS = deals.c.lease_token == bindparam("held_by")
_HOLD = update(deals).values(lease_token=bindparam("held_by"), leased_until=bindparam("held_until"))
_ACQUIRE = _HOLD.where(deals.c.id == bindparam("deal"), or_(is_free(NOW), _OURS))
_ACQUIRE_FREE = _HOLD.where(deals.c.id.in_(bulk.AMONG), is_free(NOW))
_GUARD = _HOLD.where(deals.c.id == bindparam("deal"), _OURS)
_RELEASE = update(deals).where(deals.c.id.in_(bulk.AMONG), _OURS).values(lease_token=None, leased_until=None)

_AMONG = tuple(
    select(work.c.deal_id).where(work.c.deal_id.in_(bulk.AMONG), is_due).distinct()
    for work, is_due in _WORK.items()
)


def _due_rows(work: Table) -> Select[datetime, str, str]:
    """Select (due since, deal id, home) of a queue's due rows, oldest first."""
    return (
        select(work.c.due_at, deals.c.id, deals.c.home)
        .join_from(work, deals, deals.c.id == work.c.deal_id)
        .where(_WORK[work], is_free(NOW))
        .order_by(work.c.due_at, work.c.id)
        .limit(bindparam("most"))
    )


_DUE = tuple(_due_rows(work) for work in _WORK)

# To take leases, lock the deals as well.
_EVENTS_OF_CONNECTION = (
    _due_rows(inbox)
    .where(or_(deals.c.home == bindparam("of"), inbox.c.connection == bindparam("of")))
    .with_for_update(of=deals, key_share=True, skip_locked=True)
)


class LeaseLost(Exception):
    """Somebody else works on the deal now: stop at once."""


def acquire(tx: Connection, deal_id: str, token: str, now: datetime, seconds: float) -> bool:
    """Take the lease of one deal if it is free, run out or ours; say whether we hold it now."""
    return tx.execute(_ACQUIRE, {"deal": deal_id, "now": now, **_held(token, now, seconds)}).rowcount == 1


def acquire_due(
    tx: Connection, *, connection: str, token: str, now: datetime, seconds: float, limit: int
) -> list[str]:
    """Take the leases of deals of one connection with due events: at home there, or with events from it.

    Never waits: deals that another worker is taking at this moment are passed over. Deals that only have writes
    to make are left alone, for writes are made one by one.
    """
    given = {"now": now, "of": connection, "most": limit * _LOOK_AHEAD}
    found = _oldest_first(_rows(tx, _EVENTS_OF_CONNECTION, given), limit)
    if found:
        tx.execute(_ACQUIRE_FREE, {"among": found, "now": now, **_held(token, now, seconds)})
    return found


def guard(tx: Connection, deal_id: str, token: str, now: datetime, seconds: float) -> None:
    """Renew our lease, also an expired one that nobody took. Raises LeaseLost if it is not ours."""
    if tx.execute(_GUARD, {"deal": deal_id, **_held(token, now, seconds)}).rowcount != 1:
        raise LeaseLost(f"Deal {deal_id} is worked on elsewhere; nothing of this transaction was stored.")


def release(tx: Connection, deal_ids: Collection[str], token: str) -> None:
    """Give up our leases on these deals; those of others stay."""
    for batch in bulk.batches(sorted(deal_ids)):
        tx.execute(_RELEASE, {"among": batch, "held_by": token})


def due_deals(tx: Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (deal id, home connection) of deals with due work that nobody holds, oldest work first."""
    given = {"now": now, "most": limit * _LOOK_AHEAD}
    rows = [row for query in _DUE for row in _rows(tx, query, given)]
    homes = {deal_id: home for _, deal_id, home in rows}
    return [(deal_id, homes[deal_id]) for deal_id in _oldest_first(rows, limit)]


def due_among(tx: Connection, deal_ids: Collection[str], now: datetime) -> list[str]:
    """Return those of the deals that have work that could be done now, whoever holds them."""
    due: set[str] = set()
    for batch in bulk.batches(deal_ids):
        for query in _AMONG:
            due.update(tx.scalars(query, {"among": batch, "now": now}))
    return [deal_id for deal_id in deal_ids if deal_id in due]


def is_due(tx: Connection, deal_id: str, now: datetime) -> bool:
    """Say whether the deal has work that could be done now, whoever holds it."""
    return bool(due_among(tx, [deal_id], now))


def _held(token: str, now: datetime, seconds: float) -> dict[str, object]:
    return {"held_by": token, "held_until": now + timedelta(seconds=seconds)}


def _rows(
    tx: Connection, query: Select[datetime, str, str], given: Mapping[str, object]
) -> list[tuple[datetime, str, str]]:
    return [(due_at, deal_id, home) for due_at, deal_id, home in tx.execute(query, given)]


def _oldest_first(rows: list[tuple[datetime, str, str]], limit: int) -> list[str]:
    return list(dict.fromkeys(deal_id for _, deal_id, _ in sorted(rows)))[:limit]
