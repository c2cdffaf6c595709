"""Which records a query must look at, taken from an index where its conditions allow, in its order if they do."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.zoho.clock import parse_time
from sandbox.zoho.coql import Condition, Select, Test
from sandbox.zoho.records import Record, Table

BY_ID = ((), (("id", False),))
BY_TIME = ((("Modified_Time", False),), (("Modified_Time", False), ("id", False)))


def candidates(table: Table, select: Select) -> tuple[Iterable[Record], bool]:
    """Return records among which are all that match, and whether they come in the order asked for."""
    tests = list(_needed(select.condition))
    few = _few(table, tests)
    if few is not None:
        return few, False
    if select.order in BY_TIME or (select.order not in BY_ID and _lowest_time(tests)):
        start = bisect_left(table.modified, (_lowest_time(tests), 0))
        keys = (table.modified[place][1] for place in range(start, len(table.modified)))
        return _records(table, keys), select.order in BY_TIME
    start = bisect_left(table.ids, _lowest_id(tests))
    return _records(
        table, (table.ids[place] for place in range(start, len(table.ids)))
    ), select.order in BY_ID


def _needed(condition: Condition) -> Iterator[Test]:
    """Return the comparisons that every match fulfils."""
    if isinstance(condition, Test):
        yield condition
    elif condition.word == "and":
        yield from _needed(condition.left)
        yield from _needed(condition.right)


def _few(table: Table, tests: list[Test]) -> list[Record] | None:
    """Return the records named by id or by an indexed value."""
    for test in tests:
        if test.negated or test.operator not in ("=", "in"):
            continue
        if test.column == "id":
            ids = {int(value) for value in test.values if str(value).isdigit()}
            return [record for id in ids if (record := table.get(id))]
        if test.column in table.module.indexed():
            found = {record.id: record for value in test.values for record in table.find(test.column, value)}
            return list(found.values())
    return None


def _lowest_time(tests: list[Test]) -> int:
    values = _bounds(tests, "Modified_Time")
    return max((time for value in values if (time := _time(value)) is not None), default=0)


def _lowest_id(tests: list[Test]) -> int:
    return max((int(value) for value in _bounds(tests, "id") if str(value).isdigit()), default=0)


def _bounds(tests: list[Test], column: str) -> list[Any]:
    kinds = (">", ">=", "=", "between")
    return [test.values[0] for test in tests if test.column == column and test.operator in kinds]


def _time(value: Any) -> int | None:
    try:
        return parse_time(str(value))
    except ValueError:
        return None


def _records(table: Table, ids: Iterable[int]) -> Iterator[Record]:
    return (record for id in ids if (record := table.get(id)))
