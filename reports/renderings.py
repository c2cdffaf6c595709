"""How the cells of a report are shown to people, in each language, and the report as CSV. Counts nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mapping.languages import ENGLISH
from mapping.phrases import in_language, phrase
from reports.table import FEW, Cell, Column, Report, Row

_NARROW = "\N{NARROW NO-BREAK SPACE}"
_DIGITS = {0: "#,##0", 1: "#,##0.0"}


@dataclass(frozen=True, slots=True)
class Edition:
    """A report as the readers of one language get it."""

    report: Report
    language: str = ENGLISH

    @property
    def heading(self) -> str:
        """What it begins with on a terminal."""
        report = self.report
        words = phrase(
            "{line}: {period}, until {until} ({timezone})",
            line=report.line,
            period=report.period,
            until=self.local(report.until),
            timezone=report.timezone,
        )
        return self.say(words)

    def say(self, text: str) -> str:
        """A text of the report in that language."""
        return in_language(text, self.language)

    def cell(self, row: Row, column: Column) -> str:
        """One cell; people and places by the names that people know."""
        return self.name(row, column.name) if column.kind == "text" else self._shown(row, column)

    def name(self, row: Row, column: str) -> str:
        """What a cell of text is called; empty where there is none."""
        value = row[column]
        return self.say(self.report.title_of(column, value)) if isinstance(value, str) else ""

    def local(self, at: str) -> str:
        """A time by the clock of the line, to the minute."""
        return local(at, self.report.timezone, self.language)

    def _shown(self, row: Row, column: Column) -> str:
        return shown(row, column, self.report.day_s, self.report.timezone, self.language)


def shown(row: Row, column: Column, day_s: int, timezone: str = "UTC", language: str = ENGLISH) -> str:
    """One cell as people read it; empty where there is no number. Of few cases a share is told as `2 of 3`."""
    value = row[column.name]
    kind = str(row["unit"]) if column.kind == "any" else column.kind
    if value is None:
        return ""
    if kind == "time":
        return local(str(value), timezone, language)
    cases = row[column.of] if column.of else None
    if kind == "share" and isinstance(cases, int) and cases < FEW:
        few = phrase("{part} of {whole}", part=round(float(value) * cases), whole=cases)
        return in_language(few, language)
    show = _SHOWN.get(kind)
    if show is None:
        return in_language(value if isinstance(value, str) else str(value), language)
    return show(float(value), day_s, language)


def local(at: str, timezone: str, language: str = ENGLISH) -> str:
    """A time of a report by the clock of a time zone, to the minute."""
    there = datetime.fromisoformat(at).astimezone(ZoneInfo(timezone))
    return in_language(phrase("{day} {time}", day=f"{there:%Y-%m-%d}", time=f"{there:%H:%M}"), language)


def number(value: float, digits: int, language: str) -> str:
    """A number with so many digits after the point: none, or one."""
    if language == ENGLISH:
        return f"{value:,.{digits}f}".replace(",", _NARROW)
    from babel.numbers import format_decimal

    return format_decimal(value, _DIGITS[digits], locale=language)


def duration(seconds: float, day_s: int, language: str) -> str:
    """How long something is: in minutes, hours or days of the line."""
    if seconds < 3600:
        text = phrase("{number} min", number=number(seconds / 60, 0, language))
    elif seconds < 2 * day_s:
        text = phrase("{number} h", number=number(seconds / 3600, 1, language))
    else:
        text = phrase("{number} d", number=number(seconds / day_s, 1, language))
    return in_language(text, language)


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


def _share(value: float, day_s: int, language: str) -> str:
    if language == ENGLISH:
        return f"{value:.0%}"
    from babel.numbers import format_percent

    return format_percent(value, locale=language)


def _whole(value: float, day_s: int, language: str) -> str:
    return number(value, 0, language)


def _tenths(value: float, day_s: int, language: str) -> str:
    return number(value, 1, language)


_SHOWN: dict[str, Callable[[float, int, str], str]] = {
    "share": _share,
    "percent": _share,
    "duration": duration,
    "number": _tenths,
    "count": _whole,
    "money": _whole,
}
