"""The options of `conveyor report`: what is counted, and how it is told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

PeriodName = Literal["day", "week", "month", "quarter", "year"]
Format = Literal["text", "json", "csv", "html"]
LanguageName = Literal["en", "ru", "uk", "bg"]

_DAYS = ["%Y-%m-%d"]

Period = Annotated[PeriodName, typer.Option(help="The period of the calendar, up to now.")]
Ago = Annotated[int, typer.Option(min=0, help="So many periods ago instead: 1 is the last one that is over.")]
Since = Annotated[
    datetime | None, typer.Option(formats=_DAYS, metavar="DAY", help="From this day on, instead of a period.")
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=_DAYS, metavar="DAY", help="Up to before this day; today if left out."),
]
Sections = Annotated[list[str] | None, typer.Option(help="Only this section; may be given again.")]
Members = Annotated[list[str] | None, typer.Option(help="Only this person, by e-mail; may be given again.")]
Connection = Annotated[str | None, typer.Option(help="Only deals of this connection.")]
Source = Annotated[str | None, typer.Option(help="Only customers of this source.")]
TableName = Annotated[str | None, typer.Option(help="Only this table, by its name.")]
FormatName = Annotated[Format, typer.Option(help="How it is told; html is one file for a meeting.")]
Language = Annotated[
    LanguageName | None,
    typer.Option(
        help="The language of text and html: en, ru, uk or bg. Without it html is in the line's own, text in English."
    ),
]
Output = Annotated[Path | None, typer.Option(help="Write it into this file.", metavar="FILE")]
