"""Every change of a record, by API or by people: checks, calculated properties, history, events."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import invalid_values
from sandbox.hubspot.events import Events
from sandbox.hubspot.kinds import DEALS, Kind
from sandbox.hubspot.records import Record, Source, now_ms
from sandbox.hubspot.values import InvalidValue, iso, stored

# HubSpot fills calculated properties a moment after a creation, which moves updatedAt once more.
CALCULATION_SECONDS = 0.4
Problem = tuple[str, str, str]


class Changes:
    """Writes to one account."""

    def __init__(self, account: Account, events: Events) -> None:
        self._account = account
        self._events = events

    def check(self, kind: Kind, given: Mapping[str, Any], record: Record | None = None) -> dict[str, str]:
        """Return the values as they will be stored; raise the refusal that lists every problem."""
        problems: list[Problem] = []
        values: dict[str, str] = {}
        for name, value in given.items():
            try:
                values[name] = self._value(kind, name, value, record)
            except InvalidValue as error:
                problems.append((name, error.code, str(error)))
        if not problems and kind is DEALS:
            problems += self._stage_problems(values, record)
        if problems:
            raise invalid_values(problems, self._account.portal_id)
        return values

    def create(self, kind: Kind, values: Mapping[str, str], source: Source, *, quiet: bool = False) -> Record:
        """Create a record; `quiet` means no events and no later recalculation."""
        table = self._account.tables[kind]
        record = table.new(source)
        record.calculated.update(
            {"hs_object_source": source.type, "hs_object_source_label": source.type}
            | ({"hs_object_source_id": source.id} if source.id else {})
        )
        for name, value in values.items():
            if value:
                self._store(record, name, value, record.created, source)
        self._calculate(record, values, record.created, source)
        table.add(record)
        if not quiet:
            self._events.created(record)
            asyncio.get_running_loop().call_later(CALCULATION_SECONDS, self._recalculated, record)
        return record

    def update(
        self, record: Record, values: Mapping[str, str], source: Source, *, quiet: bool = False
    ) -> dict[str, dict[str, str | None]]:
        """Store what differs and return it as {name: {"from", "to"}}; nothing moves when nothing differs."""
        changed = {
            name: {"from": record.properties.get(name), "to": value}
            for name, value in values.items()
            if (record.properties.get(name) or "") != value
        }
        if not changed:
            return {}
        at = max(now_ms(), record.updated + 1)
        for name in changed:
            self._store(record, name, values[name], at, source)
        self._calculate(record, changed, at, source)
        record.touch(at)
        self._account.tables[record.kind].revision += 1
        if not quiet:
            for name in changed:
                self._events.changed(record, name, values[name], source)
        return changed

    def archive(self, record: Record, source: Source) -> None:
        """Move a record to the recycle bin."""
        self._account.tables[record.kind].archive(record)
        self._events.deleted(record, source)

    def merge(self, primary: Record, other: Record, source: Source) -> Record:
        """Merge two records into a new one: the primary's values, and the other's where it has none."""
        table = self._account.tables[primary.kind]
        merged = table.new(Source("MERGE_OBJECTS", source.id, source.user_id))
        kept = {name: value for name, value in primary.properties.items() if value}
        moved = {name: value for name, value in other.properties.items() if value and name not in kept}
        merged.versions.update({name: list(primary.history(name)) for name in kept})
        for name, value in (kept | moved).items():
            merged.properties[name] = value
        merged.calculated.update(primary.calculated)
        table.add(merged)
        table.merge([primary, other], merged)
        self._account.links.move(primary.kind, [primary.id, other.id], merged.id)
        self._events.merged(primary, other, merged, len(moved), source)
        return merged

    def link(self, record: Record, other: Record, source: Source) -> bool:
        """Link two records; say whether the link is new."""
        new = self._account.links.add(record.kind, record.id, other.kind, other.id)
        if new:
            self._tell_of_link(record, other, False, source)
        return new

    def unlink(self, record: Record, other: Record, source: Source) -> bool:
        """Unlink two records; say whether they were linked."""
        gone = self._account.links.remove(record.kind, record.id, other.kind, other.id)
        if gone:
            self._tell_of_link(record, other, True, source)
        return gone

    def _tell_of_link(self, record: Record, other: Record, removed: bool, source: Source) -> None:
        for here, there in ((record, other), (other, record)):
            here.renderings.clear()
            self._events.linked(here, there.kind, there.id, removed, source)

    def _value(self, kind: Kind, name: str, value: Any, record: Record | None) -> str:
        definition = self._account.tables[kind].properties.get(name)
        if definition is None:
            raise InvalidValue("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if definition.read_only:
            message = f'"{name}" is a read only property; its value cannot be set.'
            raise InvalidValue("READ_ONLY_VALUE", message)
        current = record.properties.get(name) if record else None
        if current is not None and value == current:
            return current
        text = stored(definition, value, current)
        if definition.owner and text:
            self._check_owner(text)
        if definition.unique and text:
            self._check_unique(kind, name, text, record)
        return text

    def _check_owner(self, text: str) -> None:
        """Refuse what is not an active owner's id. HubSpot's own code for this is not documented."""
        user = self._account.users.get(int(text)) if text.isdigit() else None
        if user is None or not user.active:
            raise InvalidValue("INVALID_OWNER_ID", f"{text} is not a valid owner id")

    def _check_unique(self, kind: Kind, name: str, text: str, record: Record | None) -> None:
        holder = self._account.tables[kind].find(name, text)
        if holder is not None and (record is None or holder.id != record.id):
            message = f"{name} must be unique: {holder.id} already has that value."
            raise InvalidValue("UNIQUE_VALUE_CONFLICT", message)

    def _stage_problems(self, values: Mapping[str, str], record: Record | None) -> list[Problem]:
        """Refuse a stage outside its pipeline. What HubSpot does with one is not documented."""
        if not {"pipeline", "dealstage"} & values.keys():
            return []
        current = record.properties if record else {}
        pipeline = values.get("pipeline", current.get("pipeline"))
        stage = values.get("dealstage", current.get("dealstage"))
        same = record is not None and (current.get("pipeline"), current.get("dealstage")) == (pipeline, stage)
        if same or not stage or self._account.stage(pipeline, stage):
            return []
        known = self._account.pipeline(pipeline)
        allowed = ", ".join(each.id for each in known.stages) if known else ""
        return [("dealstage", "INVALID_OPTION", f"{stage} was not one of the allowed options: [{allowed}]")]

    def _store(self, record: Record, name: str, value: str, at: int, source: Source) -> None:
        table = self._account.tables[record.kind]
        if table.properties[name].unique:
            table.index(record, name, value, record.properties.get(name))
        record.write(name, value, at, source)

    def _calculate(self, record: Record, changed: Mapping[str, object], at: int, source: Source) -> None:
        calculated = record.calculated
        if source.user_id is not None:
            calculated["hs_updated_by_user_id"] = str(source.user_id)
        if "hubspot_owner_id" in changed:
            calculated["hubspot_owner_assigneddate"] = iso(at)
        if record.kind is not DEALS:
            return
        if amount := record.properties.get("amount"):
            calculated["amount_in_home_currency"] = amount
        if {"pipeline", "dealstage"} & changed.keys():
            calculated["hs_v2_date_entered_current_stage"] = iso(at)
            calculated.update(self._stage_facts(record))

    def _stage_facts(self, record: Record) -> dict[str, str]:
        pipeline = self._account.pipeline(record.properties.get("pipeline"))
        stage = self._account.stage(record.properties.get("pipeline"), record.properties.get("dealstage"))
        if pipeline is None or stage is None:
            return {}
        # HubSpot prints the binary value of the probability in full.
        return {
            "hs_deal_stage_probability": str(Decimal(self._account.probability(pipeline, stage))),
            "hs_is_closed": str(stage.won or stage.lost).lower(),
            "hs_is_closed_won": str(stage.won).lower(),
            "hs_is_closed_lost": str(stage.lost).lower(),
        }

    def _recalculated(self, record: Record) -> None:
        record.touch(now_ms())
        self._account.tables[record.kind].revision += 1
