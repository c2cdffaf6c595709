"""From a deal as Zoho shows it to a `Record`. No I/O. Facts: docs/connectors/zoho.md#objects"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from connectors.errors import Rejected, Unreadable
from connectors.zoho import actors, values
from connectors.zoho.fields import Field
from connectors.zoho.organisation import DEAL_KEY, Fields, Home
from connectors.zoho.pipelines import IMPLICIT
from mapping.model import Actor, Record, Ref, Value

Row = Mapping[str, Any]

STANDARD: Mapping[str, str] = {
    "title": "Deal_Name",
    "amount": "Amount",
    "currency": "Currency",
    "source": "Lead_Source",
    "created_at": "Created_Time",
}
"""Always-known fields -> deal fields; any of them but the name may be hidden from our user."""

ALWAYS = ("Stage", "Owner", "Created_By", "Modified_By", "Created_Time", "Modified_Time")
PEOPLE = ("Contact_Name", "Account_Name")
MARK = "Conveyor reference"
_MARKED = re.compile(rf"(?:^|\n){MARK}: (\S+)\s*$")


@dataclass(frozen=True)
class Reading:
    """How the deals of one connection are read: its mapped fields, its organisation and our user."""

    connection: str
    web: str
    home: Home
    known: Fields
    fields: Mapping[str, Field]  # conveyor name -> deal field

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The deal fields that every reading asks for."""
        mapped = (field.name for field in self.fields.values())
        optional = [name for name in ("Pipeline", self.key_field) if name in self.known.by_name]
        return tuple(dict.fromkeys([*ALWAYS, *optional, *mapped]))

    @property
    def has_key_field(self) -> bool:
        """Whether the admin made a field for our key; else it stands at the end of the description."""
        return DEAL_KEY in self.known.by_name

    @property
    def key_field(self) -> str:
        """The field that holds our key."""
        return DEAL_KEY if self.has_key_field else "Description"

    def record(self, row: Row) -> Record:
        """The record of a deal, without the aspects; `Unreadable` if it is not as documented."""
        shown = self.values(row)
        deal_id = row_id(row)
        return Record(
            ref=Ref(self.connection, deal_id),
            values=shown,
            version=version_of(shown),
            modified_at=at(row, "Modified_Time"),
            created_at=at(row, "Created_Time"),
            created_by=self.user(row, "Created_By"),
            modified_by=self.user(row, "Modified_By"),
            deal_key=self.deal_key(row),
            url=self.url(deal_id),
        )

    def values(self, row: Row) -> dict[str, Value]:
        """The conveyor's values of a deal; the order is fixed, for the version is a hash over them."""
        shown: dict[str, Value] = {"stage": self.stage(row), "owner": values.id_of(row.get("Owner"))}
        for name in sorted(STANDARD.keys() - self.fields.keys()):
            shown[name] = None
        for name, field in self.fields.items():
            shown[name] = values.read(field, row.get(field.name))
        if self.one_currency:
            shown["currency"] = self.home.currency
        return shown

    @property
    def one_currency(self) -> bool:
        """Whether all deals are in the organisation's own currency."""
        return "currency" not in self.fields

    def stage(self, row: Row) -> list[str] | None:
        """`[pipeline, stage]` by their actual values; `None` without a stage."""
        stage = self.actual("Stage", row.get("Stage"))
        if stage is None:
            return None
        return [self.actual("Pipeline", row.get("Pipeline")) or IMPLICIT, stage]

    def actual(self, name: str, shown: object) -> str | None:
        """The actual value of a stage or pipeline that may be shown by its display value."""
        if not shown:
            return None
        field = self.known.by_name.get(name)
        return (field.actual(str(shown)) if field else None) or str(shown)

    def explains(self, row: Row) -> bool:
        """Whether the metadata that we know has the stage and the options that a deal shows."""
        stage = row.get("Stage")
        if stage and self.known.by_name["Stage"].actual(str(stage)) is None:
            return False
        return all(values.knows(field, row.get(field.name)) for field in self.fields.values())

    def user(self, row: Row, name: str) -> Actor:
        """Who is named in a field of the deal."""
        return actors.named(values.id_of(row.get(name)), self.home.me)

    def deal_key(self, row: Row) -> str | None:
        """Our key, if the deal was made by us."""
        text = str(row.get(self.key_field) or "")
        return (text or None) if self.has_key_field else key_in(text)

    def field(self, name: str) -> Field:
        """The deal field of a conveyor field; `Rejected` if the mapping names none."""
        if name not in self.fields:
            raise Rejected(f"The field {name!r} is mapped to no deal field of {self.connection}.")
        return self.fields[name]

    def url(self, deal_id: str) -> str:
        """Where a person sees the deal."""
        return f"{self.web}/crm/org{self.home.zgid}/tab/Potentials/{deal_id}"


def reading(connection: str, web: str, home: Home, known: Fields, mapped: Mapping[str, str]) -> Reading:
    """The reading of a connection; `Rejected` if the mapping names a field that there is not."""
    standard = {name: known.by_name[field] for name, field in STANDARD.items() if field in known.by_name}
    fields = {**standard, **{name: known.find(asked) for name, asked in sorted(mapped.items())}}
    return Reading(connection, web, home, known, fields)


def row_id(row: Row) -> str:
    """The id of a record."""
    found = values.id_of(row)
    if found is None:
        raise Unreadable("Zoho sent a record without an id.")
    return found


def at(row: Row, name: str) -> datetime | None:
    """A time of a record, in UTC; `None` for nothing. `Unreadable` for what is no time."""
    raw = row.get(name)
    try:
        return values.moment(raw) if raw else None
    except ValueError as error:
        raise Unreadable(f"Zoho's field {name} holds no time.") from error


def version_of(shown: Mapping[str, Value]) -> str:
    """A hash over the values: `Modified_Time` has seconds only, and moves without a change of ours to see."""
    return blake2b(repr(dict(shown)).encode(), digest_size=9).hexdigest()


def marked(text: str, key: str) -> str:
    """A text with our reference as its last line."""
    return f"{text.rstrip()}\n\n{MARK}: {key}".lstrip()


def key_in(text: str) -> str | None:
    """The key in the last line of a text."""
    found = _MARKED.search(text.replace("\r\n", "\n"))
    return found[1] if found else None
