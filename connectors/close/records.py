"""From an opportunity as Close shows it to a `Record`. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.close import note, values
from connectors.close.actors import Ours
from connectors.close.fields import NO_FIELD, STANDARD, TITLE, key_field, resolve
from connectors.close.values import Field, moment, text_of
from connectors.errors import Rejected, Unreadable
from mapping.model import Record, Ref, Value, Values

APP = "https://app.close.com"

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """How the deals of one connection are read: its name, its mapped fields, and who we are."""

    connection: str
    ours: Ours
    fields: Mapping[str, Field]  # conveyor name -> deal field
    key_field: Field | None

    def record(self, item: Item) -> Record:
        """The record of a deal, without the aspects."""
        shown = self.values(item)
        return Record(
            ref=Ref(self.connection, item_id(item)),
            values=shown,
            version=version_of(shown),
            modified_at=moment(item.get("date_updated")),
            created_at=moment(item.get("date_created")),
            created_by=self.ours.by_user(item.get("created_by")),
            modified_by=self.ours.by_user(item.get("updated_by")),
            deal_key=self.deal_key(item),
            url=url(item),
        )

    def values(self, item: Item) -> dict[str, Value]:
        """The conveyor's values of a deal; Close leaves a custom field without value out."""
        shown: dict[str, Value] = {"stage": stage_of(item), "owner": text_of(item.get("user_id"))}
        for name, field in self.fields.items():
            shown[name] = self.value(field, item)
        return shown

    def value(self, field: Field, item: Item) -> Value:
        """The value of one field of a deal."""
        if field.type == TITLE:
            return note.title_of(text_of(item.get("note")), text_of(item.get("lead_name")))
        return None if field.type == NO_FIELD else values.read(field, item.get(field.key))

    def deal_key(self, item: Item) -> str | None:
        """Our key, if the deal was made by us."""
        kept = text_of(item.get(self.key_field.key)) if self.key_field else None
        return kept or note.key_of(text_of(item.get("note")))

    def field(self, name: str) -> Field:
        """The deal field of a conveyor field; `Rejected` if the mapping names none."""
        if name not in self.fields:
            raise Rejected(f"The field {name!r} is mapped to no field of {self.connection}.")
        return self.fields[name]


def reading(connection: str, ours: Ours, custom: tuple[Field, ...], mapped: Mapping[str, str]) -> Reading:
    """The reading of a connection; `Rejected` if the mapping names a field that Close does not have."""
    fields = {**STANDARD, **resolve(custom, mapped)}
    return Reading(connection, ours, fields, key_field(custom))


def item_id(item: Item) -> str:
    """The id of an object; `Unreadable` without one."""
    id = text_of(item.get("id"))
    if id is None:
        raise Unreadable("Close sent a record without an id.")
    return id


def stage_of(item: Item) -> list[str]:
    """`[pipeline id, status id]` of a deal, which always has both."""
    pipeline, status = text_of(item.get("pipeline_id")), text_of(item.get("status_id"))
    if pipeline is None or status is None:
        raise Unreadable("Close sent an opportunity without pipeline and status.")
    return [pipeline, status]


def url(item: Item) -> str | None:
    """Where a person sees the deal: on the page of its lead."""
    lead = text_of(item.get("lead_id"))
    return f"{APP}/lead/{lead}/" if lead else None


def version_of(shown: Values) -> str:
    """A short hash of the values: Close has no versions, and its time stamp moves with things we do not read."""
    text = json.dumps(dict(shown), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
