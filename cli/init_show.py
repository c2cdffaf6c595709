"""Shows what `conveyor init` guessed: for scripts whole, for people what they must look at and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import say

if TYPE_CHECKING:
    from sync.drafting.begin import Begun
    from sync.drafting.draft import PipelineDraft

NEXT = ("conveyor check", "conveyor check --online", "conveyor plan", "conveyor apply")
MODE = "observe"


def view(folder: Path, begun: Begun) -> dict[str, object]:
    """A draft as plain data."""
    draft = begun.draft
    return {
        "connection": draft.connection,
        "crm": draft.crm,
        "account": draft.account,
        "template": begun.template,
        "files": [{"file": str(folder / file), "new": file in begun.new} for file in begun.files],
        "pipelines": [_pipeline(one) for one in draft.pipelines],
        "fields": [{**asdict(guess), "unsure": guess.unsure} for guess in draft.fields],
        "people": [{**asdict(person), "unsure": person.unsure} for person in draft.people],
        "left_out": list(draft.left_out),
        "notes": [*draft.notes, *begun.namesakes],
        "unsure": draft.unsure,
        "problems": [asdict(problem) for problem in begun.problems],
    }


def _pipeline(one: PipelineDraft) -> dict[str, object]:
    guess = one.guess
    stages = [
        {
            "name": stage.name,
            "id": stage.id,
            "outcome": stage.outcome,
            "is": stage.stage,
            "write_back": stage.write_back,
            "confidence": stage.confidence,
            "unsure": stage.unsure,
            "reason": stage.reason,
        }
        for stage in one.stages
    ]
    return {
        "name": guess.name,
        "id": guess.id,
        "ignored": guess.ignored,
        "confidence": guess.confidence,
        "unsure": guess.unsure,
        "reason": guess.reason,
        "stages": stages,
    }


def show(folder: Path, begun: Sequence[Begun]) -> None:
    """Tell people what was drafted, and what to do next."""
    for each in begun:
        for line in _told(folder, each):
            say(line)
    new_line = any(each.template for each in begun)
    say("")
    if new_line:
        say(f"The line begins in mode {MODE}: it only records, and writes nothing into any CRM.")
    say(f'Next: look at the lines with "unsure:" (grep -rn "# unsure:" {folder}), then')
    option = "" if folder == Path("config") else f" --config {folder}"
    for command, what in (
        ("conveyor check", "what is wrong in the files"),
        ("conveyor plan", "what they would do"),
        ("conveyor apply", "put them in force"),
    ):
        say(f"  {command}{option:30} {what}" if option else f"  {command:16} {what}")


def _told(folder: Path, begun: Begun) -> Iterator[str]:
    draft = begun.draft
    on_line = [one for one in draft.pipelines if not one.guess.ignored]
    stages = sum(len(one.stages) for one in on_line)
    yield f"{draft.connection}: {draft.account}"
    yield f"  {_count(len(on_line), 'pipeline')} on the line with {_count(stages, 'stage')}"
    for one in draft.pipelines:
        if one.guess.ignored:
            yield f"  ignored: {one.guess.name} ({one.guess.reason})"
    if begun.template:
        yield f"  structure: {begun.template}; another one with --template"
    yield f"  {_count(len(draft.people), 'person', 'people')}, {_count(len(draft.left_out), 'other')} left out"
    for file in begun.files:
        yield f"  {'wrote' if file in begun.new else 'added to'} {folder / file}"
    yield f"  unsure: {draft.unsure}"
    for note in (*draft.notes, *begun.namesakes):
        yield f"  {note}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
