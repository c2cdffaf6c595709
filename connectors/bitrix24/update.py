"""Brings a deal to wanted values: read first, write only what differs, and look whether Bitrix24 did it."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Lane
from connectors.bitrix24 import values
from connectors.bitrix24.client import Client
from connectors.bitrix24.portal import DEAL
from connectors.bitrix24.read import deal_command, deal_of
from connectors.bitrix24.records import Item, Reading, item_id, moment, version_of
from connectors.comparing import equal, left_as_it_was, refuse_conflict
from connectors.errors import Rejected
from mapping.model import PEOPLE_FIELDS, Receipt, UpdateDeal, Value, Values


def update_deal(client: Client, reading: Reading, deal_id: str, body: UpdateDeal) -> Receipt:
    """Carry out an update; safe to repeat.

    Raises Conflict if a value to write is no longer the one that was seen, Missing without the deal, Rejected
    if Bitrix24 refuses a field or, as it does with some, silently leaves it as it was.
    """
    get = deal_command(deal_id)
    before = deal_of(client.call(get.method, get.params, Lane.WRITE).result)
    fields = {name: raw_fields(reading, name, value, before) for name, value in body.changes.items()}
    wanted = {name: reading_back(reading, name, raw) for name, raw in fields.items()}
    shown = reading.values(before)
    changes = {name: value for name, value in wanted.items() if not equal(value, shown.get(name))}
    if not changes:
        return receipt(reading, before)
    refuse_conflict(deal_id, shown, body.seen, changes)
    written = {key: raw for name in changes for key, raw in fields[name].items()}
    params = {"entityTypeId": DEAL, "id": int(deal_id), "fields": written}
    after = deal_of(client.call("crm.item.update", params, Lane.WRITE).result)
    _refuse_ignored(deal_id, shown, reading.values(after), changes)
    return receipt(reading, after)


def raw_fields(reading: Reading, name: str, value: Value, item: Item) -> dict[str, object]:
    """The raw fields that a conveyor value is written as; `Rejected`, naming it, if it cannot be."""
    if name == "stage":
        return _stage_fields(value)
    if name == "owner":
        return {"assignedById": _owner(value)}
    if name in PEOPLE_FIELDS:
        raise Rejected(
            f"The field {name!r} belongs to the contact or company and cannot be written on the deal."
        )
    field = reading.field(name)
    raw = {field.name: values.write(field, value, _currency(item, field.name))}
    # Without this flag Bitrix24 works the amount out from the product rows and drops ours.
    return {**raw, "isManualOpportunity": "Y"} if field.name == "opportunity" else raw


def _stage_fields(value: Value) -> dict[str, object]:
    if not isinstance(value, list) or len(value) != 2 or not value[0].isdecimal():
        raise Rejected("A stage in Bitrix24 is a pipeline's number and a stage id.")
    # Both, always: a stage of another pipeline alone is silently ignored.
    return {"categoryId": int(value[0]), "stageId": value[1]}


def _owner(value: Value) -> int:
    if value is None:
        raise Rejected("A deal in Bitrix24 always has a responsible person: the owner cannot be taken away.")
    if not isinstance(value, str) or not value.isdecimal():
        raise Rejected("The owner of a deal in Bitrix24 is given by a user's number.")
    return int(value)


def _currency(item: Item, name: str) -> str:
    """The currency of a money field: the one it has, else the deal's."""
    return str(item.get(name) or "").partition("|")[2] or str(item.get("currencyId") or "")


def reading_back(reading: Reading, name: str, raw: Mapping[str, object]) -> Value:
    """What a written value will look like when it is read, to compare like with like."""
    if name == "stage":
        return [str(raw["categoryId"]), str(raw["stageId"])]
    if name == "owner":
        return values.user_id(raw["assignedById"])
    field = reading.field(name)
    return values.read(field, raw[field.name])


def _refuse_ignored(deal_id: str, before: Values, after: Values, changes: Values) -> None:
    ignored = left_as_it_was(before, after, changes)
    if ignored:
        raise Rejected(
            f"Bitrix24 took the update of deal {deal_id} but left {', '.join(ignored)} as it was; look "
            "whether the stage or option still exists, and whether an automation rule puts the value back."
        )


def receipt(reading: Reading, item: Item) -> Receipt:
    """What a deal shows after a write."""
    deal_id, shown = item_id(item), reading.values(item)
    return Receipt(deal_id, shown, version_of(shown), moment(item.get("updatedTime")), reading.url(deal_id))
