"""Searches: filters, one sort, offset paging up to 10,000. Results are kept, for keyset paging."""

from __future__ import annotations

import fnmatch
import json
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.hubspot.bodies import Filter, FilterGroup, Search, Sort
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.kinds import KIND_BY_NAME, Kind
from sandbox.hubspot.objects import kind_of
from sandbox.hubspot.portal import Portal, raw_json
from sandbox.hubspot.properties import Property
from sandbox.hubspot.reading import nothing, read_body
from sandbox.hubspot.records import Record, Table
from sandbox.hubspot.values import comparable

PAGE_MAX = 200
RESULTS_MAX = 10_000
GROUPS_MAX, FILTERS_PER_GROUP_MAX, FILTERS_MAX = 5, 6, 18
BODY_MAX = 3_000
KEPT_RESULTS = 8
ID = "hs_object_id"

Test = Callable[[Record], bool]
Key = float | str


class Searches:
    """The handler of /crm/v3/objects/{kind}/search."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._kept: OrderedDict[tuple[str, str], tuple[Table, int, list[int]]] = OrderedDict()

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [("POST", "/crm/v3/objects/{kind}/search", self.search)]

    def search(self, call: Call) -> Response:
        """Return one page of the records that match."""
        nothing(call)
        kind = kind_of(call)
        if len(call.body.decode()) > BODY_MAX:
            raise invalid(f"The request body is longer than {BODY_MAX} characters")
        body = read_body(call, Search)
        offset = check(body)
        ids = self._matches(self._portal.account.tables[kind], body)
        table = self._portal.account.tables[kind]
        found = [table.get(id) for id in ids[offset : offset + body.limit]]
        records = [record for record in found if record is not None]
        self._portal.shown(kind, records, listing=True)
        view = self._portal.view(kind, body.properties)
        results = ",".join([self._portal.show(record, view) for record in records])
        end = offset + body.limit
        paging = f',"paging":{{"next":{{"after":"{end}"}}}}' if end < len(ids) else ""
        return raw_json(200, f'{{"total":{len(ids)},"results":[{results}]{paging}}}')

    def _matches(self, table: Table, body: Search) -> list[int]:
        """Return all matching ids in order. With one group in order of id, a bound on the id is cut out of a
        kept result, so that paging by id does not look at every record again for every page."""
        sort = body.sorts[0] if body.sorts else ID
        order = Sort(propertyName=sort) if isinstance(sort, str) else sort
        by_id = order == Sort(propertyName=ID)
        if len(body.groups) > 1 or not by_id:
            return self._kept_result(table, body.groups, body.query, order)
        filters = body.groups[0].filters if body.groups else []
        bounds = [each for each in filters if each.property_name == ID and each.operator in BOUNDS]
        rest = [each for each in filters if each not in bounds]
        ids = self._kept_result(table, [FilterGroup(filters=rest)], body.query, order)
        for bound in bounds:
            ids = BOUNDS[bound.operator](ids, _key(table.properties[ID], bound.value))
        return ids

    def _kept_result(
        self, table: Table, groups: Sequence[FilterGroup], query: str | None, order: Sort
    ) -> list[int]:
        asked = json.dumps([[group.model_dump() for group in groups], query, order.model_dump()])
        key = (table.kind.name, asked)
        kept = self._kept.get(key)
        if kept and kept[0] is table and kept[1] == table.revision:
            return kept[2]
        ids = [record.id for record in self._run(table, groups, query, order)]
        self._kept[key] = (table, table.revision, ids)
        if len(self._kept) > KEPT_RESULTS:
            self._kept.popitem(last=False)
        return ids

    def _run(
        self, table: Table, groups: Sequence[FilterGroup], query: str | None, order: Sort
    ) -> list[Record]:
        tests = [[self._test(table, each) for each in group.filters] for group in groups]
        records = [
            record
            for record in table.present()
            if not tests or any(all(test(record) for test in group) for group in tests)
        ]
        if query:
            records = [record for record in records if _mentions(record, query)]
        if order == Sort(propertyName=ID):
            return records
        definition = _definition(table, order.property_name)
        values = {record.id: _value(record, definition) for record in records}
        backwards = order.direction == "DESCENDING"
        return sorted(records, key=lambda record: _sortable(values[record.id]), reverse=backwards)

    def _test(self, table: Table, each: Filter) -> Test:
        if each.property_name.startswith("associations."):
            return self._link_test(table.kind, each)
        definition = _definition(table, each.property_name)
        if each.operator == "HAS_PROPERTY":
            return lambda record: bool(record.value(definition.name))
        if each.operator == "NOT_HAS_PROPERTY":
            return lambda record: not record.value(definition.name)
        if each.operator in ("IN", "NOT_IN"):
            return _choice_test(definition, each)
        if each.operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
            return _token_test(definition, each)
        return _comparison(definition, each)

    def _link_test(self, kind: Kind, each: Filter) -> Test:
        name = each.property_name.removeprefix("associations.")
        if name not in KIND_BY_NAME or each.operator != "EQ" or not (each.value or "").isdigit():
            raise invalid(f"Cannot filter by {each.property_name} {each.operator} {each.value}")
        sources = self._portal.account.links.sources(kind, KIND_BY_NAME[name], int(each.value or 0))
        return lambda record: record.id in sources


def check(body: Search) -> int:
    """Refuse a search beyond the documented limits; return its offset."""
    filters = [len(group.filters) for group in body.groups]
    too_many = len(filters) > GROUPS_MAX or sum(filters) > FILTERS_MAX
    if too_many or any(count > FILTERS_PER_GROUP_MAX for count in filters):
        raise invalid("Too many filters or filter groups in the search request")
    if len(body.sorts) > 1:
        raise invalid("Only one sort is supported")
    if not 1 <= body.limit <= PAGE_MAX:
        raise invalid(f"Invalid limit: {body.limit} (must be between 1 and {PAGE_MAX})")
    offset = str(body.after or 0)
    if not offset.isdigit():
        raise invalid(f"Invalid after: {offset}")
    if int(offset) + body.limit > RESULTS_MAX:
        raise invalid(f"Search results can be paged up to {RESULTS_MAX} records, not beyond")
    return int(offset)


def _definition(table: Table, name: str) -> Property:
    if name not in table.properties:
        raise invalid(f"There was a problem with the request: property {name} does not exist")
    return table.properties[name]


def _key(definition: Property, text: str | None) -> Key:
    if text is None:
        raise invalid(f"A filter on {definition.name} needs a value")
    try:
        return comparable(definition, text)
    except ValueError as problem:
        raise invalid(f"{text} is not a valid value to compare {definition.name} with") from problem


def _value(record: Record, definition: Property) -> Key | None:
    name = definition.name
    if name == ID:
        return record.id
    if name == record.kind.modified:
        return record.updated
    if name == record.kind.created:
        return record.created
    text = record.value(name)
    return comparable(definition, text) if text else None


def _sortable(value: Key | None) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _comparison(definition: Property, each: Filter) -> Test:
    low = _key(definition, each.value)
    if each.operator == "NEQ":
        return lambda record: _value(record, definition) != low
    high = _key(definition, each.high_value) if each.operator == "BETWEEN" else low
    compare = COMPARISONS[each.operator]

    def test(record: Record) -> bool:
        value = _value(record, definition)
        return value is not None and compare(value, low, high)

    return test


COMPARISONS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "EQ": lambda value, low, high: bool(value == low),
    "LT": lambda value, low, high: bool(value < low),
    "LTE": lambda value, low, high: bool(value <= low),
    "GT": lambda value, low, high: bool(value > low),
    "GTE": lambda value, low, high: bool(value >= low),
    "BETWEEN": lambda value, low, high: bool(low <= value <= high),
}
BOUNDS: dict[str, Callable[[list[int], Any], list[int]]] = {
    "GT": lambda ids, bound: ids[bisect_right(ids, bound) :],
    "GTE": lambda ids, bound: ids[bisect_left(ids, bound) :],
    "LT": lambda ids, bound: ids[: bisect_left(ids, bound)],
    "LTE": lambda ids, bound: ids[: bisect_right(ids, bound)],
}


def _choice_test(definition: Property, each: Filter) -> Test:
    if not each.values:
        raise invalid(f"{each.operator} on {definition.name} needs values")
    # Values of text properties are only found in lower case, so they are compared as given.
    given = set(each.values)
    values: set[Key] = set(given) if definition.type == "string" else {_key(definition, v) for v in given}
    wanted = each.operator == "IN"
    return lambda record: (_value(record, definition) in values) is wanted


def _token_test(definition: Property, each: Filter) -> Test:
    pattern = (each.value or "").lower()
    wanted = each.operator == "CONTAINS_TOKEN"

    def test(record: Record) -> bool:
        tokens = (record.value(definition.name) or "").lower().split()
        return any(fnmatch.fnmatchcase(token, pattern) for token in tokens) is wanted

    return test


def _mentions(record: Record, query: str) -> bool:
    return any(query.lower() in value.lower() for value in record.properties.values())
