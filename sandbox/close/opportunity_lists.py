"""Lists of opportunities: filters, order, pages and the sums over all that match."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from starlette.responses import Response

from sandbox.close.clock import DAY_MS, is_date, parse_ms
from sandbox.close.opportunity_shape import PERIODS
from sandbox.close.organization import Organization
from sandbox.close.records import Index, Record, Table
from sandbox.close.refusals import refused
from sandbox.close.request import Query, Request, listed

MAX_LIMIT = 250
KEPT_ANSWERS = 8
OPERATORS = ("", "__gt", "__gte", "__lt", "__lte")
NOT_EMULATED = ("_group_by", "query", "lead_query", "lead_saved_search_id")
# Filter -> what of the shown opportunity it compares; each also takes `__in`.
EQUALS = {
    "user_id": "user_id",
    "status_id": "status_id",
    "status_type": "status_type",
    "status_label": "status_label",
    "status": "status_label",
    "value_period": "value_period",
}
DIRECT = frozenset({"user_id", "status_id", "value_period"})
ORDERS = (
    "date_won",
    "date_updated",
    "date_created",
    "confidence",
    "user_name",
    "value",
    "annualized_value",
    "annualized_expected_value",
)
Test = Callable[[Record], bool]


class Lists:
    """Answers lists; the matches of the last few are kept until anything changes."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._kept: dict[Any, tuple[list[Record], dict[str, Any]]] = {}

    @property
    def _table(self) -> Table:
        return self._organization.tables["opportunity"]

    def page(self, request: Request) -> tuple[Response, Sequence[Record]]:
        """Return the answer and the opportunities in it."""
        for name in NOT_EMULATED:
            if request.query.get(name) is not None:
                raise refused(400, f"This sandbox does not emulate {name}.")
        limit, skip = request.page(MAX_LIMIT)
        records, sums = self._matches(request)
        shown, fields = records[skip : skip + limit], request.fields()
        texts = [self._organization.render(record, fields) for record in shown]
        return listed(texts, len(records) > skip + limit, **sums), shown

    def chosen(self, request: Request) -> list[Record]:
        """Return all opportunities that match."""
        return self._matches(request)[0]

    def _matches(self, request: Request) -> tuple[list[Record], dict[str, Any]]:
        plan = Plan(request, self._table)
        key = (plan.key, self._table.revision, self._organization.generation)
        if key not in self._kept:
            records = plan.run(self._organization)
            if len(self._kept) >= KEPT_ANSWERS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = (records, sums_of(records))
        return self._kept[key]


class Plan:
    """How one list is made: an index and its range, further tests, an order."""

    def __init__(self, request: Request, table: Table) -> None:
        query = request.query
        self._table = table
        self._tests: list[Test] = []
        self._ranges: dict[str, list[tuple[str, int]]] = {"date_created": [], "date_updated": []}
        self._shown_tests: list[tuple[str, frozenset[str]]] = []
        self._lead_id = query.get("lead_id")
        self._order = self._order_by(query.get("_order_by"))
        given = [self._lead_id, self._order, *self._take_equals(query), *self._take_dates(request)]
        nobody = query.get("organization_id") not in (None, request.organization.id)
        if nobody | (query.get("is_stalled") == "true"):
            self._tests.append(lambda record: False)
        if "view_all_leads" not in request.permissions:
            self._tests.append(request.sees)
        self.key = (tuple(given), len(self._tests), request.tz_hours, request.permissions)

    def _take_equals(self, query: Query) -> Iterator[Any]:
        """Note the filters by value; return them all, given or not."""
        for name, field in EQUALS.items():
            single, several = query.get(name), query.listed(f"{name}__in")
            for wanted in ([single] if single is not None else None, several):
                if wanted is not None:
                    self._shown_tests.append((field, frozenset(wanted)))
                yield None if wanted is None else tuple(wanted)

    def _take_dates(self, request: Request) -> Iterator[str | None]:
        """Note the filters by date; return them all, given or not."""
        for field in ("date_won", "date_created", "date_updated"):
            for suffix in OPERATORS:
                text = request.query.get(field + suffix)
                if text is not None:
                    self._bound(field, suffix, text, request.tz_hours)
                yield text

    def run(self, organization: Organization) -> list[Record]:
        """Return the opportunities that match, in order."""
        for field, wanted in self._shown_tests:
            self._tests.append(_shown_test(organization, field, wanted))
        records, ordered = self._candidates()
        for test in self._tests:
            records = [record for record in records if test(record)]
        if ordered:
            return records
        descending, name = self._order
        key = _sort_key(organization, name)
        return sorted(records, key=key, reverse=descending)

    def _candidates(self) -> tuple[list[Record], bool]:
        descending, name = self._order
        if self._lead_id is not None:
            self._test_ranges(*self._ranges)
            return self._table.of_lead(self._lead_id), False
        indexes = {"date_created": self._table.by_created, "date_updated": self._table.by_updated}
        wanted = name if name in indexes else next((field for field in indexes if self._ranges[field]), None)
        if wanted is None:
            return self._table.by_id.items(), name == "id"
        self._test_ranges(*(field for field in indexes if field != wanted))
        records = _in_range(indexes[wanted], self._ranges[wanted])
        return (records[::-1] if descending and wanted == name else records), wanted == name

    def _test_ranges(self, *fields: str) -> None:
        for field in fields:
            for suffix, ms in self._ranges[field]:
                self._tests.append(_date_test(field, suffix, ms))

    def _bound(self, field: str, suffix: str, text: str, tz_hours: float) -> None:
        try:
            ms = parse_ms(text, tz_hours)
        except ValueError as error:
            raise refused(400, f"Could not parse datetime ({field}{suffix}).") from error
        if field == "date_won":
            self._tests.append(_won_test(suffix, text[:10]))
        elif suffix == "" and is_date(text):
            self._ranges[field] += [("__gte", ms), ("__lt", ms + DAY_MS)]
        else:
            self._ranges[field].append((suffix, ms))

    def _order_by(self, text: str | None) -> tuple[bool, str]:
        """Return the order; as in the framework an unknown one is ignored, and ids have no meaning."""
        name = (text or "").removeprefix("-")
        return ((text or "").startswith("-"), name) if name in ORDERS else (False, "id")


def _in_range(index: Index[Record], bounds: Sequence[tuple[str, int]]) -> list[Record]:
    low, high = 0, len(index)
    for suffix, ms in bounds:
        if suffix in ("__gt", "__gte", ""):
            low = max(low, index.first_at(ms, after=suffix == "__gt"))
        if suffix in ("__lt", "__lte", ""):
            high = min(high, index.first_at(ms, after=suffix != "__lt"))
    return index.items(low, high)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "__gt": operator.gt,
    "__gte": operator.ge,
    "__lt": operator.lt,
    "__lte": operator.le,
}


def _date_test(field: str, suffix: str, ms: int) -> Test:
    compare = _COMPARISONS[suffix]
    if field == "date_created":
        return lambda record: compare(record.created, ms)
    return lambda record: compare(record.updated, ms)


def _won_test(suffix: str, day: str) -> Test:
    compare = _COMPARISONS[suffix]
    return lambda record: (
        record.values["date_won"] is not None and compare(record.values["date_won"][:10], day)
    )


def _shown_test(organization: Organization, field: str, wanted: frozenset[str]) -> Test:
    if field in DIRECT:
        return lambda record: record.values[field] in wanted
    known = organization.pipelines.known.values()
    attribute = field.removeprefix("status_")
    ids = frozenset(status.id for status in known if getattr(status, attribute) in wanted)
    return lambda record: record.values["status_id"] in ids


def _sort_key(organization: Organization, name: str) -> Callable[[Record], Any]:
    if name == "id":
        return lambda record: record.id
    if name in ("date_created", "date_updated"):
        field = name.removeprefix("date_")
        return lambda record: (getattr(record, field), record.number)

    def key(record: Record) -> Any:
        value = organization.show(record)[name]
        return (value is not None, value, record.number) if value is not None else (False, record.number)

    return key


def sums_of(records: Sequence[Record]) -> dict[str, Any]:
    """Return the sums that every list carries."""
    counts, totals, expected = (dict.fromkeys(PERIODS, 0) for _ in range(3))
    for record in records:
        values = record.values
        period = values["value_period"]
        counts[period] += 1
        if values["value"]:
            totals[period] += values["value"]
            expected[period] += values["value"] * values["confidence"]
    sums: dict[str, Any] = {"total_results": len(records), "count_by_value_period": counts}
    for name, by_period, share in (("total_value", totals, 1), ("expected_value", expected, 100)):
        amounts = {period: round(amount / share) for period, amount in by_period.items()}
        sums |= {f"{name}_{period}": amount for period, amount in amounts.items()}
        sums[f"{name}_annualized"] = sum(amounts.values()) + 11 * amounts["monthly"]
    return sums
