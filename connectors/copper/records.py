"""From a deal as Copper shows it to a `Record`. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.copper import values
from connectors.copper.account import STANDARD, Facts
from connectors.copper.answers import Item, id_text, moment, own_id, rows_of
from connectors.copper.fields import Field, NotRead
from connectors.copper.stages import stage_of
from connectors.errors import Rejected
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Record, Ref, Value, Values

WEB = "https://app.copper.com"
REST_OF_THE_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True)
class Reading:
    """How the deals of one connection are read: its name, its account, its mapped fields."""

    connection: str
    facts: Facts
    fields: Mapping[str, Field]  # conveyor name -> deal field

    def record(self, deal: Item, *, listed: bool = False) -> Record:
        """The record of a deal, without the aspects; `listed` if it comes from a search."""
        shown = self.values(deal)
        deal_id = own_id(deal)
        return Record(
            ref=Ref(self.connection, deal_id),
            values=shown,
            version=version_of(shown),
            modified_at=modified_at(deal, listed=listed),
            created_at=moment(deal.get("date_created")),
            deal_key=self.deal_key(deal),
            url=self.url(deal_id),
        )

    def values(self, deal: Item) -> dict[str, Value]:
        """The conveyor's values of a deal; a field that the answer lacks is left out."""
        shown: dict[str, Value] = {"stage": stage_of(deal), "owner": id_text(deal.get("assignee_id"))}
        custom = custom_values(deal)
        for name, field in self.fields.items():
            holder = custom if field.custom else deal
            if field.name in holder:
                try:
                    shown[name] = values.read(field, holder[field.name], self.facts.calendar)
                except NotRead:
                    continue
        return shown

    def explains(self, deal: Item) -> bool:
        """Whether the facts have the stage and every option that the deal holds."""
        stage, custom = id_text(deal.get("pipeline_stage_id")), custom_values(deal)
        return (stage is None or stage in self.facts.pipelines.stages) and all(
            values.knows(field, (custom if field.custom else deal).get(field.name))
            for field in self.fields.values()
        )

    @property
    def needs_order(self) -> bool:
        """Whether a mapped field can only be read by the account's order of day and month, not known yet."""
        order = self.facts.calendar.order
        return order is None and any(field.type == "CloseDate" for field in self.fields.values())

    def actor(self, user: object) -> Actor:
        """The actor behind a user id: ours, a person, or unknown where Copper names nobody."""
        key = id_text(user)
        if key is None:
            return UNKNOWN_ACTOR
        return Actor(ActorKind.OURS if key == self.facts.me else ActorKind.PERSON, key)

    def field(self, name: str) -> Field:
        """The deal field of a conveyor field; `Rejected` if the mapping names none."""
        if name not in self.fields:
            raise Rejected(f"The field {name!r} is mapped to no deal field of {self.connection}.")
        return self.fields[name]

    def deal_key(self, deal: Item) -> str | None:
        """Our key, if the deal was made by us."""
        field = self.facts.key
        return str(custom_values(deal).get(field.name) or "") or None if field else None

    def url(self, deal_id: str) -> str:
        """Where a person sees the deal."""
        return f"{WEB}/companies/{self.facts.id}/app#/deal/{deal_id}"


def reading(connection: str, facts: Facts, mapped: Mapping[str, str]) -> Reading:
    """The reading of a connection; `Rejected` if the mapping names a field that the account does not have."""
    standard = {name: facts.find(field.name) for name, field in STANDARD.items()}
    return Reading(
        connection, facts, {**standard, **{name: facts.find(asked) for name, asked in mapped.items()}}
    )


def custom_values(deal: Item) -> dict[str, object]:
    """The custom fields of a record by the id of their definition."""
    rows = rows_of(deal.get("custom_fields") or [])
    return {id_text(row.get("custom_field_definition_id")) or "": row.get("value") for row in rows}


def modified_at(deal: Item, *, listed: bool = False) -> datetime | None:
    """When the deal was changed, which Copper tells to the second.

    The search index lags, so a listed deal may miss what happened later in that second, while a deal that was read
    by its id cannot: of two that carry one second the listed one counts as the older.
    """
    at = moment(deal.get("date_modified"))
    return at if at is None or listed else at + REST_OF_THE_SECOND


def version_of(shown: Values) -> str:
    """A short hash of the values: Copper has no versions, and its own time moves with e-mails and calls."""
    text = json.dumps(dict(shown), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
