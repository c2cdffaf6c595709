"""Runs the rules' own tests, `cases.yaml`, through the very `decide` that the workers run, and says which fail. Pure.

A case speaks of what the rules say, not of how strictly they are in force, and not of one CRM: see `sync/trial.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mapping.conditions import fields_of
from mapping.document import Mark
from mapping.model import Handoff
from mapping.parsed import CASES
from mapping.problems import Problem
from mapping.ruleset import Case, Condition, Place, Ruleset
from mapping.source import read
from sync.core.case import Outcome
from sync.trial import as_a_case_sees, try_out

Became = Literal["moved", "handed_off", "returned"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules make of a case, and why."""

    became: Became
    why: str
    way_out: str | None  # what to change in the case's own deal or move, for another verdict
    place: Place  # of the rule


def failing(rules: Ruleset, now: datetime) -> list[Problem]:
    """The cases whose `then` is not what the rules say, each at its place; `now` is what their dates count from."""
    full = as_a_case_sees(rules)
    verdicts = [(number, case, judged(case, full, now)) for number, case in enumerate(rules.cases)]
    failed = [found for found in verdicts if found[1].then != found[2].became]
    if not failed:
        return []
    document = read(CASES, rules.files[CASES])
    return [_problem(document.mark(("cases", number, "then")), case, said) for number, case, said in failed]


def judged(case: Case, full: Ruleset, now: datetime) -> Verdict:
    """What these rules, made ready by `as_a_case_sees`, say of a case."""
    outcome = try_out(case, full, now)
    if outcome.deal.stage != case.moved_to:
        return _returned(case, full, outcome)
    handoff = next(_opened(outcome), None)
    return _moved(case, full) if handoff is None else _handed_off(case, full, outcome, handoff)


def _opened(outcome: Outcome) -> Iterator[Handoff]:
    """The hand-offs that the move opened: of the deal, or of the customer's next one."""
    yield from outcome.handoffs
    yield from (opening.handoff for opening in outcome.openings if opening.handoff is not None)


def _returned(case: Case, full: Ruleset, outcome: Outcome) -> Verdict:
    """Put back, in the words of the note that people would read."""
    correction = outcome.deal.correction
    if correction is None:
        raise AssertionError(f"the case at {case.place} stays on {outcome.deal.stage}, and nothing says why")
    ways_out = {
        "role": f"let it be moved by: {' or '.join(_workers(case, full))}",
        "no_rule": "move it to the section that comes next",
        "order": "move it to the stage that comes next",
        "requires": "add what is missing to `given`",
    }
    place = Place(correction.file, correction.line)
    return Verdict("returned", f'"{correction.message}"', ways_out.get(correction.kind), place)


def _workers(case: Case, full: Ruleset) -> tuple[str, ...]:
    return full.conveyor.section_by_name[full.conveyor.stages[case.stage].section].roles


def _handed_off(case: Case, full: Ruleset, outcome: Outcome, handoff: Handoff) -> Verdict:
    place = Place(handoff.file, handoff.line)
    rule = next(rule for rule in full.conveyor.handoffs if rule.place == place)
    excused = any(entry.kind == "exception" for entry in outcome.entries)
    stage = full.conveyor.stages[case.moved_to]
    asked = rule.unless if excused else (*stage.requires, *rule.requires)
    why = "nothing that it requires is missing" if not excused else "its exception lets the deal through"
    return Verdict("handed_off", f"{rule.name}, {why}", _leave_out(case, asked), place)


def _moved(case: Case, full: Ruleset) -> Verdict:
    stage = full.conveyor.stages[case.moved_to]
    return Verdict("moved", _no_handoff(case, full), _leave_out(case, stage.requires), stage.place)


def _leave_out(case: Case, conditions: Iterable[Condition]) -> str | None:
    """Which of the given fields let the deal through."""
    asked = {field: None for condition in conditions for field in sorted(fields_of(condition))}
    given = [field for field in asked if field in case.values]
    return f"leave something out of `given` ({', '.join(given)})" if given else None


def _no_handoff(case: Case, full: Ruleset) -> str:
    """Why a move that stands hands the deal to nobody."""
    line = full.conveyor
    left, entered = line.stages[case.stage], line.stages[case.moved_to]
    if entered.status == "lost":
        return "a lost deal is handed to nobody"
    title = line.section_by_name[entered.section].title
    if left.section == entered.section:
        return f"no hand-off has `on: won` in {title}" if entered.status == "won" else f"it stays in {title}"
    if line.section_order[entered.section] < line.section_order[left.section]:
        return f"going back to {title} opens no hand-off"
    return f"no hand-off leads to {title} from the section before it"


def _problem(mark: Mark, case: Case, verdict: Verdict) -> Problem:
    message = f"expected {case.then}, but the rules say {verdict.became}: {verdict.why} ({verdict.place})"
    hint = f"if the rules are right, write then: {verdict.became}"
    if verdict.way_out and "returned" in (case.then, verdict.became):
        hint += f", or {verdict.way_out}"
    return Problem(CASES, mark.line, mark.column, "error", "case-fails", message, hint)
