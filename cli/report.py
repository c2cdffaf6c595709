"""`conveyor report`: the numbers of the line for a period, for people, scripts, spreadsheets and meetings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.command import LOOK, command
from cli.given import Given
from cli.output import print_json, print_table, say
from cli.report_options import (
    Ago,
    Connection,
    Format,
    FormatName,
    Language,
    LanguageName,
    Members,
    Output,
    Period,
    PeriodName,
    Sections,
    Since,
    Source,
    TableName,
    Until,
)
from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from reports.scope import Scope
    from reports.table import Report
    from sync.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, LOOK)(report)


def report(
    given: Given,
    period: Period = "week",
    ago: Ago = 0,
    since: Since = None,
    until: Until = None,
    section: Sections = None,
    member: Members = None,
    connection: Connection = None,
    source: Source = None,
    table: TableName = None,
    format: FormatName = "text",
    language: Language = None,
    output: Output = None,
) -> None:
    """The numbers of the line: conversion, time, hand-offs, rules, money, outcomes, against the period before."""
    way = Way("json" if given.json else format, table, language, output)
    limits = _limits(section, member, connection, source)
    with given.house() as runtime:
        rules, now = runtime.rules.get(), runtime.now()
        found = _counted(runtime, replace(_scope(rules, period, now, ago, since, until), **limits), table)
    _tell(found, way, rules.conveyor.language)


@dataclass(frozen=True, slots=True)
class Way:
    """How the numbers are told. Raises `Failed` for what cannot be meant."""

    format: Format
    table: str | None
    language: LanguageName | None
    output: Path | None

    def __post_init__(self) -> None:
        if self.table is not None and self.format == "html":
            raise Failed("--format html is always the whole review: leave --table out.", USAGE)
        if self.output is not None and self.format == "text":
            raise Failed("--output takes --format json, csv or html.", USAGE)
        if self.language is not None and self.format in ("json", "csv"):
            raise Failed(
                "--language is for text and html: JSON and CSV are the same in all languages.", USAGE
            )


def _limits(
    section: list[str] | None, member: list[str] | None, connection: str | None, source: str | None
) -> dict[str, Any]:
    """What a scope is limited to."""
    return {
        "sections": frozenset(section) if section else None,
        "members": frozenset(each.lower() for each in member) if member else None,
        "connection": connection,
        "source": source,
    }


def _counted(runtime: Runtime, scope: Scope, table: str | None) -> Report:
    from reports.report import report as counted

    rules = runtime.rules.get()
    _must_be_known(rules, scope, table)
    with runtime.store.read() as tx:
        return counted(tx, rules, scope, runtime.now())


def _scope(
    rules: Ruleset,
    period: PeriodName,
    now: datetime,
    ago: int,
    since: datetime | None,
    until: datetime | None,
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


def _tell(found: Report, way: Way, language_of_the_line: str) -> None:
    from mapping.languages import ENGLISH

    if way.table is not None:
        found = replace(found, tables=(found.table(way.table),))
    if way.format == "text":
        _show(found, way.language or ENGLISH)
    elif way.format == "json" and way.output is None:
        print_json(found.as_json())
    else:
        _write(_text(found, way, way.language or language_of_the_line), way.output)


def _text(found: Report, way: Way, language: str) -> str:
    """The whole report as one text."""
    import json

    from reports.pack import pack
    from reports.renderings import as_csv

    if way.format == "html":
        return pack(found, language)
    if way.format == "json":
        return json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n"
    return as_csv(found, way.table)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"{output} cannot be written: {error.strerror}.") from error
    say(f"Written to {output}.")


def _show(found: Report, language: str) -> None:
    from reports.brief import brief, is_quiet
    from reports.renderings import Edition

    edition = Edition(found, language)
    say(edition.heading)
    for table in map(brief, found.tables):
        rows = [row for row in table.rows if not is_quiet(row, table)]
        if not rows:
            continue
        note = f" - {edition.say(table.note)}" if table.note else ""
        say(f"\n{edition.say(table.title)}{note}")
        cells = ([edition.cell(row, column) or "-" for column in table.columns] for row in rows)
        print_table([edition.say(column.title) for column in table.columns], cells, nothing="")
