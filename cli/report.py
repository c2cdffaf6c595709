"""`conveyor report`: the numbers of the line for a period, for people, scripts, spreadsheets and meetings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.command import LOOK, command
from cli.given import Given
from cli.output import print_json, print_table, say
from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from reports.scope import Scope
    from reports.table import Column, Report, Row

Period = Literal["day", "week", "month", "quarter", "year"]
Format = Literal["text", "json", "csv", "html"]
_DAYS = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, LOOK)(report)


def report(
    given: Given,
    period: Annotated[Period, typer.Option(help="The period of the calendar, up to now.")] = "week",
    ago: Annotated[
        int, typer.Option(min=0, help="So many periods ago instead: 1 is the last one that is over.")
    ] = 0,
    since: Annotated[
        datetime | None,
        typer.Option(formats=_DAYS, metavar="DAY", help="From this day on, instead of a period."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=_DAYS, metavar="DAY", help="Up to before this day; today if left out."),
    ] = None,
    section: Annotated[list[str] | None, typer.Option(help="Only this section; may be given again.")] = None,
    member: Annotated[
        list[str] | None, typer.Option(help="Only this person, by e-mail; may be given again.")
    ] = None,
    connection: Annotated[str | None, typer.Option(help="Only deals of this connection.")] = None,
    source: Annotated[str | None, typer.Option(help="Only customers of this source.")] = None,
    table: Annotated[str | None, typer.Option(help="Only this table, by its name.")] = None,
    format: Annotated[Format, typer.Option(help="How it is told; html is one file for a meeting.")] = "text",
    output: Annotated[Path | None, typer.Option(help="Write it into this file.", metavar="FILE")] = None,
) -> None:
    """The numbers of the line: conversion, time, hand-offs, rules, money, outcomes, against the period before."""
    from dataclasses import replace

    from reports.report import report as counted

    with given.house() as runtime:
        rules, now = runtime.rules.get(), runtime.now()
        scope = replace(
            _scope(rules, period, now, ago, since, until),
            sections=frozenset(section) if section else None,
            members=frozenset(each.lower() for each in member) if member else None,
            connection=connection,
            source=source,
        )
        _must_be_known(rules, scope, table)
        with runtime.store.read() as tx:
            found = counted(tx, rules, scope, now)
    _tell(found, "json" if given.json else format, table, output)


def _scope(
    rules: Ruleset, period: Period, now: datetime, ago: int, since: datetime | None, until: datetime | None
) -> Scope:
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from reports.scope import scope_between, scope_of

    zone = rules.conveyor.timezone
    if since is None:
        if until is not None:
            raise Failed("--until needs --since: from which day on?", USAGE)
        return scope_of(period, now, zone, ago=ago)
    end = until.date() if until else now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    try:
        return scope_between(since.date(), end, zone)
    except ValueError as error:
        raise Failed(str(error), USAGE) from error


def _must_be_known(rules: Ruleset, scope: Scope, table: str | None) -> None:
    from reports.definitions import TABLES

    asked = (
        ("section", scope.sections or (), rules.conveyor.section_by_name),
        ("connection", [scope.connection] if scope.connection else (), rules.connections),
        ("table", [table] if table else (), TABLES),
    )
    for what, names, known in asked:
        for name in names:
            if name not in known:
                raise Failed(f"There is no {what} {name!r}. There are: {', '.join(known)}.", USAGE)


def _tell(found: Report, format: Format, table: str | None, output: Path | None) -> None:
    from dataclasses import replace

    if table is not None and format == "html":
        raise Failed("--format html is always the whole review: leave --table out.", USAGE)
    if table is not None:
        found = replace(found, tables=(found.table(table),))
    if format == "text" and output is None:
        _show(found)
    elif format == "json" and output is None:
        print_json(found.as_json())
    else:
        _write(_text(found, format, table), output)


def _text(found: Report, format: Format, table: str | None) -> str:
    """The whole report as one text."""
    import json

    from reports.pack import pack
    from reports.renderings import as_csv

    if format == "html":
        return pack(found)
    if format == "json":
        return json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n"
    if format == "csv":
        return as_csv(found, table)
    raise Failed("--output takes --format json, csv or html.", USAGE)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"{output} cannot be written: {error.strerror}.") from error
    say(f"Written to {output}.")


def _show(found: Report) -> None:
    from reports.brief import brief, is_quiet
    from reports.renderings import local

    until = local(found.until, found.timezone)
    say(f"{found.line}: {found.period}, until {until} ({found.timezone})")
    for table in map(brief, found.tables):
        rows = [row for row in table.rows if not is_quiet(row, table)]
        if not rows:
            continue
        say(f"\n{table.title}" + (f" - {table.note}" if table.note else ""))
        cells = ([_cell(found, row, column) for column in table.columns] for row in rows)
        print_table([column.title for column in table.columns], cells, nothing="")


def _cell(found: Report, row: Row, column: Column) -> str:
    from reports.renderings import shown

    text = shown(row, column, found.day_s, found.timezone)
    return (found.title_of(column.name, text) if column.kind == "text" else text) or "-"
