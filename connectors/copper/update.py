"""Brings a deal to wanted values: read first, write only what differs, and look whether Copper did it.

Facts: docs/connectors/copper.md#writing
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Lane
from connectors.comparing import equal, left_as_it_was, refuse_conflict
from connectors.copper import read, stages, values
from connectors.copper.answers import Item, own_id
from connectors.copper.client import Client
from connectors.copper.fields import NotRead
from connectors.copper.records import Reading, custom_values, modified_at, version_of
from connectors.errors import Rejected
from mapping.model import PEOPLE_FIELDS, Receipt, UpdateDeal, Value, Values

CURRENCY = "monetary_unit"
"""An attribute that only some answers have; whether every account takes it is not documented."""

Raw = Mapping[str, object]
"""Attributes as a write takes them; a custom field goes under its definition's id."""


def update_deal(client: Client, reading: Reading, deal_id: str, body: UpdateDeal) -> Receipt:
    """Carry out an update; safe to repeat.

    Raises Conflict if a value to write is no longer the one that was seen, Missing without the deal, Rejected if
    Copper refuses a field or silently leaves it as it was.
    """
    raw = {name: to_raw(reading, name, value) for name, value in body.changes.items() if name != "stage"}
    before = read.deal(client, deal_id, Lane.WRITE)
    if "stage" in body.changes:
        raw["stage"] = stages.to_raw(body.changes["stage"], before, reading.facts.pipelines)
    wanted = {name: _read_back(reading, name, each, before) for name, each in raw.items()}
    shown = reading.values(before)
    changes = {name: value for name, value in wanted.items() if not equal(value, shown.get(name))}
    if not changes:
        return receipt(reading, before)
    refuse_conflict(deal_id, shown, body.seen, changes)
    after = _put(client, deal_id, before, {key: each for name in changes for key, each in raw[name].items()})
    _refuse_ignored(deal_id, shown, reading.values(after), changes)
    return receipt(reading, after)


def to_raw(reading: Reading, name: str, value: Value) -> Raw:
    """The attribute that a conveyor value is written as; `Rejected`, naming it, if it cannot be."""
    if name == "owner":
        return {"assignee_id": _owner(value)}
    if name in PEOPLE_FIELDS:
        raise Rejected(
            f"The field {name!r} belongs to the contact or company and cannot be written on the deal."
        )
    field = reading.field(name)
    return {field.name: values.write(field, value, reading.facts.calendar)}


def to_body(raw: Raw) -> dict[str, object]:
    """The body of a write: custom fields are a list of their own. Only the listed ones change."""
    custom = [
        {"custom_field_definition_id": int(key), "value": value}
        for key, value in raw.items()
        if key.isdecimal()
    ]
    body: dict[str, object] = {key: value for key, value in raw.items() if not key.isdecimal()}
    return {**body, "custom_fields": custom} if custom else body


def receipt(reading: Reading, deal: Item) -> Receipt:
    """What a deal shows after a write."""
    deal_id, shown = own_id(deal), reading.values(deal)
    return Receipt(deal_id, shown, version_of(shown), modified_at(deal), reading.url(deal_id))


def _owner(value: Value) -> int | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isdecimal():
        raise Rejected("The owner of a deal in Copper is given by a user's number.")
    return int(value)


def _read_back(reading: Reading, name: str, raw: Raw, deal: Item) -> Value:
    """What a written value will look like when it is read, to compare like with like."""
    if name == "stage":
        return stages.read_back(raw, deal)
    if name == "owner":
        return None if raw["assignee_id"] is None else str(raw["assignee_id"])
    field = reading.field(name)
    try:
        return values.read(field, raw[field.name], reading.facts.calendar)
    except NotRead as error:
        raise Rejected(f"The field {field.label} in Copper cannot be written: {error}.") from error


def _put(client: Client, deal_id: str, before: Item, raw: Raw) -> Item:
    """Write, and mend it if this account takes a list of custom fields for all of them.

    That only listed fields change is what others rely on, not what the vendor says.
    """
    after = _put_once(client, deal_id, raw)
    listed = {key for key in raw if key.isdecimal()}
    kept = {
        key: value
        for key, value in custom_values(before).items()
        if key not in listed and value not in (None, False, [], "")
    }
    shown = custom_values(after)
    if listed and kept and all(shown.get(key) in (None, False, [], "") for key in kept):
        written = {key: value for key, value in raw.items() if key in listed}
        after = client.put(f"/opportunities/{deal_id}", to_body({**kept, **written}))
    return after


def _put_once(client: Client, deal_id: str, raw: Raw) -> Item:
    """Write; a currency that the account does not take keeps nothing else from being written."""
    path, rest = f"/opportunities/{deal_id}", {key: each for key, each in raw.items() if key != CURRENCY}
    try:
        return client.put(path, to_body(raw))
    except Rejected as error:
        if error.status != 422 or not rest or len(rest) == len(raw):
            raise
    return client.put(path, to_body(rest))


def _refuse_ignored(deal_id: str, before: Values, after: Values, changes: Values) -> None:
    ignored = left_as_it_was(before, after, changes)
    if ignored:
        raise Rejected(
            f"Copper took the update of deal {deal_id} but left {', '.join(ignored)} as it was; look whether the "
            "stage, option or user still exists, and whether a workflow automation puts the value back."
        )
