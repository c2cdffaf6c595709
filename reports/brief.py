"""What of each table is shown where there is little room: on a terminal and on paper. JSON and CSV have all of it."""

from __future__ import annotations

from dataclasses import replace

from reports.table import Row, Table

_WORK = (
    *("left", "conversion", "median", "touches", "won"),
    *("offered", "acceptance", "wait", "returned"),
    *("put_back", "defects", "kept_share"),
)

_COLUMNS: dict[str, tuple[str, ...]] = {
    "summary": ("figure", "value", "before", "change"),
    "funnel": (
        *("section", "stage", "stood", "came", "forward", "back", "lost", "stand", "conversion"),
        *("median", "norm", "in_norm", "touches", "hours"),
    ),
    "sections": ("section", "stood", "came", "forward", "back", "lost", "stand", "conversion", "median"),
    "work_by_section": ("section", *_WORK),
    "work_by_role": ("role", *_WORK),
    "work_by_person": ("person", *_WORK),
    "work_by_source": ("source", "left", "conversion", "median", "won", "acceptance", "returned", "defects"),
    "work_by_connection": (
        *("connection", "left", "conversion", "median", "won", "acceptance", "returned", "defects"),
    ),
    "handoffs": (
        *("handoff", "offered", "accepted", "returned", "withdrawn", "open", "late"),
        *("acceptance", "in_time", "wait", "wait_p90", "accept_within"),
    ),
    "passed_on": ("person", "offered", "accepted", "returned", "open", "acceptance", "defects"),
    "return_reasons": ("handoff", "reason", "times", "share"),
    "versions": (
        *("version", "applied_at", "message", "when", "days", "left", "conversion"),
        *("acceptance", "wait", "put_back", "defects", "exceptions"),
    ),
}


def brief(table: Table) -> Table:
    """The same table with fewer columns; the rows still have all cells, for the cases behind a share."""
    wanted = _COLUMNS.get(table.name)
    return table if wanted is None else replace(table, columns=tuple(table.column(name) for name in wanted))


def is_quiet(row: Row, table: Table) -> bool:
    """Whether a row counts nothing at all."""
    numbers = [column.name for column in table.columns if column.kind not in ("text", "time")]
    return not any(row[name] for name in numbers)
