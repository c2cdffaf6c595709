"""Brings a deal to wanted values: read first, write only what differs and only over what was read, look again.

Facts: docs/connectors/zoho.md#writing
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Lane
from connectors.comparing import equal, left_as_it_was, refuse_conflict
from connectors.errors import Conflict, Rejected
from connectors.zoho import blueprint, values
from connectors.zoho.client import Client, Json
from connectors.zoho.organisation import Organisation
from connectors.zoho.pipelines import Pipeline
from connectors.zoho.records import Reading, at, row_id, version_of
from connectors.zoho.refusals import InBlueprint
from connectors.zoho.rows import CHANGED, One, Rows
from mapping.model import PEOPLE_FIELDS, Receipt, UpdateDeal, Value, Values

A_SECOND = 1.0
MOST_READS = 3


@dataclass(frozen=True)
class Desk:
    """All that writing a deal takes."""

    client: Client
    rows: Rows
    organisation: Organisation
    reading: Reading

    def deal(self, deal_id: str) -> One:
        """The deal as it is now; `Missing` without it."""
        return self.rows.one("Deals", deal_id, self.reading.columns, Lane.WRITE)


@dataclass(frozen=True)
class Plan:
    """What an update comes to for a deal as it is: what will differ, and the raw fields that bring it about."""

    shown: Values
    changes: Values
    fields: Json


def update_deal(desk: Desk, deal_id: str, body: UpdateDeal) -> Receipt:
    """Carry out an update; safe to repeat.

    Raises Conflict if a value to write is no longer the one that was seen, Missing without the deal, Rejected
    if Zoho or a Blueprint refuses it or if Zoho takes it and leaves a field as it was.
    """
    changed_before: object = None
    for _ in range(MOST_READS):
        found = desk.deal(deal_id)
        plan = _plan(desk, deal_id, found.row, body)
        if not plan.changes:
            return receipt(desk.reading, found.row)
        if _is_settled(found, changed_before):
            _carry_out(desk, deal_id, plan, body, found.row)
            return _looked_at(desk, deal_id, plan)
        changed_before = found.row[CHANGED]
        time.sleep(A_SECOND)
    raise Conflict(f"Deal {deal_id} changes every second; it is looked at again.")


def _is_settled(found: One, changed_before: object) -> bool:
    """Whether the second of the deal's last change was over when it was read.

    A further change in that very second would be hidden from `If-Unmodified-Since`, which knows no fractions.
    A second look that shows no newer change is as good, whatever Zoho's clocks say.
    """
    changed_at = at(found.row, CHANGED)
    return changed_at is None or changed_at < found.at or found.row[CHANGED] == changed_before


def _carry_out(desk: Desk, deal_id: str, plan: Plan, body: UpdateDeal, before: Json) -> None:
    try:
        _put(desk, deal_id, plan.fields, before)
    except InBlueprint:
        if "Stage" not in plan.fields:
            raise
        blueprint.move(desk.client, desk.reading, deal_id, plan.fields, before)
        rest = {name: value for name, value in body.changes.items() if name != "stage"}
        if rest:
            update_deal(desk, deal_id, replace(body, changes=rest))


def _plan(desk: Desk, deal_id: str, row: Json, body: UpdateDeal) -> Plan:
    shown = desk.reading.values(row)
    raw = {name: raw_fields(desk, name, value, shown) for name, value in body.changes.items()}
    wanted = desk.reading.values({**row, **_together(raw, raw)})
    changes = {name: wanted[name] for name in body.changes if not equal(wanted[name], shown[name])}
    refuse_conflict(deal_id, shown, body.seen, changes)
    return Plan(shown, changes, _together(raw, changes))


def _looked_at(desk: Desk, deal_id: str, plan: Plan) -> Receipt:
    after = desk.deal(deal_id).row
    _refuse_ignored(deal_id, plan.shown, desk.reading.values(after), plan.changes)
    return receipt(desk.reading, after)


def _put(desk: Desk, deal_id: str, fields: Json, read: Mapping[str, Any]) -> None:
    """Write the fields unless somebody changed the deal since it was read.

    Without `trigger`, the organisation's own automation runs as after an edit by a person.
    """
    headers = {"If-Unmodified-Since": str(read[CHANGED])} if read.get(CHANGED) else {}
    desk.client.call("PUT", f"/Deals/{deal_id}", Lane.WRITE, json={"data": [fields]}, headers=headers).done()


def raw_fields(desk: Desk, name: str, value: Value, shown: Values) -> Json:
    """The raw fields that a conveyor value is written as; `Rejected`, naming it, if it cannot be."""
    reading = desk.reading
    if name == "stage":
        return _stage(desk.organisation, value, shown.get("stage"))
    if name == "owner":
        return _owner(value)
    if name in PEOPLE_FIELDS:
        raise Rejected(
            f"The field {name!r} belongs to the contact or company and cannot be written on the deal."
        )
    if name == "currency" and reading.one_currency:
        if value not in (None, reading.home.currency):
            raise Rejected(f"This Zoho organisation keeps all deals in {reading.home.currency}.")
        return {}
    field = reading.field(name)
    return {field.name: values.write(field, value)}


def _stage(organisation: Organisation, value: Value, shown: Value) -> Json:
    """Stage and pipeline, checked here: without pipelines Zoho keeps any word for a stage."""
    if not (isinstance(value, list) and len(value) == 2 and all(value)):
        raise Rejected("A stage in Zoho is the actual value of a pipeline and that of a stage.")
    pipeline = _pipeline(organisation, *value)
    if pipeline is None:
        organisation.doubt(0.0)
        pipeline = _pipeline(organisation, *value)
    if pipeline is None:
        raise Rejected(_no_such_stage(organisation, *value))
    if pipeline.layout is None:
        return {"Stage": value[1]}
    return {"Pipeline": pipeline.id, "Stage": value[1], **_layout(organisation, pipeline, shown)}


def _pipeline(organisation: Organisation, pipeline: str, stage: str) -> Pipeline | None:
    known = organisation.pipelines(Lane.WRITE)
    return next((each for each in known if each.id == pipeline and each.stage(stage)), None)


def _no_such_stage(organisation: Organisation, pipeline: str, stage: str) -> str:
    known = {each.id: each for each in organisation.pipelines(Lane.WRITE)}
    if pipeline not in known:
        return f"Zoho has no pipeline {pipeline!r} (any more); it has: {', '.join(known)}."
    has = ", ".join(each.actual for each in known[pipeline].stages)
    return f"Zoho's pipeline {pipeline!r} has no stage {stage!r} (any more); it has: {has}."


def _layout(organisation: Organisation, target: Pipeline, shown: Value) -> Json:
    """The layout, only where the deal has to change it: to name one asks for all that it requires."""
    known = {each.id: each.layout for each in organisation.pipelines(Lane.WRITE)}
    current = known.get(shown[0]) if isinstance(shown, list) else None
    stays = target.is_default_layout if current is None else target.layout == current
    return {} if stays else {"Layout": {"id": target.layout}}


def _owner(value: Value) -> Json:
    if value is None:
        raise Rejected("A deal in Zoho always has an owner: the owner cannot be taken away.")
    if not isinstance(value, str) or not values.ID.fullmatch(value):
        raise Rejected("The owner of a deal in Zoho is given by the id of a user.")
    return {"Owner": {"id": value}}


def _together(raw: Mapping[str, Json], names: Iterable[str]) -> Json:
    return {key: value for name in names for key, value in raw[name].items()}


def _refuse_ignored(deal_id: str, before: Values, after: Values, changes: Values) -> None:
    ignored = left_as_it_was(before, after, changes)
    if ignored:
        raise Rejected(
            f"Zoho took the update of deal {deal_id} but left {', '.join(ignored)} as it was; look whether our "
            "user's profile may edit it, and whether a workflow puts the value back."
        )


def receipt(reading: Reading, row: Mapping[str, Any]) -> Receipt:
    """What a deal shows after a write."""
    deal_id, shown = row_id(row), reading.values(row)
    return Receipt(deal_id, shown, version_of(shown), at(row, CHANGED), reading.url(deal_id))
