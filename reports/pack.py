"""The weekly review: one report as one HTML file for a meeting, that needs nothing from elsewhere. Prints well.

It is told in one language; people, stages and hand-offs keep their own names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mapping.languages import ENGLISH
from mapping.phrases import Phrase, phrase
from reports.brief import brief, is_quiet
from reports.charts import CHARTS, chart, title_of
from reports.definitions import GENERAL
from reports.headlines import headlines
from reports.renderings import Edition, is_number
from reports.table import Report, Row, Table

LONGEST = 12

SECTIONS: tuple[tuple[str, Phrase, tuple[str, ...]], ...] = (
    ("line", phrase("The line"), ("funnel", "time", "sections", "bottleneck")),
    ("handoffs", phrase("Hand-offs"), ("handoffs", "late", "came_back", "return_reasons", "passed_on")),
    ("people", phrase("People"), ("work_by_person", "work_by_role", "work_by_section", "won")),
    ("rules", phrase("Rules and practices"), ("rules", "practices", "versions")),
    ("money", phrase("Quota and forecast"), ("quota", "forecast", "forecast_history")),
    ("customers", phrase("Customers"), ("outcomes", "work_by_source", "work_by_connection")),
    ("weeks", phrase("The weeks up to now"), ("trend",)),
)
"""The chapters of the review, each with its tables; a name of a chart alone is a chart."""


def pack(report: Report, language: str = ENGLISH) -> str:
    """The report as a self-contained page in one language: inline styles and charts, no script."""
    edition = Edition(report, language)
    return (
        _environment()
        .get_template("pack.html")
        .render(
            report=report,
            language=language,
            say=edition.say,
            cell=edition.cell,
            is_number=is_number,
            summary=report.table("summary"),
            before=partial(_before, edition),
            headlines=headlines(edition),
            chapters=[(name, title, _parts(edition, names)) for name, title, names in SECTIONS],
            general=GENERAL,
            **_frame(edition),
        )
    )


def _frame(edition: Edition) -> dict[str, Phrase]:
    """What the page says of itself."""
    report, local = edition.report, edition.local
    return {
        "name": phrase("{line}: review, {period}", line=report.line, period=report.period),
        "heading": phrase("Review: {period}", period=report.period),
        "times": phrase(
            "From {since} until {until}; before is from {compared_since} until {compared_until}. "
            "All times in {timezone}.",
            since=local(report.since),
            until=local(report.until),
            compared_since=local(report.compared_since),
            compared_until=local(report.compared_until),
            timezone=report.timezone,
        ),
        "made": phrase("Made {at}.", at=local(report.made_at)),
    }


def _before(edition: Edition, row: Row) -> Phrase:
    """A figure of the stretch of time before."""
    value = edition.cell(row, edition.report.table("summary").column("before"))
    return phrase("before {value}", value=value or "–")


@dataclass(frozen=True, slots=True)
class Part:
    """A table, a chart, or both, under one title."""

    title: str
    table: Table | None
    drawn: Markup | None


def _parts(edition: Edition, names: Sequence[str]) -> list[Part]:
    """Tables that say something, each with its chart."""
    report, parts = edition.report, []
    known = {table.name for table in report.tables}
    for name in names:
        drawn = chart(name, report, edition.language) if name in CHARTS else None
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


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
