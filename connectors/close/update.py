"""Brings a deal to wanted values: read first, write only what differs, and look whether Close did it.

Facts: docs/connectors/close.md#writing
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.base import Lane
from connectors.close import note, values
from connectors.close.account import DOUBTED_S, KEPT_S, Account
from connectors.close.calls import UPDATE_DEAL
from connectors.close.client import Client
from connectors.close.fields import TITLE
from connectors.close.read import deal
from connectors.close.records import Item, Reading, item_id, url, version_of
from connectors.close.values import moment, text_of
from connectors.comparing import equal, refuse_conflict
from connectors.errors import Rejected
from mapping.model import PEOPLE_FIELDS, Receipt, UpdateDeal, Value, Values
from mapping.translate import same


def update_deal(client: Client, account: Account, by: Reading, deal_id: str, body: UpdateDeal) -> Receipt:
    """Carry out an update, as one call; safe to repeat.

    Raises Conflict if a value to write is no longer the one that was seen, Missing without the deal, Rejected
    if Close refuses a value or silently leaves it as it was.
    """
    before = deal(client, deal_id, Lane.WRITE)
    raw = {name: raw_fields(by, name, value, before) for name, value in body.changes.items()}
    wanted = by.values({**before, **{key: part for each in raw.values() for key, part in each.items()}})
    shown = by.values(before)
    differing = [name for name in body.changes if not equal(wanted[name], shown[name])]
    if not differing:
        return receipt(by, before, body.changes)
    refuse_conflict(deal_id, shown, body.seen, differing)
    if "owner" in differing:
        refuse_stranger(account, body.changes["owner"])
    written = {key: part for name in differing for key, part in raw[name].items() if key != "pipeline_id"}
    after = client.call(UPDATE_DEAL, Lane.WRITE, deal_id, body=written)
    _refuse_ignored(deal_id, wanted, by.values(after), differing)
    return receipt(by, after, body.changes)


def raw_fields(by: Reading, name: str, value: Value, item: Item) -> dict[str, object]:
    """The raw fields that a value of ours is written as; `Rejected`, naming it, if it cannot be."""
    if name == "stage":
        return _stage(value)
    if name == "owner":
        return {"user_id": _owner(value)}
    if name in PEOPLE_FIELDS:
        raise Rejected(f"The field {name!r} belongs to the lead or its contact and is not written on a deal.")
    field = by.field(name)
    if field.type == TITLE:
        return {"note": _titled(value, item)}
    if name == "currency":
        return _currency(value, item)
    return {field.key: values.write(field, value)}


def _stage(value: Value) -> dict[str, object]:
    if not isinstance(value, list) or len(value) != 2 or not all(value):
        raise Rejected("A stage in Close is a pipeline's id and a status id.")
    return {"pipeline_id": value[0], "status_id": value[1]}


def _owner(value: Value) -> str:
    if value is None:
        raise Rejected("An opportunity in Close always has a user: the owner cannot be taken away.")
    if not isinstance(value, str) or not values.is_user(value):
        raise Rejected("The owner of an opportunity in Close is given by the id of a user (user_...).")
    return value


def _titled(value: Value, item: Item) -> str:
    if value is None or value == "":
        raise Rejected("The title of a deal cannot be taken away.")
    return note.with_title(text_of(item.get("note")), str(value))


def _currency(value: Value, item: Item) -> dict[str, object]:
    """Nothing to write: all amounts of an organization are in one currency, and another is refused."""
    kept = item.get("value_currency")
    if value is not None and kept and str(value).upper() != kept:
        raise Rejected(
            f"Close keeps all amounts in {kept}, so a deal in another currency cannot be written there."
        )
    return {}


def refuse_stranger(account: Account, user_id: Value) -> None:
    """Raise `Rejected` for an owner who does not work there (any more): what Close does then is not known."""
    for kept_s in (KEPT_S, DOUBTED_S):
        member = account.members(Lane.WRITE, kept_s).get(str(user_id))
        if member is not None and member.active:
            return
    raise Rejected("The owner is no active user of the Close organization: correct the team or invite them.")


def _refuse_ignored(deal_id: str, wanted: Values, after: Values, names: Iterable[str]) -> None:
    ignored = [name for name in names if not _arrived(name, wanted[name], after[name])]
    if ignored:
        raise Rejected(
            f"Close took the update of deal {deal_id} but left {', '.join(ignored)} as it was; look whether the "
            "status or field still exists, and whether the role of the API key's user may edit it."
        )


def _arrived(name: str, wanted: Value, after: Value) -> bool:
    if name == "stage" and isinstance(wanted, list) and isinstance(after, list):
        return wanted[1] == after[1]  # a status that an admin moved to another pipeline takes the deal along
    return same(wanted, after) or equal(wanted, after)


def receipt(by: Reading, item: Item, names: Mapping[str, Value]) -> Receipt:
    """What a deal shows after a write, of the names that were written."""
    shown = by.values(item)
    return Receipt(
        item_id(item),
        {name: shown[name] for name in names if name in shown},
        version_of(shown),
        moment(item.get("date_updated")),
        url(item),
    )
