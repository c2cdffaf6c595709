"""How the cells of a report are shown to people, and the report as CSV. Counts nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.table import FEW, Cell, Column, Report, Row


def shown(row: Row, column: Column, day_s: int, timezone: str = "UTC") -> str:
    """One cell as people read it; empty where there is no number. Of few cases a share is told as `2 of 3`."""
    value = row[column.name]
    kind = str(row["unit"]) if column.kind == "any" else column.kind
    if value is None:
        return ""
    if kind == "time":
        return local(str(value), timezone)
    cases = row[column.of] if column.of else None
    if kind == "share" and isinstance(cases, int) and cases < FEW:
        return f"{round(float(value) * cases)} of {cases}"
    show = _SHOWN.get(kind)
    return show(value, day_s) if show else str(value)


def local(at: str, timezone: str) -> str:
    """A time of a report by the clock of a time zone, to the minute."""
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def is_number(column: Column) -> bool:
    """Whether a column is set to the right."""
    return column.kind not in ("text", "time")


def as_csv(report: Report, table: str | None = None) -> str:
    """A table as CSV; without a name all of them, each under a line with its name, parted by empty lines.

    Cells that a spreadsheet would take for a formula are set behind an apostrophe. Raises KeyError.
    """
    out = io.StringIO()
    for index, each in enumerate([report.table(table)] if table else report.tables):
        if table is None:
            out.write(f"{chr(10) if index else ''}# {each.name}\n")
        writer = csv.DictWriter(out, [column.name for column in each.columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _safe(cell) for name, cell in row.items()} for row in each.rows)
    return out.getvalue()


def _safe(cell: Cell) -> Cell:
    is_formula = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if is_formula and not _is_amount(str(cell)) else cell


def _is_amount(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _share(value: Cell, day_s: int) -> str:
    return f"{float(value or 0):.0%}"


def _duration(value: Cell, day_s: int) -> str:
    seconds = float(value or 0)
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * day_s else f"{seconds / day_s:.1f} d"


def _number(value: Cell, day_s: int) -> str:
    return f"{float(value or 0):.1f}"


def _count(value: Cell, day_s: int) -> str:
    return f"{int(value or 0):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _money(value: Cell, day_s: int) -> str:
    return f"{float(value or 0):,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


_SHOWN: dict[str, Callable[[Cell, int], str]] = {
    "share": _share,
    "percent": _share,
    "duration": _duration,
    "number": _number,
    "count": _count,
    "money": _money,
}
