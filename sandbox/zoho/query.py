"""What queries and searches find. COQL sees the records as they are; a search sees its index, which lags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.columns import Columns
from sandbox.zoho.coql import Condition, Pair, Select, Test, parse
from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem, answer, empty, refused
from sandbox.zoho.plan import candidates
from sandbox.zoho.reading import Query, read_json
from sandbox.zoho.records import Record, Table

Predicate = Callable[[Record], bool]


class Queries:
    """Handler of /coql."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [("POST", "/crm/v8/coql", self.query)]

    def query(self, call: Call) -> Response:
        """Return the records that a query selects."""
        Query(call)
        text = read_json(call, "select_query", "include_meta").get("select_query")
        if text is None:
            raise refused("MANDATORY_NOT_FOUND", {"api_name": "select_query"})
        if not isinstance(text, str):
            path = {"api_name": "select_query", "json_path": "$.select_query", "expected_data_type": "text"}
            raise refused("INVALID_DATA", path)
        select = parse(text)
        table = self._org.tables.get(select.module)
        if table is None:
            raise Problem("INVALID_QUERY", {"module": select.module})
        self._check_limits(select)
        found = self._run(table, select)
        more, chosen = len(found) > select.limit, found[: select.limit]
        if not chosen:
            return empty()
        self._core.shown(chosen, listing=True)
        columns = Columns(self._core, table.module)
        shown = [(name, columns.shown(name)) for name in dict.fromkeys([*select.columns, "id"])]
        rows = [{name: show(record) for name, show in shown} for record in chosen]
        return answer(200, {"data": rows, "info": {"count": len(rows), "more_records": more}})

    def _check_limits(self, select: Select) -> None:
        settings = self._org.settings
        if not 1 <= select.limit <= settings.coql_max:
            raise Problem("LIMIT_EXCEEDED", {"limit": settings.coql_max})
        if select.offset + select.limit > settings.coql_offset_max:
            raise Problem("LIMIT_EXCEEDED", {"limit": settings.coql_offset_max}, reason="ordinary")

    def _run(self, table: Table, select: Select) -> list[Record]:
        """Return the page, and one record more where there is one."""
        columns = Columns(self._core, table.module)
        passes = self._predicate(select.condition, columns)
        order = [(columns.stored(name), descending) for name, descending in select.order]
        pool, is_ordered = candidates(table, select)
        found = self._filtered(pool, passes)
        stop = select.offset + select.limit + 1
        if is_ordered:
            return list(islice(found, select.offset, stop))
        records = sorted(found, key=lambda record: record.id)
        for getter, descending in reversed(order):
            records.sort(key=_sorting(getter), reverse=descending)
        return records[select.offset : stop]

    def _filtered(self, pool: Iterable[Record], passes: Predicate) -> Iterator[Record]:
        hidden = self._org.hidden
        return (record for record in pool if record.id not in hidden and passes(record))

    def _predicate(self, condition: Condition, columns: Columns) -> Predicate:
        if isinstance(condition, Pair):
            left, right = self._predicate(condition.left, columns), self._predicate(condition.right, columns)
            if condition.word == "and":
                return lambda record: left(record) and right(record)
            return lambda record: left(record) or right(record)
        return _test(condition, columns)


def _test(test: Test, columns: Columns) -> Predicate:
    getter, wanted = columns.stored(test.column), [columns.value(test, value) for value in test.values]
    if test.operator == "null":
        return lambda record: (getter(record) is None) is not test.negated
    if test.operator == "in":
        return lambda record: (getter(record) in wanted) is not test.negated
    if test.operator == "between":
        return lambda record: (value := getter(record)) is not None and wanted[0] <= value <= wanted[1]
    if test.operator == "like":
        matches = columns.like(str(test.values[0]))
        return lambda record: (
            (value := getter(record)) is not None and bool(matches(str(value))) is not test.negated
        )
    compare, one = COMPARE[test.operator], wanted[0]
    return lambda record: (value := getter(record)) is not None and compare(value, one)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: bool(value == wanted),
    "!=": lambda value, wanted: bool(value != wanted),
    ">": lambda value, wanted: bool(value > wanted),
    ">=": lambda value, wanted: bool(value >= wanted),
    "<": lambda value, wanted: bool(value < wanted),
    "<=": lambda value, wanted: bool(value <= wanted),
}


def _sorting(getter: Callable[[Record], Any]) -> Callable[[Record], tuple[bool, Any]]:
    def key(record: Record) -> tuple[bool, Any]:
        value = getter(record)
        return value is not None, 0 if value is None else value

    return key
