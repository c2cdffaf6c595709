"""Prints what commands found: JSON for scripts, tables and plain sentences for people."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

ROWS_AT_ONCE = 500
"""A table is laid out over so many rows; longer lists become several, so that memory stays flat."""

WIDE = 200
"""Columns where there is no terminal: a file or a pipe cuts nothing off."""


def say(text: str) -> None:
    """Print one sentence at once, also into a pipe."""
    print(text, flush=True)


def console() -> Console:
    """A console on standard output."""
    from rich.console import Console

    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if narrow else WIDE, highlight=False)


def print_json(value: object) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_json_list(rows: Iterable[object]) -> None:
    """Print a JSON list, one row a line, as the rows come."""
    before = "[\n"
    for row in rows:
        sys.stdout.write(before + json.dumps(row, ensure_ascii=False))
        before = ",\n"
    sys.stdout.write("[]\n" if before == "[\n" else "\n]\n")


def short(at: str | None) -> str | None:
    """A time of a view as tables show it: to the minute, in UTC."""
    return at[:16].replace("T", " ") if at else None


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str, whole: int = 1
) -> None:
    """Print a table; a sentence instead if there are no rows. The first `whole` columns are never cut or folded."""
    from rich.table import Table
    from rich.text import Text

    left, out = iter(rows), console()
    while batch := list(islice(left, ROWS_AT_ONCE)):
        table = Table(box=None, header_style="bold", pad_edge=False)
        for place, name in enumerate(columns):
            table.add_column(
                name, no_wrap=place < whole, min_width=_widest(batch, place) if place < whole else 4
            )
        for row in batch:
            table.add_row(*(Text("-" if cell is None else str(cell), overflow="fold") for cell in row))
        out.print(table)
        nothing = ""
    if nothing:
        say(nothing)


def _widest(rows: Sequence[Sequence[object]], place: int) -> int:
    return max(len(str(row[place])) for row in rows)
