"""The columns of a query: how each is compared and shown, lookups of two levels included."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.zoho.clock import parse_date, parse_time
from sandbox.zoho.coql import Test
from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem
from sandbox.zoho.fields import Field
from sandbox.zoho.modules import Module
from sandbox.zoho.records import Record
from sandbox.zoho.values import record_id

Getter = Callable[[Record], Any]
USER_PARTS = ("id", "email", "first_name", "last_name", "full_name", "name")
NUMBERS = ("integer", "currency", "double", "percent")
IDS = ("lookup", "ownerlookup")


class Columns:
    """The columns of one module."""

    def __init__(self, core: Core, module: Module) -> None:
        self._core = core
        self._org = core.org
        self._module = module

    def stored(self, name: str) -> Getter:
        """Return the value to compare and sort by: numbers, ids and times as numbers, text in small letters."""
        head, _, part = name.partition(".")
        field = self._field(head)
        if part:
            return self._joined(field, part, lambda columns, rest: columns.stored(rest))
        fixed: dict[str, Getter] = {
            "id": lambda record: record.id,
            "Created_Time": lambda record: record.created,
            "Modified_Time": lambda record: record.modified,
            "Created_By": lambda record: record.created_by,
            "Modified_By": lambda record: record.modified_by,
        }
        if head in fixed:
            return fixed[head]
        if field.type in (*NUMBERS, *IDS, "datetime", "boolean"):
            return lambda record: record.values.get(head)
        return lambda record: _small(record.values.get(head))

    def shown(self, name: str) -> Getter:
        """Return the value as a query shows it: a lookup with id and name, a multi-select as one text."""
        head, _, part = name.partition(".")
        field = self._field(head)
        if part:
            return self._joined(field, part, lambda columns, rest: columns.shown(rest))
        ((_, getter),) = self._core.showing.getters(self._module, [head])[:1]
        if field.type == "ownerlookup":
            return lambda record: _without_email(getter(record))
        if field.type == "multiselectpicklist":
            return lambda record: ";".join(getter(record) or ()) or None
        return getter

    def value(self, test: Test, value: Any) -> Any:
        """Return a literal in the form of `stored`; raise Problem when it does not fit the column."""
        field = self._leaf(test.column)
        try:
            return _literal(field, value)
        except (TypeError, ValueError) as error:
            details = {"column_name": test.column, "operator": test.operator, "reason": "invalid value"}
            raise Problem("INVALID_QUERY", details) from error

    def like(self, pattern: str) -> Callable[[str], Any]:
        """Return the test of a `like` pattern."""
        parts = [re.escape(part) for part in pattern.lower().split("%")]
        return re.compile(".*".join(parts), re.DOTALL).fullmatch

    def _field(self, name: str) -> Field:
        field = self._org.fields(self._module).get(name)
        if field is None:
            raise Problem("INVALID_QUERY", {"column_name": name}, "invalid column")
        return field

    def _leaf(self, name: str) -> Field:
        head, _, part = name.partition(".")
        field = self._field(head)
        if not part or field.type == "ownerlookup":
            return field if not part or part == "id" else Field(part, part, "text", 0)
        return Columns(self._core, self._target(field))._leaf(part)

    def _joined(self, field: Field, part: str, follow: Callable[[Columns, str], Getter]) -> Getter:
        if field.type == "ownerlookup" and part in USER_PARTS:
            own = self.stored(field.name)
            return lambda record: _user_part(self._core, own(record), part)
        if field.type != "lookup":
            raise Problem("INVALID_QUERY", {"column_name": f"{field.name}.{part}"}, "invalid column")
        getter = follow(Columns(self._core, self._target(field)), part)

        def value(record: Record) -> Any:
            id = record.values.get(field.name)
            target = None if id is None else self._org.lookup(field.lookup, id)
            return getter(target) if target else None

        return value

    def _target(self, field: Field) -> Module:
        module = self._org.modules.get(field.lookup or "")
        if module is None:
            raise Problem("INVALID_QUERY", {"column_name": field.name}, "invalid column")
        return module


def _literal(field: Field, value: Any) -> Any:
    if field.name == "id" or field.type in IDS:
        id = record_id(str(value))
        if id is None:
            raise ValueError(value)
        return id
    if field.type == "datetime":
        return parse_time(value)
    if field.type == "date":
        return parse_date(value)
    if field.type in NUMBERS:
        return float(value)
    if field.type == "boolean":
        return value in (True, "true")
    return _small(value)


def _small(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _without_email(user: dict[str, str] | None) -> dict[str, str] | None:
    return user and {"name": user["name"], "id": user["id"]}


def _user_part(core: Core, id: int | None, part: str) -> str | None:
    user = None if id is None else core.org.people.get(id)
    if user is None:
        return None
    first, _, last = user.name.partition(" ")
    parts = {"id": str(user.id), "email": user.email, "first_name": first, "last_name": last or first}
    return parts.get(part, user.name)
