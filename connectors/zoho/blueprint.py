"""A deal in a Blueprint is moved by one of its transitions; where none fits, the refusal says which is missing.

Facts: docs/connectors/zoho.md#blueprints
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.base import Lane
from connectors.errors import Rejected, Unreadable
from connectors.http import short
from connectors.zoho.client import Client, Json
from connectors.zoho.records import Reading

NOTE = "Moved by the sales conveyor."
MOVED = ("Stage", "Pipeline", "Layout")


def move(
    client: Client, reading: Reading, deal_id: str, fields: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Move the deal to the stage in `fields` by a transition, whose form takes what it asks for of the others.

    Raises Rejected, for the people who keep the Blueprint, if no single transition leads there for our user.
    """
    found = _blueprint(client, deal_id)
    wanted = str(fields["Stage"])
    _refuse_other_pipeline(reading, deal_id, fields, before)
    transition = _transition(found, reading, deal_id, wanted)
    data = _data(transition, fields, deal_id)
    body = {"blueprint": [{"transition_id": str(transition.get("id")), "data": data}]}
    said = client.call("PUT", f"/Deals/{deal_id}/actions/blueprint", Lane.WRITE, json=body).body
    if said.get("code") != "SUCCESS":
        raise Unreadable(f"Zoho does not say whether deal {deal_id} went through its Blueprint's transition.")
    if "partial" in str(said.get("message")).lower():
        raise Rejected(
            f"Zoho saved transition {_name(transition)} of deal {deal_id} only in part and did not move it: "
            "the transition asks for more than the conveyor knows. Move the deal by hand."
        )


def _blueprint(client: Client, deal_id: str) -> Json:
    found = client.call("GET", f"/Deals/{deal_id}/actions/blueprint", Lane.WRITE).body.get("blueprint")
    if not isinstance(found, dict):
        raise Unreadable(f"Zoho does not show the Blueprint that deal {deal_id} is in.")
    return found


def _refuse_other_pipeline(
    reading: Reading, deal_id: str, fields: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    stage = reading.stage(before)
    if stage and fields.get("Pipeline") not in (None, stage[0]):
        raise Rejected(
            f"Deal {deal_id} is in a Zoho Blueprint, which keeps it in the pipeline {stage[0]!r}; it has to leave "
            "the Blueprint before it can be moved to another one."
        )


def _transition(found: Json, reading: Reading, deal_id: str, wanted: str) -> Json:
    """The transition to the wanted stage that we may carry out now."""
    offered = [each for each in found.get("transitions") or () if isinstance(each, dict)]
    leading = [each for each in offered if reading.actual("Stage", each.get("next_field_value")) == wanted]
    by_hand = [each for each in leading if str(each.get("type") or "manual").lower() != "automatic"]
    ready = [each for each in by_hand if each.get("criteria_matched") is not False]
    if ready:
        return ready[0]
    place = f"Deal {deal_id} stands in {_process(found)}"
    if by_hand:
        why = short(str(by_hand[0].get("criteria_message") or "its criteria are not met"), 160)
        raise Rejected(f"{place}; its transition {_name(by_hand[0])} to {wanted!r} is closed: {why}.")
    offers = ", ".join(f"{_name(each)} to {str(each.get('next_field_value'))!r}" for each in offered)
    raise Rejected(
        f"{place}, where no transition leads to {wanted!r} for the user that the conveyor works as (it is offered: "
        f"{offers or 'none'}). Add that transition to the Blueprint and allow it to this user, or move the deal "
        "by hand."
    )


def _process(found: Json) -> str:
    info = found.get("process_info")
    told = info if isinstance(info, dict) else {}
    return f"the Blueprint {str(told.get('name') or '')!r} of Zoho at {str(told.get('field_value') or '')!r}"


def _name(transition: Mapping[str, Any]) -> str:
    return repr(str(transition.get("name") or transition.get("id")))


def _data(transition: Json, fields: Mapping[str, Any], deal_id: str) -> Json:
    """What the transition's form is filled with: what is to be written anyway, and what it demands."""
    form = {
        str(each.get("api_name")): each for each in transition.get("fields") or () if isinstance(each, dict)
    }
    current = transition.get("data")
    there = current if isinstance(current, dict) else {}
    data = {name: value for name, value in fields.items() if name in form and name not in MOVED}
    for name, field in form.items():
        if field.get("mandatory") is True and name not in data and name not in MOVED:
            data[name] = NOTE if name == "Notes" else _plain(there.get(name))
    _refuse_missing(transition, [name for name, value in data.items() if value in (None, "", [])], deal_id)
    return data


def _refuse_missing(transition: Json, missing: Sequence[str], deal_id: str) -> None:
    if missing:
        raise Rejected(
            f"Transition {_name(transition)} of the Blueprint that deal {deal_id} is in demands "
            f"{', '.join(missing)}; fill that in on the deal, or move it by hand."
        )


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value
