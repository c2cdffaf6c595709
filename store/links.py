"""Ties between deals and records, and the placeholder deal that a new record gets at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from itertools import count, groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, delete, select, update

from mapping.model import Deal, Link, Ref
from store import bulk, codec
from store.schema import deals, handoffs, inbox, links, outbox

_REPLACE = """ON CONFLICT (deal_id, connection) DO UPDATE SET remote_id = excluded.remote_id,
version = excluded.version, state = excluded.state, body = excluded.body"""


# SQLite lets nobody else write anyway and needs no FOR KEY SHARE.
_DEAL_IDS = "SELECT remote_id, deal_id FROM links WHERE connection = ? AND remote_id IN"

_FIND = "SELECT remote_id, deal_id, version FROM links WHERE connection = ? AND remote_id IN"

_LOAD = (
    select(links.c.deal_id, links.c.body)
    .where(links.c.deal_id.in_(bulk.AMONG))
    .order_by(links.c.deal_id, links.c.connection)
)

_NUMBER = re.compile("[1-9][0-9]{0,18}")  # as 16 hex digits, and in one way only

_order = attrgetter("connection", "remote_id")
_connection = attrgetter("connection")


class AlreadyLinked(Exception):
    """The deal is already tied to another record of this connection."""


def deal_id_for(ref: Ref, attempt: int = 0) -> str:
    """Name the deal that a record starts as: 24 hex digits, the same on every machine.

    A number as remote id is kept as a number, so that deals made one after the other lie side by side in every
    index: to store a new deal then costs half as much.
    """
    remote_id = ref.remote_id
    if not attempt and _NUMBER.fullmatch(remote_id):
        return blake2b(ref.connection.encode(), digest_size=4).hexdigest() + f"{int(remote_id):016x}"
    name = f"{ref.connection}\0{remote_id}" + (f"\0{attempt}" if attempt else "")
    return blake2b(name.encode(), digest_size=12).hexdigest()


def ensure(tx: Connection, refs: Collection[Ref], now: datetime) -> dict[Ref, str]:
    """Return the deal id of every record; an unknown record gets a placeholder deal and a link.

    Until the end of the transaction nobody can adopt these records, so an event that is added for the deal
    cannot miss it. Safe to repeat and to race.
    """
    wanted = sorted(set(refs), key=_order)  # one order for all: two transactions do not wait for each other
    found = _deal_ids(tx, wanted)
    for attempt in count():
        missing = {ref: deal_id_for(ref, attempt) for ref in wanted if ref not in found}
        if not missing:
            break
        # The links come first: only who gets the link in makes the deal. A deal whose name is taken by
        # another record of the connection (it merged and came apart again) is left, under the next name.
        rows = [codec.link_row(Link(ref.connection, ref.remote_id, id)) for ref, id in missing.items()]
        stored = bulk.insert(tx, links, codec.LINK_COLUMNS, rows, "ON CONFLICT DO NOTHING")
        known = missing if stored == len(rows) else _deal_ids(tx, list(missing))
        ours = missing.items() if known is missing else missing.items() & known.items()
        _add_placeholders(tx, ours, now)
        found |= known
    return found


def find(tx: Connection, refs: Collection[Ref]) -> dict[Ref, tuple[str, str | None]]:
    """Return (deal id, version last seen) of the records that are known."""
    return {
        Ref(connection, remote_id): (deal_id, version)
        for connection, group in groupby(sorted(set(refs), key=_order), key=_connection)
        for remote_id, deal_id, version in bulk.select_among(
            tx, _FIND, (connection,), [ref.remote_id for ref in group]
        )
    }


def load(tx: Connection, deal_ids: Collection[str]) -> dict[str, tuple[Link, ...]]:
    """Return the links of each deal, by connection; every deal asked for is a key."""
    found: dict[str, list[Link]] = {deal_id: [] for deal_id in deal_ids}
    for batch in bulk.batches(found):
        for deal_id, body in tx.execute(_LOAD, {"among": batch}):
            found[deal_id].append(codec.link.validate_json(body))
    return {deal_id: tuple(own) for deal_id, own in found.items()}


def save(tx: Connection, changed: Iterable[Link]) -> None:
    """Insert or update links, each named by (connection, deal id).

    A record that is tied to another deal is refused by the database (IntegrityError): `adopt` it first.
    """
    latest = {(link.deal_id, link.connection): link for link in changed}
    bulk.insert(tx, links, codec.LINK_COLUMNS, [codec.link_row(link) for link in latest.values()], _REPLACE)


def adopt(tx: Connection, ref: Ref, deal_id: str) -> None:
    """Say that a record belongs to this deal: its link and events move there, its own deal goes.

    Ledger entries keep the deal id that they were made for; open writes and hand-offs of the deal that goes
    end with it. Safe to repeat. Raises AlreadyLinked if the deal is tied to another record there.
    """
    here = links.c.connection == ref.connection
    ours = _locked(tx, here & (links.c.deal_id == deal_id))
    theirs = _locked(tx, here & (links.c.remote_id == ref.remote_id))
    if theirs is not None and theirs.deal_id == deal_id:
        return
    if ours is not None and ours.remote_id is not None:
        raise AlreadyLinked(
            f"Deal {deal_id} is tied to {ref.connection}:{ours.remote_id} and cannot be tied to {ref} too."
        )
    if theirs is not None:
        tx.execute(delete(links).where(here, links.c.deal_id == theirs.deal_id))
    base = ours or theirs or Link(ref.connection, None, deal_id)
    save(tx, [replace(base, remote_id=ref.remote_id, deal_id=deal_id)])
    if theirs is not None:
        _leave(tx, ref, theirs.deal_id, deal_id)


def _leave(tx: Connection, ref: Ref, old_id: str, new_id: str) -> None:
    """Move the record's events; without another record to its name the old deal goes."""
    others = tx.scalar(select(links.c.deal_id).where(links.c.deal_id == old_id).limit(1)) is not None
    events = update(inbox).where(inbox.c.deal_id == old_id).values(deal_id=new_id)
    if others:
        tx.execute(events.where(inbox.c.connection == ref.connection))
        return
    tx.execute(events)
    unsent = outbox.c.state.in_(("pending", "sending", "parked"))
    tx.execute(update(outbox).where(outbox.c.deal_id == old_id, unsent).values(state="superseded"))
    tx.execute(delete(handoffs).where(handoffs.c.deal_id == old_id))
    tx.execute(delete(deals).where(deals.c.id == old_id))


def _locked(tx: Connection, where: ColumnElement[bool]) -> Link | None:
    # Waits for transactions that have called `ensure` for the record and may still add events.
    body = tx.scalar(select(links.c.body).where(where).with_for_update())
    return None if body is None else codec.link.validate_json(body)


def _deal_ids(tx: Connection, refs: Iterable[Ref]) -> dict[Ref, str]:
    """Read the deals of records, which come sorted by connection."""
    return {
        Ref(connection, remote_id): deal_id
        for connection, group in groupby(refs, key=_connection)
        for remote_id, deal_id in bulk.select_among(
            tx, _DEAL_IDS, (connection,), [ref.remote_id for ref in group], "FOR KEY SHARE"
        )
    }


def _add_placeholders(tx: Connection, named: Iterable[tuple[Ref, str]], now: datetime) -> None:
    new = [Deal(deal_id, journey=deal_id, home=ref.connection, updated_at=now) for ref, deal_id in named]
    rows = [codec.deal_row(deal, None) for deal in sorted(new, key=lambda deal: deal.id)]
    bulk.insert(tx, deals, codec.DEAL_COLUMNS, rows, "ON CONFLICT DO NOTHING")
