"""Creates a deal with its lead and contact; each is looked for first, so repeating doubles nothing.

Facts: docs/connectors/close.md#creating
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from itertools import islice

from connectors.base import Lane
from connectors.close import calls, holders, note
from connectors.close.account import Account
from connectors.close.client import Client, Json
from connectors.close.events import DEAL, logged
from connectors.close.holders import Holder
from connectors.close.read import deal
from connectors.close.records import Reading, item_id
from connectors.close.update import raw_fields, receipt, refuse_stranger
from connectors.close.values import text_of
from connectors.close.walk import PAGE
from connectors.errors import Missing, Rejected
from mapping.model import PEOPLE_FIELDS, CreateDeal, Receipt

MOST_DEALS = 500
"""How many of our own latest deals are looked through for one that an earlier attempt made."""


def create_deal(client: Client, account: Account, by: Reading, body: CreateDeal, attempt: int) -> Receipt:
    """Create the deal, or find the one with our key; raises Rejected for values that Close cannot hold."""
    fields = _fields(account, by, body)
    me = account.identity(Lane.WRITE).user_id
    known = _newest(client, by, body.deal_key)
    if known is None and attempt > 1:
        known = _ours(client, by, body.deal_key, me)
    if known is not None:
        return receipt(by, known, body.values)
    holder = holders.found(client, body, me, attempt)
    if holder is not None:
        known = _on_lead(client, by, holder, body.deal_key)
        if known is not None:
            return receipt(by, known, body.values)
        holder = holders.with_contact(client, holder, body.contact)
    holder = holder or holders.made(client, body, _title(body))
    made = client.call(calls.CREATE_DEAL, Lane.WRITE, body={**fields, **_held(holder)})
    return receipt(by, made, body.values)


def _fields(account: Account, by: Reading, body: CreateDeal) -> dict[str, object]:
    if body.values.get("stage") is None:
        raise Rejected("Close puts a deal without a status anywhere: it needs a stage.")
    item: Json = {"value_currency": account.identity(Lane.WRITE).currency}
    fields: dict[str, object] = {"value_period": "one_time"}
    for name, value in body.values.items():
        if name not in PEOPLE_FIELDS and value is not None:
            fields |= raw_fields(by, name, value, item)
    if "user_id" in fields:
        refuse_stranger(account, body.values["owner"])
    if by.key_field is not None:
        return {**fields, by.key_field.key: body.deal_key}
    return {**fields, "note": note.with_key(text_of(fields.get("note")) or "", body.deal_key)}


def _held(holder: Holder) -> dict[str, object]:
    contact = {"contact_id": holder.contact_id} if holder.contact_id else {}
    return {"lead_id": holder.lead_id, **contact}


def _title(body: CreateDeal) -> str | None:
    title = body.values.get("title")
    return str(title) if title else None


# --- the deal that an earlier attempt made ---


def _newest(client: Client, by: Reading, key: str) -> Json | None:
    """Among the latest deals of all: the plain list shows a deal at once."""
    params = {"_order_by": "-date_created", "_fields": _where(by)}
    return _with_key(client, by, client.listed(calls.DEALS, Lane.WRITE, params, PAGE).rows, key)


def _on_lead(client: Client, by: Reading, holder: Holder, key: str) -> Json | None:
    params = {"lead_id": holder.lead_id, "_fields": _where(by)}
    return _with_key(client, by, client.all(calls.DEALS, Lane.WRITE, params), key)


def _where(by: Reading) -> str:
    """The fields that a key may stand in."""
    return ",".join(["id", "note", *([by.key_field.key] if by.key_field else [])])


def _with_key(client: Client, by: Reading, rows: Iterable[Json], key: str) -> Json | None:
    """The whole deal with this key, unless it was deleted since it was listed."""
    for row in rows:
        if by.deal_key(row) == key:
            with contextlib.suppress(Missing):
                return deal(client, item_id(row), Lane.WRITE)
    return None


def _ours(client: Client, by: Reading, key: str, me: str) -> Json | None:
    """Among the latest that we made, by the event log, for a repeat that comes late."""
    filters = {"user_id": me, "object_type": DEAL, "action": "created"}
    latest = islice(logged(client, Lane.WRITE, filters), MOST_DEALS)
    rows = ({**(event.data or {}), "id": event.object_id} for event in latest)
    return _with_key(client, by, rows, key)
