"""Whether a hand-off of the past would have been late: by when it had to be accepted, and when it was. Pure.

A hand-off that truly was one knows when it was accepted. Of any other only a move by its receiving role says that it
was by then; where that came after the deadline, nobody can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mapping.model import Handoff, HandoffStatus
from mapping.ruleset import HandoffRule, Ruleset
from mapping.working_time import add
from sync.replay.verdict import Verdict

Answer = Literal["in_time", "late", "open", "unclear"]

_SAME = timedelta(minutes=1)
"""A hand-off that was opened within so long of the judgement is the one that it opened."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a hand-off of the past went in time."""

    rule: str
    receiver: str | None  # where it is known
    answer: Answer


def answered(
    verdict: Verdict, later: Sequence[Verdict], real: Sequence[Handoff], rules: Ruleset, now: datetime
) -> list[Answered]:
    """How the hand-offs that a verdict opened went; `later` are the verdicts after it, oldest first."""
    found = []
    for handoff in verdict.handoffs:
        rule = next((each for each in rules.conveyor.handoffs if each.name == handoff.rule), None)
        if rule is None or rule.accept_within is None:
            continue
        true = _true_one(handoff, verdict.at, real)
        taken = next(((v.by, v.at) for v in later if _is_by(v.by, rule, rules)), None)
        receiver = true.to_member if true else taken[0] if taken else None
        due = add(verdict.at, rule.accept_within, *rules.working_time(receiver))
        answer = _of_true(true, due, now) if true else _of_moves(taken and taken[1], due, now)
        found.append(Answered(rule.name, receiver, answer))
    return found


def _true_one(handoff: Handoff, at: datetime, real: Sequence[Handoff]) -> Handoff | None:
    near = [one for one in real if one.rule == handoff.rule and abs(one.offered_at - at) <= _SAME]
    return min(near, key=lambda one: abs(one.offered_at - at), default=None)


def _of_true(handoff: Handoff, due: datetime, now: datetime) -> Answer:
    if handoff.late_steps:
        return "late"
    at = handoff.closed_at if handoff.status in (HandoffStatus.ACCEPTED, HandoffStatus.RETURNED) else None
    if at is None:
        return "late" if now >= due else "open"
    return "late" if at > due else "in_time"


def _of_moves(taken_at: datetime | None, due: datetime, now: datetime) -> Answer:
    if taken_at is not None and taken_at <= due:
        return "in_time"
    return "open" if now < due else "unclear"


def _is_by(member: str | None, rule: HandoffRule, rules: Ruleset) -> bool:
    found = rules.team.get(member or "")
    return found is not None and rule.assign.to in found.roles
