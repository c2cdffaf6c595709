"""How records are shown in answers: JSON types, times in the user's zone, lookups with names, system keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sandbox.zoho.fields import Field
from sandbox.zoho.modules import DEALS, NOTES, SYSTEM_KEYS, Module
from sandbox.zoho.org import Org
from sandbox.zoho.pipelines import LAYOUT_ID, LAYOUT_NAME
from sandbox.zoho.records import Record

Getter = Callable[[Record], Any]
HOME_CURRENCY = "EUR"
SYMBOLS = {"EUR": "€", "USD": "$", "BGN": "лв", "GBP": "£"}
LAYOUT = {"name": LAYOUT_NAME, "id": str(LAYOUT_ID), "display_label": LAYOUT_NAME}


class Showing:
    """Shows the records of one org."""

    def __init__(self, org: Org, in_blueprint: Callable[[Record], bool]) -> None:
        self._org = org
        self._in_blueprint = in_blueprint
        self._special: dict[str, Getter] = {
            "id": lambda record: str(record.id),
            "Created_Time": lambda record: org.zone.iso(record.created),
            "Modified_Time": lambda record: org.zone.iso(record.modified),
            "Created_By": lambda record: org.people.user(record.created_by).reference(),
            "Modified_By": lambda record: org.people.user(record.modified_by).reference(),
            "Last_Activity_Time": lambda record: org.zone.iso(
                record.values.get("Last_Activity_Time", record.modified)
            ),
            "Tag": lambda record: [],
            "Locked__s": lambda record: record.id in org.locked,
            "Layout": lambda record: LAYOUT,
            "$se_module": lambda record: record.values.get("$se_module"),
            "$currency_symbol": lambda record: SYMBOLS.get(record.values.get("Currency", HOME_CURRENCY), "€"),
            "$field_states": lambda record: None,
            "$review_process": lambda record: None,
            "$sharing_permission": lambda record: "full_access",
            "$state": lambda record: "save",
            "$process_flow": in_blueprint,
            "$locked_for_me": lambda record: record.id in org.locked,
            "$approved": lambda record: True,
            "$approval": lambda record: dict.fromkeys(("delegate", "approve", "reject", "resubmit"), False),
            "$approval_state": lambda record: "approved",
            "$editable": lambda record: True,
            "$review": lambda record: None,
            "$in_merge": lambda record: False,
            "$layout_id": lambda record: {"name": LAYOUT_NAME, "id": str(LAYOUT_ID)},
        }

    def known(self, module: Module, names: Iterable[str]) -> list[str]:
        """Return the names that this module shows; others vanish, which is counted as wrong."""
        asked = list(dict.fromkeys(names))
        fields = self._org.fields(module)
        known = [name for name in asked if name in fields or name in self._special]
        if len(known) < len(asked):
            self._org.count_malformed()
        return [name for name in known if not self._org.is_hidden(module, name)]

    def all_names(self, module: Module) -> list[str]:
        """Return what a single read shows when nothing was chosen."""
        names = [name for name in self._org.fields(module) if not self._org.is_hidden(module, name)]
        names += ["$se_module"] if module.name not in (DEALS,) and "What_Id" in names else []
        return [*names, *SYSTEM_KEYS]

    def records(
        self, module: Module, records: Sequence[Record], names: Iterable[str]
    ) -> list[dict[str, Any]]:
        """Return records with these fields; the id is always there."""
        getters = self.getters(module, names)
        return [{name: getter(record) for name, getter in getters} for record in records]

    def getters(self, module: Module, names: Iterable[str]) -> list[tuple[str, Getter]]:
        """Return how each field is read."""
        fields = self._org.fields(module)
        wanted = dict.fromkeys([*names, "id"])
        return [(name, self._getter(module, name, fields.get(name))) for name in wanted]

    def value(self, record: Record, name: str) -> Any:
        """Return one value as it is shown."""
        return self._getter(record.module, name, record.module.fields.get(name))(record)

    def plain(self, module: Module, name: str, stored: Any) -> str | None:
        """Return a stored value as the timeline writes it: text, people and records by name."""
        field = module.fields.get(name)
        if stored is None or field is None:
            return None if stored is None else str(stored)
        if field.type == "datetime":
            return self._org.zone.iso(stored)
        if field.type == "ownerlookup":
            return self._org.people.user(stored).name
        if field.type == "lookup":
            target = self._org.lookup(field.lookup, stored)
            return target.name if target else str(stored)
        return ";".join(stored) if isinstance(stored, list) else str(stored)

    def _getter(self, module: Module, name: str, field: Field | None) -> Getter:
        if name in self._special:
            return self._special[name]
        if module.name == NOTES and name == "Parent_Id":
            return self._parent
        assert field is not None, name
        return self._by_type(field)

    def _by_type(self, field: Field) -> Getter:
        name, org = field.name, self._org
        if field.type == "datetime":
            return lambda record: _or_none(record.values.get(name), org.zone.iso)
        if field.type == "ownerlookup":
            return lambda record: _or_none(
                record.values.get(name), lambda id: org.people.user(id).reference()
            )
        if field.type == "lookup":
            return lambda record: _or_none(record.values.get(name), lambda id: self._reference(field, id))
        if field.type == "boolean":
            return lambda record: record.values.get(name, False)
        return lambda record: record.values.get(name)

    def _reference(self, field: Field, id: int) -> dict[str, Any]:
        target = self._org.lookup(field.lookup, id)
        return {"name": target.name if target else None, "id": str(id)}

    def _parent(self, record: Record) -> dict[str, Any] | None:
        id = record.values.get("Parent_Id")
        target = None if id is None else self._org.lookup("se_module", id)
        if target is None:
            return None
        module = {"api_name": target.module.name, "id": str(target.module.id)}
        return {"module": module, "name": target.name, "id": str(id)}


def _or_none(value: Any, show: Callable[[Any], Any]) -> Any:
    return None if value is None else show(value)
