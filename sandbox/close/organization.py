"""The state of one Close organization, and how each kind of object is shown. Rules of writing: changes.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.call import compact_json
from sandbox.close.actors import Actor
from sandbox.close.clock import now_ms
from sandbox.close.custom_fields import CustomFields
from sandbox.close.ids import Identifiers, fixed
from sandbox.close.people import People
from sandbox.close.pipelines import Pipelines
from sandbox.close.records import Record, Table
from sandbox.close.settings import Settings

ORGANIZATION_ID = fixed("orga", "Acme")
PREFIXES = {
    "lead": "lead",
    "contact": "cont",
    "opportunity": "oppo",
    "task": "task",
    "note": "acti",
    "status_change": "acti",
    "comment": "comm",
}
Fields = frozenset[str] | None


class Organization:
    """Everything one organization holds. `generation` moves when names change that many objects show."""

    def __init__(self, ids_after: int = 0) -> None:
        self.id = ORGANIZATION_ID
        self.name = "Acme"
        self.currency = "USD"
        self.created = now_ms()
        self.settings = Settings()
        self.identifiers = Identifiers(ids_after)
        self.people = People(self.identifiers)
        self.pipelines = Pipelines()
        self.fields = CustomFields()
        self.tables = {kind: Table(kind) for kind in PREFIXES}
        self.generation = 0
        self.shapes: Mapping[str, Callable[[Organization, Record], dict[str, Any]]] = {}
        self._numbers = 0

    def new(self, kind: str, values: dict[str, Any], actor: Actor, at: int | None = None) -> Record:
        """Make an object with a new id and put it into its table."""
        self._numbers += 1
        now = now_ms()
        id = self.identifiers.new(PREFIXES[kind])
        record = Record(kind, id, self._numbers, values, actor, now)
        record.created = now if at is None else at
        self.tables[kind].add(record)
        return record

    def get(self, kind: str, id: str | None) -> Record | None:
        """Return an object."""
        return self.tables[kind].records.get(id or "")

    def exists(self, kind: str, id: str) -> bool:
        """Say whether a user or an object of this kind exists."""
        return id in self.people.users if kind == "user" else self.get(kind, id) is not None

    def show(self, record: Record) -> dict[str, Any]:
        """Return an object as the API shows it; not to be changed."""
        if record.kind != "opportunity":
            return self.shapes[record.kind](self, record)
        if record.shown is None or record.shown[0] != self.generation:
            record.shown = (self.generation, self.shapes[record.kind](self, record))
        return record.shown[1]

    def render(self, record: Record, fields: Fields) -> str:
        """Return an object as JSON text with these fields, all where None; kept for opportunities."""
        if record.kind != "opportunity":
            return compact_json(chosen(self.show(record), fields))
        key = (self.generation, fields)
        if record.text is None or record.text[0] != key:
            record.text = (key, compact_json(chosen(self.show(record), fields)))
        return record.text[1]

    def forget_lead(self, lead_id: str) -> None:
        """Show the opportunities of a lead anew: they carry its name and its contacts' data."""
        for record in self.tables["opportunity"].of_lead(lead_id):
            record.forget()


def chosen(shown: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the wanted fields; `custom` stands for all custom fields, unknown names are ignored."""
    if fields is None or "_all" in fields:
        return shown
    with_custom = "custom" in fields
    return {
        name: value
        for name, value in shown.items()
        if name in fields or (with_custom and name.startswith("custom."))
    }
