"""Pages of 50 over a table: by offset with a total, or by keyset with `start: -1`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from .filters import Filtering, compile_order, sort_key
from .php import pairs_of, to_int
from .portal import Row, Table

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page; `total` is 0 when the caller asked not to count."""

    rows: list[Row]
    total: int
    next: int | None


def select_page(
    table: Table, params: Mapping[str, Any], filtering: Filtering, *, newest_first: bool = False
) -> Page:
    """Return the page a list call asks for; raises RestError for a filter or order that cannot be used."""
    conditions = params.get("filter", params.get("FILTER"))
    order = params.get("order", params.get("ORDER"))
    test = filtering.compile(conditions)
    keys = compile_order(order, filtering.find, strict=filtering.strict)
    descending = keys[0][1] if keys else newest_first
    start = to_int(params.get("start"))
    candidates = _candidates(table, conditions, filtering)
    if not keys or keys[0][0].name == "id":
        matches: Iterable[Row] = (row for row in _directed(candidates, descending) if test(row.values))
    else:
        matches = [row for row in candidates if test(row.values)]
        for field, down in reversed(keys):
            key = sort_key(field)
            matches.sort(key=lambda row: key(row.values), reverse=down)
    if start < 0:
        return Page(list(islice(matches, PAGE)), 0, None)
    return _offset_page(list(matches), start)


def _offset_page(found: list[Row], start: int) -> Page:
    more = start + PAGE < len(found)
    return Page(found[start : start + PAGE], len(found), start + PAGE if more else None)


def _directed(rows: Iterable[Row], descending: bool) -> Iterable[Row]:
    return reversed(list(rows)) if descending else rows


def _candidates(table: Table, conditions: Any, filtering: Filtering) -> Iterable[Row]:
    """Narrow by id first: `>id` is a bisection, `=id` and `@id` are look-ups."""
    given = {key.lower(): value for key, value in pairs_of(conditions).items()}
    if str(given.get("logic", "AND")).upper() != "OR" and ">id" in given:
        return table.after(to_int(given[">id"]))
    for key in ("=id", "id"):
        if key in given and not isinstance(given[key], list | dict):
            row = table.rows.get(to_int(given[key]))
            return [row] if row else []
    return table.after(0)
