"""The search: over an index that lags behind the records, where `equals` on text means "contains"."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.columns import Columns
from sandbox.zoho.coql import Test
from sandbox.zoho.core import Core
from sandbox.zoho.errors import answer, empty, invalid_param, missing_param, refused
from sandbox.zoho.reading import PAGE, Query
from sandbox.zoho.records import Record, Table

WALL = 2000
CRITERIA_MAX = 10
PIECE = re.compile(r"\(((?:\\.|[^()\\])+)\)|([()])|(and|or)")
TEXTS = {"text", "textarea", "email", "phone", "website", "picklist"}
Predicate = Callable[[Record], bool]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: bool(value == wanted),
    "not_equal": lambda value, wanted: bool(value != wanted),
    "greater_than": lambda value, wanted: bool(value > wanted),
    "greater_equal": lambda value, wanted: bool(value >= wanted),
    "less_than": lambda value, wanted: bool(value < wanted),
    "less_equal": lambda value, wanted: bool(value <= wanted),
    "starts_with": lambda value, wanted: str(value).startswith(str(wanted)),
}


class Searches:
    """Handler of /{module}/search."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [("GET", "/crm/v8/{module}/search", self.search)]

    def search(self, call: Call) -> Response:
        """Return the records that match, as the index knows them."""
        ways = ("criteria", "email", "phone", "word")
        query, table = Query(call, *ways, "fields", "page", "per_page", "converted"), self._core.table(call)
        given = [way for way in ways if query.text(way)]
        if not given:
            raise missing_param("criteria")
        if len(given) > 1:
            both = [{"param_name": way} for way in given]
            raise refused("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": both})
        page, size = query.number("page", 1), query.number("per_page", PAGE, PAGE)
        if page * size > WALL:
            raise refused("LIMIT_REACHED", {"limit": WALL})
        passes = self._predicate(table, given[0], query.text(given[0]) or "")
        before = time.time() - self._org.settings.search_lag_s
        found = [
            record
            for record in table.all()
            if record.written <= before and record.id not in self._org.hidden and passes(record)
        ]
        chosen = found[(page - 1) * size : page * size]
        if not chosen:
            return empty()
        names = query.names("fields") or self._core.showing.all_names(table.module)
        shown = self._core.showing.known(table.module, names)
        self._core.shown(chosen, listing=True)
        info = {
            "per_page": size,
            "count": len(chosen),
            "page": page,
            "more_records": page * size < len(found),
        }
        return answer(200, {"data": self._core.showing.records(table.module, chosen, shown), "info": info})

    def _predicate(self, table: Table, way: str, text: str) -> Predicate:
        if way == "criteria":
            return self._criteria(table, text)
        kinds = {"email": {"email"}, "phone": {"phone"}, "word": TEXTS}[way]
        names = [field.name for field in table.module.fields.values() if field.type in kinds]
        wanted = text.lower()
        if way == "word":
            return lambda record: any(wanted in str(record.values.get(name, "")).lower() for name in names)
        return lambda record: any(str(record.values.get(name, "")).lower() == wanted for name in names)

    def _criteria(self, table: Table, text: str) -> Predicate:
        """Return the test of `((A:equals:x)and(B:equals:y))`; and / or are taken from left to right."""
        pieces = list(PIECE.finditer(text))
        if "".join(piece[0] for piece in pieces) != text or not pieces:
            raise invalid_param("criteria")
        tests = [self._test(table, piece[1]) for piece in pieces if piece[1]]
        if len(tests) > CRITERIA_MAX:
            raise refused("LIMIT_EXCEEDED", {"param_name": "criteria", "limit": CRITERIA_MAX})
        words = [piece[3] for piece in pieces if piece[3]]
        if len(words) != len(tests) - 1:
            raise invalid_param("criteria")

        def passes(record: Record) -> bool:
            result = tests[0](record)
            for word, test in zip(words, tests[1:], strict=True):
                result = (result and test(record)) if word == "and" else (result or test(record))
            return result

        return passes

    def _test(self, table: Table, text: str) -> Predicate:
        parts = text.split(":", 2)
        if len(parts) != 3 or parts[1] not in OPERATORS:
            raise invalid_param("criteria")
        name, operator, raw = parts
        value = re.sub(r"\\(.)", r"\1", raw)
        columns, field = Columns(self._core, table.module), table.module.fields.get(name)
        if field is None:
            raise invalid_param("criteria")
        getter, wanted = columns.stored(name), columns.value(Test(name, "=", ()), value)
        compare = OPERATORS[operator]
        if operator == "equals" and field.type in TEXTS:
            return lambda record: wanted in (getter(record) or "")
        return lambda record: (found := getter(record)) is not None and compare(found, wanted)
