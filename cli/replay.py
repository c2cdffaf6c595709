"""`conveyor replay`: the rules over the past, from the CRMs' own history."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RULES, command
from cli.given import Given
from cli.output import print_json, print_table, say
from cli.plan_show import block
from cli.trouble import UNREACHABLE, USAGE, Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from sync.replay.replay import Replay
    from sync.replay.telling import Row
    from sync.runtime import Runtime

_COLUMNS = ("Moves", "Handed over", "Put back", "Told", "Late")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, RULES)(replay)


def replay(
    given: Given,
    since: Annotated[str, typer.Option(help="How far back: 90d, 12w, 24h.")] = "90d",
    against: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Compare with the rules of this folder on the same past."),
    ] = None,
) -> None:
    """Run the rules in force over the stage history of the CRMs, and say what would have come of it.

    Each move is judged as a worker would have judged it: put back, handed over, late, by rule and by person. What
    nobody can tell any more, such as a value that was changed since, is said and not guessed. Touches nothing.
    """
    from sync.replay.replay import replay as run
    from sync.work import look_for_cycles_seldom

    look_for_cycles_seldom()
    back = _span(since)
    other = _rules_of(against) if against is not None else None
    with given.house() as runtime:
        rules = _in_force(given, runtime)
        made = run(runtime, rules, runtime.now() - back, other)
    if len(made.past.silent) == len(rules.mappings):
        words = "; ".join(f"{name}: {why}" for name, why in made.past.silent.items())
        raise Failed(f"No CRM tells its past. {words}", UNREACHABLE)
    if given.json:
        from sync.replay.view import view

        print_json(view(made))
        return
    _show(made, against)


def _show(made: Replay, against: Path | None) -> None:
    from sync.replay import telling

    block("The rules in force", telling.sentences(made))
    _table("Rule", telling.by_rule(made.tally))
    _table("Person", telling.by_person(made.tally, made.rules))
    if made.against is None:
        return
    block(f"The rules of {against}", telling.of_tally(made.other))
    _table("Rule", telling.by_rule(made.other))
    found = telling.differences(made.differences, made.rules)
    block(f"Judged otherwise: {len(made.differences)}", found)


def _table(first: str, rows: list[Row]) -> None:
    cells = ((r.name, r.moves or "", r.handed_off, r.returned, r.told, r.late) for r in rows)
    if rows:
        say("")
        print_table((first, *_COLUMNS), cells, nothing="")


def _span(text: str) -> timedelta:
    from mapping.file_types import parse_duration
    from sync.core.correct import clock_seconds

    try:
        return timedelta(seconds=clock_seconds(parse_duration(text)))
    except ValueError as error:
        raise Failed(f"--since {text} is no length of time; write 90d, 12w or 24h.", USAGE) from error


def _in_force(given: Given, runtime: Runtime) -> Ruleset:
    """The version in force; before the first apply, the files."""
    from sync.runtime import NotConfigured

    try:
        return runtime.rules.get()
    except NotConfigured:
        return _rules_of(given.settings.config)


def _rules_of(folder: Path) -> Ruleset:
    from mapping.loader import load_ruleset

    return load_ruleset(folder)
