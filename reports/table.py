"""The shape of a report: tables whose cells are plain JSON values, each with its words. Counts nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Cell = str | int | float | bool | None
"""Shares are parts of 1, durations seconds, money a decimal string whose currency stands beside it."""

Row = dict[str, Cell]

Kind = Literal["text", "count", "share", "percent", "duration", "number", "money", "time", "any"]
"""How a cell is shown; a percent is no part of anything; `any`: as the row's `unit` says."""

FEW = 5
"""Of fewer cases no share is shown, only the counts."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `of` names the column with the number of cases behind it."""

    name: str
    title: str
    kind: Kind
    words: str  # what it means
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report, with what it means in words."""

    name: str
    title: str
    definition: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    note: str | None = None  # what a reader should know about these very numbers

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


PEOPLE = ("person", "from_person", "to_person")
"""The columns that name people, by e-mail."""


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of a line for one stretch of time; every rendering shows these."""

    line: str  # the name of the conveyor
    period: str
    since: str  # ISO 8601 UTC, as all times here
    until: str
    compared_since: str
    compared_until: str
    timezone: str
    made_at: str
    day_s: int  # how long a day of its durations is: a working day, where working hours are given
    scope: dict[str, Any] = field(default_factory=dict)  # what it is limited to
    tables: tuple[Table, ...] = ()
    titles: dict[str, dict[str, str]] = field(default_factory=dict)  # of sections, stages, roles, people

    def title_of(self, column: str, name: str) -> str:
        """What people call a section, a stage, a role or a person; the name itself where they have no other."""
        return self.titles.get("person" if column in PEOPLE else column, {}).get(name, name)

    def table(self, name: str) -> Table:
        """The table of that name. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON: the tables by name, each with definition, columns and rows."""
        return {
            "line": self.line,
            "period": {
                "name": self.period,
                "since": self.since,
                "until": self.until,
                "compared_since": self.compared_since,
                "compared_until": self.compared_until,
                "timezone": self.timezone,
                "day_seconds": self.day_s,
            },
            "made_at": self.made_at,
            "scope": self.scope,
            "titles": self.titles,
            "tables": {table.name: _table_json(table) for table in self.tables},
        }


def _table_json(table: Table) -> dict[str, Any]:
    columns = [{"name": c.name, "title": c.title, "kind": c.kind, "of": c.of} for c in table.columns]
    return {
        "title": table.title,
        "definition": table.definition,
        "note": table.note,
        "columns": columns,
        "rows": [dict(row) for row in table.rows],
    }
