"""What of a report is drawn as charts, told in any language. The table behind each chart has all of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from mapping.languages import ENGLISH
from mapping.phrases import phrase
from reports.drawing import Formatter, Series, bars, columns, lines
from reports.renderings import Edition, number
from reports.svg import page_ready
from reports.table import Cell, Report, Row, Table

LONGEST_LABEL = 28

Measure = Callable[[Any], float]


def chart(name: str, report: Report, language: str = ENGLISH) -> str | None:
    """The SVG text of one of CHARTS, to stand inside a page; None where there is nothing to draw."""
    edition = Edition(report, language)
    drawn = _DRAW[name](edition)
    if drawn is None:
        return None
    table = report.table(_TABLE.get(name, name))
    words = phrase("{definition} The table beside it has the same numbers.", definition=table.definition)
    title = edition.say(title_of(name, report))
    return page_ready(drawn, name, title, edition.say(words), values_at_the_end=name in _LYING)


def title_of(name: str, report: Report) -> str:
    """What a chart is called."""
    return _TITLES.get(name) or report.table(name).title


def _funnel(edition: Edition) -> str | None:
    table = edition.report.table("funnel")
    rows = [row for row in table.rows if row["came"] or row["left"]]
    series = [_series(edition, table, name, rows) for name in ("came", "forward", "lost")]
    return bars(_labels(edition, rows, "stage"), series, _whole(edition))


def _time(edition: Edition) -> str | None:
    table = edition.report.table("funnel")
    rows = [row for row in table.rows if row["stays"]]
    series = [_series(edition, table, name, rows, _hours) for name in ("median", "p90", "norm")]
    return bars(_labels(edition, rows, "stage"), series, partial(_in_hours, edition), of_counts=False)


def _handoffs(edition: Edition) -> str | None:
    table = edition.report.table("handoffs")
    names = ("accepted", "returned", "withdrawn", "open")
    series = [_series(edition, table, name, table.rows) for name in names]
    return bars(_labels(edition, table.rows, "handoff"), series, _whole(edition), stacked=True)


def _reasons(edition: Edition) -> str | None:
    table = edition.report.table("return_reasons")
    rows = table.rows[:12]
    return bars(_labels(edition, rows, "reason"), [_series(edition, table, "times", rows)], _whole(edition))


def _bottleneck(edition: Edition) -> str | None:
    table = edition.report.table("bottleneck")
    rows = [row for row in table.rows if row["stand"]]
    series = [_series(edition, table, name, rows) for name in ("stand", "over_norm")]
    return bars(_labels(edition, rows, "stage"), series, _whole(edition))


def _trend(edition: Edition) -> str | None:
    table = edition.report.table("trend")
    names = ("offered", "accepted", "won", "lost")
    series = [_series(edition, table, name, table.rows) for name in names]
    return lines([_day(edition, row["since"]) for row in table.rows], series, _whole(edition))


def _forecast(edition: Edition) -> str | None:
    table = edition.report.table("forecast_history")
    currencies = sorted({str(row["currency"]) for row in table.rows})
    if not currencies:
        return None
    most = max(
        currencies, key=lambda each: sum(float(r["actual"] or 0) for r in table.rows if r["currency"] == each)
    )
    rows = [row for row in table.rows if row["currency"] == most]
    series = [_series(edition, table, name, rows) for name in ("forecast", "actual")]
    told = [(f"{title}, {most}", values) for title, values in series]
    return lines([_day(edition, row["at"]) for row in rows], told, _whole(edition))


def _outcomes(edition: Edition) -> str | None:
    table = edition.report.table("outcomes")
    names = ("customers", "bought", "came_again", "referred")
    series = [_series(edition, table, name, table.rows) for name in names]
    return columns([str(row["cohort"]) for row in table.rows], series, _whole(edition))


def _series(
    edition: Edition, table: Table, name: str, rows: Sequence[Row], measure: Measure = float
) -> Series:
    """The numbers of a column, under its title."""
    values = [None if row[name] is None else measure(row[name]) for row in rows]
    return edition.say(table.column(name).title), values


def _hours(seconds: Any) -> float:
    return float(seconds) / 3600


def _in_hours(edition: Edition, hours: float) -> str:
    return edition.say(phrase("{number} h", number=number(hours, 0, edition.language)))


def _whole(edition: Edition) -> Formatter:
    return lambda value: number(value, 0, edition.language)


def _day(edition: Edition, at: Cell) -> str:
    there = datetime.fromisoformat(str(at)).astimezone(ZoneInfo(edition.report.timezone))
    return edition.say(phrase("{month}-{day}", month=f"{there:%m}", day=f"{there:%d}"))


def _labels(edition: Edition, rows: Sequence[Row], name: str) -> list[str]:
    return [_short(edition.name(row, name)) for row in rows]


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


_DRAW: dict[str, Callable[[Edition], str | None]] = {
    "funnel": _funnel,
    "time": _time,
    "handoffs": _handoffs,
    "return_reasons": _reasons,
    "bottleneck": _bottleneck,
    "trend": _trend,
    "forecast_history": _forecast,
    "outcomes": _outcomes,
}

CHARTS = tuple(_DRAW)
"""What can be drawn: each is named as the table behind it, but for `time`, which is drawn from the funnel."""

_LYING = frozenset({"funnel", "time", "bottleneck", "return_reasons"})
_TABLE = {"time": "funnel"}
_TITLES = {"time": phrase("Time on each stage")}
