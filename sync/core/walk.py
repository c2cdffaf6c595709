"""The way that a deal went since the last look, judged step by step; the first step that does not stand ends it."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import ActorKind, DealStatus
from mapping.ruleset import Mode
from sync.core.allowed import broken_rule
from sync.core.correct import Violation, may_still_move, put_back, still_asked
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.merge import Change
from sync.core.move import Move, move_of
from sync.core.path import Step, path
from sync.core.place import park_or_place
from sync.core.taking import take
from sync.core.words import notes, story


def walk(draft: Draft, change: Change) -> None:
    """Judge each move on the way; the first that does not stand ends it."""
    steps = path(draft, change)
    if steps is None:
        return
    by_hand = draft.owner_of(draft.merged.owner.after) if draft.merged.owner else None
    back_to = change.before if isinstance(change.before, list) else None
    for index, step in enumerate(steps):
        undone = _comes_back(draft, steps[index + 1 :])
        if not _judge_step(draft, step, back_to=back_to, by_hand=by_hand, undone=undone):
            break
        if step.meaning.stage == draft.deal.stage:
            back_to = step.remote
    if steps:
        link = draft.links[draft.deal.home]
        draft.links[draft.deal.home] = replace(link, stage_at=steps[-1].at or link.stage_at)


def _comes_back(draft: Draft, later: list[Step]) -> bool:
    """Whether people themselves brought the deal back to the section where the line has it."""
    stages = draft.rules.conveyor.stages
    return any(stages[s.meaning.stage].section == draft.deal.section for s in later if s.meaning.stage)


def _judge_step(
    draft: Draft, step: Step, *, back_to: list[str] | None, by_hand: str | None, undone: bool
) -> bool:
    """Let the deal take one step, or put it back; False if the way ends here.

    A wrong step that people have `undone` since is only entered: what they did after it is judged instead.
    """
    if step.meaning.stage is None:
        park_or_place(draft, step.meaning, owner=draft.deal.owner, since=draft.deal.stage_since)
        return False
    if step.meaning.stage == draft.deal.stage:
        _back_on_the_line(draft)
        return True
    move = move_of(draft, step)
    violation = None if _is_ours_or_allowed(draft, move) else broken_rule(draft, move)
    if violation is None and draft.doubts:
        draft.need(values=draft.doubts)
    if draft.needs:
        return False
    if violation is not None and violation.mode is Mode.ENFORCE and undone:
        _enter_undone(draft, move, violation)
        return True
    if violation is not None and violation.mode is Mode.ENFORCE and may_still_move(draft):
        _back_on_the_line(draft)
        note = notes.moved_back(draft.deal.stage or "", violation.reasons, draft.rules)
        put_back(draft, violation, move.member, back_to=back_to, note=note)
        return False
    take(draft, move, violation, by_hand)
    return not draft.needs


def _is_ours_or_allowed(draft: Draft, move: Move) -> bool:
    if move.step.actor.kind is ActorKind.OURS:
        return True
    return move.member is None and draft.rules.conveyor.outsiders == "allow"


def _enter_undone(draft: Draft, move: Move, violation: Violation) -> None:
    draft.say(
        "undone",
        story.undone(move.target.title, violation.reasons),
        actor=move.member,
        place=violation.place,
        data={"violation": violation.kind, "rule": violation.rule, "reasons": list(violation.reasons)},
    )


def _back_on_the_line(draft: Draft) -> None:
    """The deal stands again where the line has it: a parked one comes back, a wrong is undone."""
    if draft.deal.status not in ON_THE_LINE:
        stage = draft.rules.conveyor.stages[draft.deal.stage or ""]
        draft.set_deal(status=DealStatus(stage.status))
    if draft.deal.correction is not None and draft.deal.correction.puts_back:
        draft.set_deal(correction=still_asked(draft))
