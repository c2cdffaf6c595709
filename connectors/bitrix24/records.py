"""From a deal as `crm.item.*` shows it to a `Record`. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.bitrix24 import values
from connectors.bitrix24.portal import STANDARD, Facts
from connectors.bitrix24.stages import stage_value
from connectors.bitrix24.values import Field
from connectors.errors import Rejected, Unreadable
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Record, Ref, Value, Values

ORIGINATOR = "conveyor"
"""Our name in `originatorId`; `originId` then holds our deal key."""

Item = Mapping[str, object]

_ALWAYS = (
    *("id", "stageId", "categoryId", "assignedById", "originatorId", "originId"),
    *("createdBy", "createdTime", "updatedBy", "updatedTime", "movedBy", "movedTime"),
)


@dataclass(frozen=True)
class Reading:
    """How the deals of one connection are read: its mapped fields, its name, its portal and our user."""

    connection: str
    portal: str  # scheme and host
    me: str
    fields: Mapping[str, Field]  # conveyor name -> deal field

    @property
    def select(self) -> list[str]:
        """The deal fields that a listing has to ask for."""
        return list(dict.fromkeys([*_ALWAYS, *(field.name for field in self.fields.values())]))

    def record(self, item: Item) -> Record:
        """The record of a deal, without the aspects."""
        shown = self.values(item)
        deal_id = item_id(item)
        return Record(
            ref=Ref(self.connection, deal_id),
            values=shown,
            version=version_of(shown),
            modified_at=moment(item.get("updatedTime")),
            created_at=moment(item.get("createdTime")),
            created_by=self.actor(item.get("createdBy")),
            modified_by=self.modified_by(item),
            deal_key=deal_key(item),
            url=self.url(deal_id),
        )

    def values(self, item: Item) -> dict[str, Value]:
        """The conveyor's values of a deal; a field that the answer lacks is left out."""
        shown: dict[str, Value] = {
            "stage": stage_value(item.get("categoryId"), item.get("stageId")),
            "owner": values.user_id(item.get("assignedById")),
        }
        for name, field in self.fields.items():
            if field.name in item:
                shown[name] = values.read(field, item[field.name])
        return shown

    def explains(self, item: Item) -> bool:
        """Whether the lists of the mapped fields have every option that the deal holds."""
        return all(values.knows(field, item.get(field.name)) for field in self.fields.values())

    def modified_by(self, item: Item) -> Actor:
        """Who moved the deal if that is its latest change, else who changed it last.

        Bitrix24 keeps one name each: an edit hides the one before it (docs/connectors/bitrix24.md#actors).
        """
        moved, updated = moment(item.get("movedTime")), moment(item.get("updatedTime"))
        if moved is not None and (updated is None or moved >= updated):
            return self.actor(item.get("movedBy"))
        return self.actor(item.get("updatedBy"))

    def actor(self, user: object) -> Actor:
        """The actor behind a user id: ours, a person, or the portal itself for user 0."""
        key = values.id_text(user)
        if key is None:
            return UNKNOWN_ACTOR
        if key == "0":
            return Actor(ActorKind.AUTOMATION)
        return Actor(ActorKind.OURS if key == self.me else ActorKind.PERSON, key)

    def field(self, name: str) -> Field:
        """The deal field of a conveyor field; `Rejected` if the mapping names none."""
        if name not in self.fields:
            raise Rejected(f"The field {name!r} is mapped to no deal field of {self.connection}.")
        return self.fields[name]

    def url(self, deal_id: str) -> str:
        """Where a person sees the deal."""
        return f"{self.portal}/crm/deal/details/{deal_id}/"


def reading(connection: str, portal: str, facts: Facts, mapped: Mapping[str, str]) -> Reading:
    """The reading of a connection; `Rejected` if the mapping names a field that the portal does not have."""
    fields = {**STANDARD, **{name: facts.find(asked) for name, asked in mapped.items()}}
    return Reading(connection, portal, facts.me, fields)


def item_id(item: Item) -> str:
    """The id of a deal, contact or company."""
    key = values.id_text(item.get("id"))
    if key is None:
        raise Unreadable("Bitrix24 sent a record without an id.")
    return key


def deal_key(item: Item) -> str | None:
    """Our key, if the deal was made by us."""
    return str(item.get("originId") or "") or None if item.get("originatorId") == ORIGINATOR else None


def version_of(shown: Values) -> str:
    """A short hash of the values: Bitrix24 has no versions. Equal values have equal versions."""
    text = json.dumps(dict(shown), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def moment(raw: object) -> datetime | None:
    """A time of a record, aware; `None` for nothing or what is no time."""
    try:
        return values.moment_of(raw) if raw else None
    except ValueError:
        return None
