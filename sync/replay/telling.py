"""A replay in sentences that a head of sales reads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mapping.ruleset import Ruleset
from sync.planning import wording
from sync.planning.first_sight import FOUND, LACKS, OWNER, UNCLEAR
from sync.replay.replay import Difference, Replay
from sync.replay.tally import OUTSIDERS, Tally
from sync.replay.verdict import Verdict

MOST_REASONS = 5
MOST_DIFFERENCES = 20
"""More are counted only; `--json` lists them all."""

_BECAME = {
    "moved": "would have stood",
    "handed_off": "would have handed the deal over",
    "given_back": "would have given the deal back to who had it before",
    "returned": "would have been put back",
    "left_alone": "would have been left alone after being put back too often",
    "told": "would have stood, and people told that a rule was broken",
    "recorded": "would have stood, and only recorded that a rule was broken",
    "undone": "broke a rule and were undone before anybody looked",
    "unmapped": "led to stages that are mapped nowhere",
    "stayed": "led nowhere else on the line",
    "unclear": "cannot be judged",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a rule or a person, and how often."""

    name: str
    moves: int
    handed_off: int
    returned: int
    told: int
    late: int
    unclear: int


def sentences(made: Replay) -> Iterator[str]:
    """What came of it in all."""
    past, tally = made.past, made.tally
    yield (
        f"From {past.since:%d %b %Y} to {past.until:%d %b %Y}, {_number(tally.deals, 'deal')} made "
        f"{_number(tally.moves, 'move')}."
    )
    for name, why in sorted(past.silent.items()):
        yield f"{name} tells nothing of its past: {why}."
    yield from of_tally(tally)


def of_tally(tally: Tally) -> Iterator[str]:
    """What one set of rules makes of the past."""
    for kind, words in _BECAME.items():
        if number := tally.became[kind]:
            yield f"{_number(number, 'move')} {words}."
    reasons = [f"{words} ({number})" for words, number in tally.reasons.most_common(MOST_REASONS)]
    if reasons:
        yield f"Most frequent: {wording.listed(reasons)}."
    yield from _handoffs(tally)
    if tally.excused:
        yield f"{_number(tally.excused, 'time')} an exception let a deal through."
    yield from _not_known(tally)


def _handoffs(tally: Tally) -> Iterator[str]:
    answers = tally.answers
    if answers.total():
        yield (
            f"Of {_number(answers.total(), 'hand-off')} with a deadline, {answers['late']} would have been late, "
            f"{answers['in_time']} were taken in time, {answers['open']} are open still; of "
            f"{answers['unclear']} nobody can tell."
        )


def _not_known(tally: Tally) -> Iterator[str]:
    missing = [
        f"{name.replace('_', ' ')} ({number})" for name, number in tally.missing.most_common(MOST_REASONS)
    ]
    if missing:
        yield f"What nobody can tell any more, of those that cannot be judged: {wording.listed(missing)}."
    if tally.unnamed:
        yield f"Of {_number(tally.unnamed, 'move')} the CRM does not say who made it: its role was not judged."
    seen = tally.first_sight
    if seen[FOUND]:
        yield (
            f"{_number(seen[FOUND], 'deal')} stood there when the conveyor first saw them, and nobody has moved them "
            f"since: {seen[LACKS]} lack what was asked for on the way, {seen[OWNER]} belong to somebody without the "
            f"section's role, of {seen[UNCLEAR]} only the CRM knows."
        )


def by_rule(tally: Tally) -> list[Row]:
    """Each rule, the one with most to say first."""
    rows = [_row(name, counted) for name, counted in tally.rules.items()]
    return sorted(rows, key=lambda row: (-row.returned - row.told, -row.handed_off, row.name))


def by_person(tally: Tally, rules: Ruleset) -> list[Row]:
    """Each person by name, those outside the team as one."""
    rows = [_row(_name(email, rules), counted) for email, counted in tally.people.items()]
    return sorted(rows, key=lambda row: (-row.returned - row.told, -row.moves, row.name))


def differences(found: Sequence[Difference], rules: Ruleset) -> Iterator[str]:
    """Moves that the two sets of rules judge otherwise."""
    for one in found[:MOST_DIFFERENCES]:
        verdict = one.one
        who = _name(verdict.by or OUTSIDERS, rules)
        yield (
            f"{verdict.ref}, {verdict.at:%d %b %H:%M}, {who}, to {verdict.to_stage or 'no stage of the line'}: "
            f"{_said(verdict)}; by the other rules {_said(one.other)}."
        )
    if len(found) > MOST_DIFFERENCES:
        yield f"And {len(found) - MOST_DIFFERENCES} more, which --json lists."


def _said(verdict: Verdict) -> str:
    words = _BECAME[verdict.became].removeprefix("would have been ")
    why = "; ".join(verdict.reasons)
    return words + (f" ({why})" if why else "")


def _row(name: str, counted: dict[str, int]) -> Row:
    def of(kind: str) -> int:
        return counted.get(kind, 0)

    told = of("told") + of("recorded") + of("left_alone")
    return Row(name, of("moves"), of("handed_off"), of("returned"), told, of("late"), of("unclear"))


def _name(email: str, rules: Ruleset) -> str:
    member = rules.team.get(email)
    return member.name if member else email or "not on the team"


def _number(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
