"""The way a deal went since we last looked: one step a move, each with whoever made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Aspect, Hint, Record
from mapping.translate import Meaning, pipeline_of, to_canonical
from sync.core.draft import Draft
from sync.core.merge import Change


@dataclass(frozen=True, slots=True)
class Step:
    """One move to judge."""

    remote: list[str]
    meaning: Meaning
    actor: Actor
    at: datetime | None


def path(draft: Draft, change: Change) -> list[Step] | None:
    """The moves since the base, the last of which ends where the record stands; None when history is needed.

    The CRM's own history is believed first. Without it the webhooks' hints serve while they are complete and
    cross no boundary; else two quick moves look like one. A stage that means nothing counts only at the end.
    """
    record = draft.record
    if record is None or draft.mapping is None or not isinstance(change.after, list):
        return []
    steps = (
        _from_history(draft, record, change) if draft.knows(Aspect.HISTORY) else _from_hints(draft, change)
    )
    if steps is None:
        draft.need(Aspect.HISTORY)
        return None
    return [step for step in steps[:-1] if step.meaning.stage] + steps[-1:]


def _step(draft: Draft, remote: list[str], actor: Actor, at: datetime | None) -> Step:
    assert draft.mapping is not None
    return Step(remote, to_canonical(draft.mapping, remote), actor, at)


def _from_history(draft: Draft, record: Record, change: Change) -> list[Step]:
    """The moves after the last time the record stood on its base; our own are not judged."""
    assert isinstance(change.after, list)
    moves = list(record.moves)
    standing = [index for index, move in enumerate(moves) if move.stage == change.before]
    judged_at = draft.links[record.ref.connection].stage_at
    if standing:
        moves = moves[standing[-1] + 1 :]
    elif judged_at is not None:
        moves = [move for move in moves if move.at > judged_at]
    steps = [_step(draft, m.stage, m.actor, m.at) for m in moves if m.actor.kind is not ActorKind.OURS]
    if not steps or steps[-1].remote != change.after:
        steps.append(_step(draft, change.after, record.modified_by, record.modified_at))
    return steps


def _from_hints(draft: Draft, change: Change) -> list[Step] | None:
    assert isinstance(change.after, list)
    hints = _stage_hints(draft)
    values = [hint.value for hint in hints]
    base = change.before[1] if isinstance(change.before, list) else None
    if base in values:
        hints = hints[len(values) - values[::-1].index(base) :]
    if not hints or hints[-1].value != change.after[1] or any(h.actor == UNKNOWN_ACTOR for h in hints):
        return None
    steps = [
        _step(draft, _with_pipeline(draft, hint.value, change.after), hint.actor, hint.occurred_at)
        for hint in hints
        if hint.actor.kind is not ActorKind.OURS
    ]
    return None if not steps or _crosses(draft, steps) else steps


def _stage_hints(draft: Draft) -> list[Hint]:
    hints = [
        event.hint
        for event in draft.case.events
        if event.connection == draft.deal.home and event.hint and event.hint.field == "stage"
    ]
    return sorted(hints, key=lambda hint: (hint.occurred_at is None, hint.occurred_at or draft.now))


def _with_pipeline(draft: Draft, stage_id: str | None, final: list[str]) -> list[str]:
    """A stage id alone, completed with the pipeline that has it."""
    assert draft.mapping is not None
    if stage_id == final[1]:
        return final
    pipelines = [p.id for p in draft.mapping.pipelines for s in p.stages if s.id == stage_id]
    own = pipeline_of(final)
    pipeline = own if own in pipelines else next(iter(pipelines), own)
    return [pipeline or "", stage_id or ""]


def _crosses(draft: Draft, steps: list[Step]) -> bool:
    stages = draft.rules.conveyor.stages
    sections = {stages[s.meaning.stage].section for s in steps if s.meaning.stage}
    return bool(sections - {draft.deal.section})
