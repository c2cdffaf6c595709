"""Draws tables of a report as SVG: no script, no reference to elsewhere, colours by CSS variables of the page.

`reports.svg` says which variables. The table behind each chart has all of its numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from reports.renderings import local
from reports.svg import SERIES, page_ready
from reports.table import FEW, Cell, Report, Row

WIDTH = 720
LONGEST_LABEL = 28

Values = list[float | None]


def chart(name: str, report: Report) -> str | None:
    """The SVG text of one of CHARTS, to stand inside a page; None where there is nothing to draw."""
    drawn = _DRAW[name](report)
    if drawn is None:
        return None
    table = report.table(_TABLE.get(name, name))
    words = f"{table.definition} The table beside it has the same numbers."
    return page_ready(drawn, name, title_of(name, report), words, values_at_the_end=name in _LYING)


def title_of(name: str, report: Report) -> str:
    """What a chart is called."""
    return _TITLES.get(name) or report.table(name).title


def _funnel(report: Report) -> str | None:
    table = report.table("funnel")
    rows = [row for row in table.rows if row["came"] or row["left"]]
    series = [(table.column(name).title, _values(rows, name)) for name in ("came", "forward", "lost")]
    return _bars(_labels(report, rows, "stage"), series)


def _time(report: Report) -> str | None:
    table = report.table("funnel")
    rows = [row for row in table.rows if row["stays"]]
    series = [(table.column(name).title, _values(rows, name, _hours)) for name in ("median", "p90", "norm")]
    return _bars(_labels(report, rows, "stage"), series, formatter=lambda hour: f"{hour:.0f} h")


def _handoffs(report: Report) -> str | None:
    table = report.table("handoffs")
    names = ("accepted", "returned", "withdrawn", "open")
    series = [(table.column(name).title, _values(table.rows, name)) for name in names]
    return _bars(_labels(report, table.rows, "handoff"), series, stacked=True)


def _reasons(report: Report) -> str | None:
    table = report.table("return_reasons")
    rows = table.rows[:12]
    return _bars(_labels(report, rows, "reason"), [("Times", _values(rows, "times"))])


def _bottleneck(report: Report) -> str | None:
    table = report.table("bottleneck")
    rows = [row for row in table.rows if row["stand"]]
    series = [(table.column(name).title, _values(rows, name)) for name in ("stand", "over_norm")]
    return _bars(_labels(report, rows, "stage"), series)


def _trend(report: Report) -> str | None:
    table = report.table("trend")
    names = ("offered", "accepted", "won", "lost")
    series = [(table.column(name).title, _values(table.rows, name)) for name in names]
    return _lines([_day(report, row["since"]) for row in table.rows], series)


def _forecast(report: Report) -> str | None:
    table = report.table("forecast_history")
    currencies = sorted({str(row["currency"]) for row in table.rows})
    if not currencies:
        return None
    most = max(
        currencies, key=lambda each: sum(float(r["actual"] or 0) for r in table.rows if r["currency"] == each)
    )
    rows = [row for row in table.rows if row["currency"] == most]
    series = [
        (f"{table.column(name).title}, {most}", _values(rows, name, float)) for name in ("forecast", "actual")
    ]
    return _lines([_day(report, row["at"]) for row in rows], series)


def _outcomes(report: Report) -> str | None:
    table = report.table("outcomes")
    names = ("customers", "bought", "came_again", "referred")
    series = [(table.column(name).title, _values(table.rows, name)) for name in names]
    return _columns([str(row["cohort"]) for row in table.rows], series)


def _values(rows: Sequence[Row], name: str, number: Callable[[Any], float] = float) -> Values:
    return [None if row[name] is None else number(row[name]) for row in rows]


def _hours(seconds: Cell) -> float:
    return float(seconds or 0) / 3600


def _day(report: Report, at: Cell) -> str:
    return local(str(at), report.timezone)[5:10]


def _labels(report: Report, rows: Sequence[Row], name: str) -> list[str]:
    return [_short(report.title_of(name, str(row[name]))) for row in rows]


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _pygal() -> Any:
    """The library, whose import takes a while, and drawing is seldom asked for.

    It leaves an import hook of an old form behind, for maps that we do not draw; Python warns of it ever after.
    """
    import pygal

    sys.meta_path[:] = [hook for hook in sys.meta_path if not isinstance(hook, pygal.PluginImportFixer)]
    return pygal


def _style() -> Any:
    _pygal()
    from pygal.style import Style

    return Style(colors=SERIES, font_family="sans-serif", label_font_size=12, legend_font_size=12)


def _common(height: int, columns: int, formatter: Callable[[float], str]) -> dict[str, Any]:
    return {
        "js": [],
        "width": WIDTH,
        "height": height,
        "style": _style(),
        "legend_at_bottom": True,
        "legend_at_bottom_columns": columns,
        "margin": 8,
        "margin_right": 48,
        "value_formatter": formatter,
        "disable_xml_declaration": True,
        "max_scale": 6,
    }


def _whole(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _bars(
    labels: list[str],
    series: list[tuple[str, Values]],
    *,
    stacked: bool = False,
    formatter: Callable[[float], str] = _whole,
) -> str | None:
    """Bars from the left, the first label on top."""
    if not _has_any(series):
        return None
    pygal = _pygal()
    kind = pygal.HorizontalStackedBar if stacked else pygal.HorizontalBar
    thick = 34 if stacked else 16 * len(series) + 10
    common = _common(70 + thick * len(labels), len(series), formatter)
    drawing = kind(**common)
    drawing.x_labels = labels[::-1]
    most = max(value or 0 for _, values in series for value in values)
    if formatter is _whole and most <= FEW:
        drawing.y_labels = range(int(most) + 1)
    for title, values in series:
        drawing.add(title, [value or None for value in values[::-1]])
    return str(drawing.render(is_unicode=True))


def _lines(labels: list[str], series: list[tuple[str, Values]]) -> str | None:
    return _upright("Line", labels, series)


def _columns(labels: list[str], series: list[tuple[str, Values]]) -> str | None:
    return _upright("Bar", labels, series)


def _upright(kind: str, labels: list[str], series: list[tuple[str, Values]]) -> str | None:
    if not _has_any(series):
        return None
    drawing = getattr(_pygal(), kind)(**_common(260, len(series), _whole), include_x_axis=True)
    drawing.x_labels = labels
    for title, values in series:
        drawing.add(title, values)
    return str(drawing.render(is_unicode=True))


def _has_any(series: list[tuple[str, Values]]) -> bool:
    return any(value for _, values in series for value in values)


_DRAW: dict[str, Callable[[Report], str | None]] = {
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
_TITLES = {"time": "Time on each stage"}
