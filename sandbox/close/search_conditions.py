"""The query language of advanced filtering: which objects meet a query. Paging of the results: search.py."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.close.clock import parse_ms
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.refusals import refused

OBJECT_TYPES = ("lead", "contact", "opportunity")
# What belongs to an object without being one, by object type: where it stands in the values.
PARTS = {"contact_email": "emails", "contact_phone": "phones", "contact_url": "urls", "address": "addresses"}
COMMON = ("id", "date_created", "date_updated", "created_by", "updated_by")
FIELDS: dict[str, frozenset[str]] = {
    "lead": frozenset({*COMMON, "name", "display_name", "url", "description", "status_id"}),
    "contact": frozenset({*COMMON, "lead_id", "name", "display_name", "title"}),
    "opportunity": frozenset(
        {
            *COMMON,
            *("lead_id", "contact_id", "user_id", "status_id", "note", "date_won", "date_lost"),
            *("value", "value_period", "confidence"),
        }
    ),
    "contact_email": frozenset({"email", "type"}),
    "contact_phone": frozenset({"phone", "type"}),
    "contact_url": frozenset({"url", "type"}),
    "address": frozenset({"label", "address_1", "address_2", "city", "state", "zipcode", "country"}),
}
OWN: dict[str, Callable[[Record], Any]] = {
    "id": lambda record: record.id,
    "date_created": lambda record: record.created,
    "date_updated": lambda record: record.updated,
    "created_by": lambda record: record.actor.user_id,
    "updated_by": lambda record: record.updated_by,
    "display_name": lambda record: record.values["name"],
}
Query = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One e-mail address, phone number, ... of a contact, or address of a lead."""

    kind: str
    values: dict[str, Any]


Thing = Record | Part


class Conditions:
    """Decides queries; raises the refusal of one that is not well formed."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._nodes: dict[str, Callable[[Query, Thing], bool]] = {
            "and": lambda node, thing: all(self.meets(each, thing) for each in _queries(node)),
            "or": lambda node, thing: any(self.meets(each, thing) for each in _queries(node)),
            "match_all": lambda node, thing: True,
            "object_type": lambda node, thing: bool(thing.kind == _need(node, "object_type")),
            "id": lambda node, thing: isinstance(thing, Record) and thing.id == _need(node, "value"),
            "field_condition": self._field_condition,
            "has_related": self._has_related,
        }

    def meets(self, node: Any, thing: Thing) -> bool:
        """Say whether an object meets a query."""
        if not isinstance(node, dict) or node.get("type") not in self._nodes:
            raise refused(
                400, f"Invalid query type: {node.get('type') if isinstance(node, dict) else node!r}."
            )
        return self._nodes[node["type"]](node, thing) is not bool(node.get("negate", False))

    def value(self, field: Query, thing: Thing) -> Any:
        """Return the value that a query's field names."""
        if field.get("type") == "custom_field":
            id = str(_need(field, "custom_field_id"))
            if id not in self._organization.fields.all:
                raise refused(400, f"Unknown custom field: {id}.")
            return thing.values.get(f"custom.{id}")
        kind, name = _need(field, "object_type"), _need(field, "field_name")
        if field.get("type") != "regular_field" or name not in FIELDS.get(str(kind), ()):
            raise refused(400, f"Unknown field: {kind}.{name}.")
        if thing.kind != kind:
            return None
        if isinstance(thing, Record) and name in OWN:
            return OWN[name](thing)
        return thing.values.get(str(name))

    def _field_condition(self, node: Query, thing: Thing) -> bool:
        condition = _need(node, "condition")
        decide = CONDITIONS.get(str(condition.get("type"))) if isinstance(condition, dict) else None
        if decide is None:
            raise refused(400, "Invalid condition type.")
        return decide(condition, self.value(_need(node, "field"), thing))

    def _has_related(self, node: Query, thing: Thing) -> bool:
        if thing.kind != _need(node, "this_object_type"):
            return False
        related, query = str(_need(node, "related_object_type")), _need(node, "related_query")
        return any(self.meets(query, each) for each in self._related(thing, related))

    def _related(self, thing: Thing, kind: str) -> Iterator[Thing]:
        if kind in PARTS:
            yield from (Part(kind, values) for values in thing.values.get(PARTS[kind], ()))
        elif not isinstance(thing, Record) or kind not in OBJECT_TYPES:
            raise refused(400, f"Unknown related object type: {kind}.")
        elif kind == "lead":
            lead = self._organization.get("lead", thing.lead_id)
            yield from (each for each in (lead,) if each is not None)
        else:
            yield from self._organization.tables[kind].of_lead(thing.lead_id or "")


def _need(node: Query, name: str) -> Any:
    if not isinstance(node, Mapping) or name not in node:
        raise refused(400, f"Invalid query: {name} is required.")
    return node[name]


def _queries(node: Query) -> list[Query]:
    queries = _need(node, "queries")
    if not isinstance(queries, list):
        raise refused(400, "Invalid query: queries must be a list.")
    return queries


@lru_cache(maxsize=100_000)
def _words(text: str) -> list[str]:
    return re.findall(r"[\w@.+-]+", text.lower())


def _text(condition: Query, value: Any) -> bool:
    mode, wanted = condition.get("mode"), _words(str(_need(condition, "value")))
    if mode not in ("full_words", "phrase", "exact_value"):
        raise refused(400, f"Invalid text mode: {mode}.")
    if value is None:
        return False
    if mode == "exact_value":
        return bool(str(value).lower() == str(condition["value"]).lower())
    found = _words(str(value))
    if mode == "full_words":
        return set(wanted) <= set(found)
    size = len(wanted)
    return any(found[place : place + size] == wanted for place in range(len(found) - size + 1))


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_STEPS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_MOMENTS = {"on_or_after": "gte", "after": "gt", "before": "lt", "on_or_before": "lte"}


def _number_range(condition: Query, value: Any) -> bool:
    bounds = {name: bound for name in _STEPS if (bound := condition.get(name)) is not None}
    return value is not None and all(_STEPS[name](value, bound) for name, bound in bounds.items())


def _moment_range(condition: Query, value: Any) -> bool:
    if value is None:
        return False
    moment = parse_ms(value, 0) if isinstance(value, str) else value
    for name, step in _MOMENTS.items():
        bound = condition.get(name)
        if bound is None:
            continue
        try:
            ms = parse_ms(str(_need(bound, "value")), 0)
        except ValueError as error:
            raise refused(400, "Could not parse datetime") from error
        if not _STEPS[step](moment, ms):
            return False
    return True


CONDITIONS: dict[str, Callable[[Query, Any], bool]] = {
    "text": _text,
    "exists": lambda condition, value: value not in (None, "", []),
    "boolean": lambda condition, value: bool(value is _need(condition, "value")),
    "term": lambda condition, value: any(each in _need(condition, "values") for each in _many(value)),
    "reference": lambda condition, value: any(
        each in _need(condition, "object_ids") for each in _many(value)
    ),
    "number_range": _number_range,
    "moment_range": _moment_range,
}
