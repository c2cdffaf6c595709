"""`conveyor check` and `conveyor schema`: what is wrong in the YAML, and what may stand there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RULES, command
from cli.connections import connector_of, each
from cli.given import Given
from cli.output import console, print_json, say
from cli.trouble import PROBLEMS, USAGE, Failed

if TYPE_CHECKING:
    from mapping.problems import Problem
    from mapping.ruleset import Ruleset

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, RULES)(check)
    command(app, RULES, json=False)(schema)


def check(
    given: Given,
    online: Annotated[
        bool, typer.Option("--online", help="Also compare with the live CRMs: names, ids, fields, people.")
    ] = False,
) -> None:
    """Find every mistake in the YAML files, and run cases.yaml, the rules' own tests.

    Each with its place and what would be right. Changes nothing, and asks no CRM without --online.
    """
    ruleset, problems = checked(given.settings.config)
    code = 0
    if online and ruleset is not None:
        code, found = _online(given, ruleset)
        problems = sorted({*problems, *found})
    ok = not _has_errors(problems)
    if given.json:
        print_json({"ok": ok, "problems": [asdict(problem) for problem in problems]})
    else:
        print_problems(given.settings.config, problems)
        _tell_of_cases(given, ruleset, problems)
        if online and ruleset is None:
            say("The CRMs were not asked: first put the errors right.")
    if not ok:
        raise typer.Exit(code or PROBLEMS)


def checked(folder: Path) -> tuple[Ruleset | None, list[Problem]]:
    """The rules of a folder, None where files have errors; and all problems: theirs, and the cases that fail."""
    from mapping.loader import check_folder
    from sync.cases import failing

    ruleset, problems = check_folder(folder)
    failures = failing(ruleset, datetime.now(UTC)) if ruleset is not None else []
    return ruleset, sorted([*problems, *failures])


def fit_to_apply(folder: Path) -> tuple[Ruleset | None, list[Problem]]:
    """As `checked`, but None also where a case fails."""
    ruleset, problems = checked(folder)
    return None if _has_errors(problems) else ruleset, problems


def _has_errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _tell_of_cases(given: Given, ruleset: Ruleset | None, problems: Sequence[Problem]) -> None:
    if ruleset is None:
        if (given.settings.config / "cases.yaml").exists():
            say("The cases were not run: first put the errors right.")
    elif ruleset.cases:
        failed = sum(problem.code == "case-fails" for problem in problems)
        say(f"Cases: {len(ruleset.cases) - failed} hold, {failed} fail.")


def _online(given: Given, ruleset: Ruleset) -> tuple[int, list[Problem]]:
    """What the live CRMs disagree with, and the exit code if one of them could not be asked."""
    from mapping.online import compare
    from mapping.problems import Problem

    found: list[Problem] = []
    with given.house() as runtime:

        def ask(name: str) -> None:
            found.extend(compare(ruleset, name, connector_of(runtime, name, ruleset).describe()))

        failures = each(ruleset.connections, ask)
    for name, failure in failures.items():
        place, message = ruleset.connections[name].place, f"{name} could not be asked: {failure}"
        found.append(Problem(place.file, place.line, 1, "error", "crm-not-asked", message))
    return max((failure.code for failure in failures.values()), default=0), found


def print_problems(folder: Path, problems: Sequence[Problem]) -> None:
    """Print problems for people: place, severity, words, and on the next line the way out."""
    from rich.text import Text

    out = console()
    for problem in problems:
        style = _STYLES[problem.severity]
        place = f"{folder / problem.file}:{problem.line}:{problem.column}: "
        out.print(Text.assemble(place, (f"{problem.severity}: ", style), problem.message), soft_wrap=True)
        if problem.hint:
            out.print(Text(f"    {problem.hint}", style="dim"), soft_wrap=True)
    out.print(Text(_sum(folder, problems)), soft_wrap=True)


def _sum(folder: Path, problems: Sequence[Problem]) -> str:
    counts: Counter[str] = Counter(problem.severity for problem in problems)
    said = [f"{n} {kind}{'' if n == 1 else 's'}" for kind in _STYLES if (n := counts.get(kind, 0))]
    if counts.get("error"):
        return f"{', '.join(said)} in {folder}."
    return f"{folder} is fine" + (f" ({', '.join(said)})." if said else ".")


def schema(
    given: Given,
    kind: Annotated[
        str | None, typer.Argument(help="connections, conveyor, mapping, team or cases; all if left out.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Write the schemas as files into this folder.", metavar="DIR")
    ] = None,
) -> None:
    """Print the JSON Schemas of the YAML files.

    With them, editors complete and check while you type.
    """
    from mapping.json_schema import schemas, texts

    if to is not None:
        _write(to, texts())
        return
    found = schemas()
    if kind is not None and kind not in found:
        raise Failed(f"There is no schema {kind!r}; there are: {', '.join(found)}.", USAGE)
    print_json(found if kind is None else found[kind])


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"The schemas cannot be written to {folder}: {error.strerror}.") from error
    say(f"Wrote {', '.join(texts)} to {folder}.")
