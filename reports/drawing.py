"""Draws series of numbers as SVG by the library that does it; `reports.svg` makes a page's picture of that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from reports.svg import SERIES
from reports.table import FEW

WIDTH = 720

Series = tuple[str, list[float | None]]
"""What it is called, and its numbers."""

Formatter = Callable[[float], str]


def bars(
    labels: list[str],
    series: list[Series],
    formatter: Formatter,
    *,
    stacked: bool = False,
    of_counts: bool = True,
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
    if of_counts and most <= FEW:
        drawing.y_labels = range(int(most) + 1)
    for title, values in series:
        drawing.add(title, [value or None for value in values[::-1]])
    return str(drawing.render(is_unicode=True))


def lines(labels: list[str], series: list[Series], formatter: Formatter) -> str | None:
    """Lines from the left to the right."""
    return _upright("Line", labels, series, formatter)


def columns(labels: list[str], series: list[Series], formatter: Formatter) -> str | None:
    """Bars from below, in groups."""
    return _upright("Bar", labels, series, formatter)


def _upright(kind: str, labels: list[str], series: list[Series], formatter: Formatter) -> str | None:
    if not _has_any(series):
        return None
    drawing = getattr(_pygal(), kind)(**_common(260, len(series), formatter), include_x_axis=True)
    drawing.x_labels = labels
    for title, values in series:
        drawing.add(title, values)
    return str(drawing.render(is_unicode=True))


def _has_any(series: list[Series]) -> bool:
    return any(value for _, values in series for value in values)


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


def _common(height: int, columns: int, formatter: Formatter) -> dict[str, Any]:
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
