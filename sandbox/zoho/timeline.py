"""Who changed what when: the timeline of a record. The stages of a deal are in stage_history.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.clock import parse_time
from sandbox.zoho.core import Core
from sandbox.zoho.errors import answer, empty, invalid_param
from sandbox.zoho.paging import Tokens, cut
from sandbox.zoho.reading import Query
from sandbox.zoho.records import Entry, Record

COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda value, wanted: bool(value == wanted),
    "not_equal": lambda value, wanted: bool(value != wanted),
    "in": lambda value, wanted: bool(value in wanted),
    "between": lambda value, wanted: bool(wanted[0] <= value <= wanted[1]),
    "greater_equal": lambda value, wanted: bool(value >= wanted),
    "less_equal": lambda value, wanted: bool(value <= wanted),
}
PARAMETERS = (
    "filters",
    "include",
    "include_inner_details",
    "page",
    "page_token",
    "per_page",
    "sort_by",
    "sort_order",
)
FILTERABLE = {"audited_time", "done_by.id", "source", "record.module.api_name"}


class Timelines:
    """Handler of __timeline."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self._core = core
        self._org = core.org
        self._tokens = tokens

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [("GET", "/crm/v8/{module}/{id}/__timeline", self.timeline)]

    def timeline(self, call: Call) -> Response:
        """Return the timeline of a record, by default the latest first."""
        query, record = Query(call, *PARAMETERS), self._core.record(call)
        order = query.choice("sort_order", ("asc", "desc"), "desc")
        bound = (call.path, query.text("filters"), order)
        wanted = self._tokens.wanted(query, bound)
        if wanted.offset:
            raise invalid_param("page", "further pages need page_token")
        entries = (
            {entry.id: entry for entry in record.log if self._passes(record, entry, query)} if record else {}
        )
        keys, more = cut(sorted(entries), 0, wanted, descending=order == "desc")
        if record is None or not keys:
            return empty()
        info = self._tokens.info(wanted, bound, keys, more)
        del info["page_token_expiry"]
        return answer(200, {"__timeline": [self._row(record, entries[key]) for key in keys], "info": info})

    def _passes(self, record: Record, entry: Entry, query: Query) -> bool:
        text = query.text("filters")
        if text is None:
            return True
        try:
            given = json.loads(text)
        except json.JSONDecodeError as error:
            raise invalid_param("filters") from error
        return self._matches(given, record, entry)

    def _matches(self, given: Any, record: Record, entry: Entry) -> bool:
        if not isinstance(given, dict):
            raise invalid_param("filters")
        if "group" in given:
            found = [self._matches(each, record, entry) for each in given["group"]]
            return all(found) if given.get("group_operator", "and").lower() == "and" else any(found)
        name = (given.get("field") or {}).get("api_name")
        compare = COMPARATORS.get(given.get("comparator", ""))
        if name not in FILTERABLE or compare is None:
            raise invalid_param("filters")
        values: dict[str, Any] = {
            "audited_time": entry.at,
            "done_by.id": str(entry.actor.user_id),
            "source": entry.actor.source,
            "record.module.api_name": record.module.name,
        }
        try:
            return bool(compare(values[name], _wanted(name, given.get("value"))))
        except (IndexError, TypeError) as error:
            raise invalid_param("filters") from error

    def _row(self, record: Record, entry: Entry) -> dict[str, Any]:
        user = self._org.people.user(entry.actor.user_id)
        module = {"api_name": record.module.name, "id": str(record.module.id)}
        return {
            "id": str(entry.id),
            "audited_time": self._org.zone.iso(entry.at),
            "action": entry.action,
            "source": entry.actor.source,
            "type": "timeline",
            "done_by": user.short(),
            "record": {"module": module, "name": record.name, "id": str(record.id)},
            "automation_details": _automation(entry),
            "related_record": None,
            "extension": None,
            "field_history": None if entry.action == "added" else self._fields(record, entry),
        }

    def _fields(self, record: Record, entry: Entry) -> list[dict[str, Any]]:
        module, plain = record.module, self._core.showing.plain
        return [
            {
                "api_name": name,
                "data_type": module.fields[name].type,
                "field_label": module.fields[name].label,
                "id": str(module.fields[name].id),
                "_value": {"new": plain(module, name, after), "old": plain(module, name, before)},
            }
            for name, (before, after) in entry.changes.items()
            if name in module.fields
        ]


def _automation(entry: Entry) -> dict[str, Any] | None:
    if entry.actor.source != "workflow":
        return None
    return {"type": "workflow", "rule": {"name": "Sandbox rule", "id": "7328395000000077777"}}


def _wanted(name: str, value: Any) -> Any:
    if name != "audited_time":
        return value
    try:
        return [parse_time(each) for each in value] if isinstance(value, list) else parse_time(str(value))
    except ValueError as error:
        raise invalid_param("filters") from error
