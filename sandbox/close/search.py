"""POST /data/search/: advanced filtering over an index that may lag, in pages by cursors that expire soon."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.clock import now_ms
from sandbox.close.organization import Organization, chosen
from sandbox.close.records import Record
from sandbox.close.refusals import refused
from sandbox.close.request import Request
from sandbox.close.routing import Route
from sandbox.close.search_conditions import OBJECT_TYPES, Conditions
from sandbox.close.values import Check, Invalid, boolean, list_of, whole_number
from sandbox.contract import Services

MAX_LIMIT = 200
DEFAULT_LIMIT = 100
SEQUENCE_MAX = 10_000


@dataclass(frozen=True)
class Sequence:
    """The rest of the results that a cursor leads to; `until` in seconds of the monotonic clock."""

    records: list[Record]
    until: float


class Search:
    """The handler."""

    def __init__(self, organization: Organization, services: Services) -> None:
        self._organization = organization
        self._faults = services.faults
        self._conditions = Conditions(organization)
        self._sequences: dict[str, Sequence] = {}

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [("POST", "/data/search/", self.search)]

    def search(self, request: Request) -> Response:
        """Return one page of objects; each shows only the fields asked for, or its id."""
        given = request.cleaned(_CHECKS, () if "cursor" in request.body() else ("query",))
        limit = given.get("_limit") or DEFAULT_LIMIT
        if limit > MAX_LIMIT:
            raise refused(400, f"The limit you set is larger than the maximum limit ({MAX_LIMIT}).")
        cursor = given.get("cursor")
        found = self._continued(cursor) if cursor else self._found(given, request)
        shown, rest = found[:limit], found[limit:]
        deals = [record.id for record in shown if record.kind == "opportunity"]
        self._faults.shown(deals, listing=True)
        body: dict[str, Any] = {
            "data": [self._shown(record, given.get("_fields") or {}) for record in shown],
            "cursor": self._keep(rest) if rest else None,
        }
        if given.get("include_counts"):
            body["count"] = {"limited": len(found), "total": len(found)}
        return json_answer(200, body)

    def _found(self, given: dict[str, Any], request: Request) -> list[Record]:
        indexed = now_ms() - self._organization.settings.search_lag_s * 1000
        query, kinds = given["query"], _kinds(given["query"])
        found = [
            record
            for kind in kinds
            for record in self._organization.tables[kind].by_created.items()
            if record.created <= indexed and self._conditions.meets(query, record) and request.sees(record)
        ]
        for order in reversed(given.get("sort") or []):
            if not isinstance(order, dict) or order.get("direction") not in ("asc", "desc"):
                raise refused(400, "Invalid sort.")
            found = self._sorted(found, order)
        return found[:SEQUENCE_MAX]

    def _sorted(self, found: list[Record], order: dict[str, Any]) -> list[Record]:
        valued = [(self._conditions.value(order.get("field") or {}, record), record) for record in found]
        known = [each for each in valued if each[0] is not None]
        known.sort(key=lambda each: each[0], reverse=order["direction"] == "desc")
        return [record for _, record in known] + [record for value, record in valued if value is None]

    def _continued(self, cursor: str) -> list[Record]:
        sequence = self._sequences.pop(cursor, None)
        if sequence is None or sequence.until < time.monotonic():
            raise refused(400, "The cursor is invalid or has expired.")
        self._sequences[cursor] = sequence
        return sequence.records

    def _keep(self, records: list[Record]) -> str:
        now = time.monotonic()
        self._sequences = {key: each for key, each in self._sequences.items() if each.until >= now}
        cursor = secrets.token_urlsafe(24)
        until = now + self._organization.settings.search_cursor_s
        self._sequences[cursor] = Sequence(records, until)
        return cursor

    def _shown(self, record: Record, fields: dict[str, Any]) -> dict[str, Any]:
        wanted = frozenset(fields.get(record.kind) or ("id",))
        return {"__object_type": record.kind, **chosen(self._organization.show(record), wanted)}


def _kinds(query: Any) -> list[str]:
    """Return the object types that a query names at its top; it must name one."""
    queries = query.get("queries", [query]) if isinstance(query, dict) else []
    named = {
        each.get("object_type")
        for each in queries
        if isinstance(each, dict) and each.get("type") == "object_type"
    }
    kinds = [kind for kind in OBJECT_TYPES if kind in named]
    if not kinds:
        raise refused(400, "The query must specify an object type.")
    return kinds


def _object(value: Any) -> Any:
    if value is not None and not isinstance(value, dict):
        raise Invalid("Value must be of dict type.")
    return value


def _cursor(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise Invalid("Value must be of str type.")
    return value


_CHECKS: dict[str, Check] = {
    "query": _object,
    "_fields": _object,
    "_limit": whole_number(1),
    "results_limit": whole_number(1),
    "cursor": _cursor,
    "sort": list_of(_object),
    "include_counts": boolean,
}
