"""The weekly review: one report as one HTML file for a meeting, that needs nothing from elsewhere. Prints well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.brief import brief, is_quiet
from reports.charts import CHARTS, chart, title_of
from reports.definitions import GENERAL
from reports.line_tables import BETTER, BOTTLENECK, WORSE
from reports.renderings import is_number, local, shown
from reports.table import Column, Report, Row, Table

MOST = 8
LONGEST = 12

SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("line", "The line", ("funnel", "time", "sections", "bottleneck")),
    ("handoffs", "Hand-offs", ("handoffs", "late", "came_back", "return_reasons", "passed_on")),
    ("people", "People", ("work_by_person", "work_by_role", "work_by_section", "won")),
    ("rules", "Rules and practices", ("rules", "practices", "versions")),
    ("money", "Quota and forecast", ("quota", "forecast", "forecast_history")),
    ("customers", "Customers", ("outcomes", "work_by_source", "work_by_connection")),
    ("weeks", "The weeks up to now", ("trend",)),
)
"""The chapters of the review, each with its tables; a name of a chart alone is a chart."""


def pack(report: Report) -> str:
    """The report as a self-contained page: inline styles and charts, no script."""
    return (
        _environment()
        .get_template("pack.html")
        .render(
            report=report,
            summary=report.table("summary"),
            chapters=[(name, title, _parts(report, names)) for name, title, names in SECTIONS],
            headlines=_headlines(report),
            general=GENERAL,
            cell=lambda row, column: cell(report, row, column),
            is_number=is_number,
            local=lambda at: local(at, report.timezone),
        )
    )


def cell(report: Report, row: Row, column: Column) -> str:
    """One cell as the review shows it: people and places by the names that people know."""
    text = shown(row, column, report.day_s, report.timezone)
    return report.title_of(column.name, text) if column.kind == "text" else text


@dataclass(frozen=True, slots=True)
class Part:
    """A table, a chart, or both, under one title."""

    title: str
    table: Table | None
    drawn: Markup | None


def _parts(report: Report, names: Sequence[str]) -> list[Part]:
    """Tables that say something, each with its chart."""
    known = {table.name for table in report.tables}
    parts = []
    for name in names:
        drawn = chart(name, report) if name in CHARTS else None
        table = _loud(report.table(name)) if name in known else None
        if drawn is not None or (table is not None and table.rows):
            title = table.title if table else title_of(name, report)
            parts.append(Part(title, table, None if drawn is None else Markup(drawn)))
    return parts


def _loud(table: Table) -> Table:
    """A table with fewer columns, without the rows in which nothing happened, and of a long story the end."""
    few = brief(table)
    rows = [row for row in few.rows if not is_quiet(row, few)]
    return replace(few, rows=tuple(rows[-LONGEST:] if few.name == "forecast_history" else rows))


def _headlines(report: Report) -> list[tuple[str, list[str]]]:
    """What a meeting starts with: what got better, what got worse, where it jams, what is late."""
    rows = report.table("summary").rows
    found = [
        (word, [_compared(report, row) for row in rows if row["change"] == change])
        for word, change in (("Better", BETTER), ("Worse", WORSE))
    ]
    stuck = [row for row in report.table("bottleneck").rows if row["verdict"] == BOTTLENECK]
    late = report.table("late").rows
    found += [
        ("Bottleneck", [_stuck(report, row) for row in stuck]),
        ("Late now", [_late(report, row) for row in late]),
    ]
    return [
        (word, texts[:MOST] + [f"{len(texts) - MOST} more"] * (len(texts) > MOST))
        for word, texts in found
        if texts
    ]


def _compared(report: Report, row: Row) -> str:
    table = report.table("summary")
    now, before = (cell(report, row, table.column(name)) for name in ("value", "before"))
    return f"{row['figure']}: {now}, before {before}"


def _late(report: Report, row: Row) -> str:
    by = cell(report, row, report.table("late").column("late_by"))
    return f"{row['title'] or row['deal']}, {row['handoff']}, waits for {_who(report, row, 'to_person')}, {by} late"


def _who(report: Report, row: Row, name: str) -> str:
    return cell(report, row, report.table("late").column(name)) or "somebody"


def _stuck(report: Report, row: Row) -> str:
    place = report.title_of("stage", str(row["stage"]))
    clears = report.table("bottleneck").column("clears_in")
    pace = (
        f"enough for {shown(row, clears, report.day_s)} at this pace"
        if row["clears_in"] is not None
        else "and none of them left"
    )
    return f"{place}: {row['stand']} deals stand there, {pace}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
