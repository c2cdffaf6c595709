"""Whether a move keeps the rules: role, boundary, order, requirements and exceptions."""

from __future__ import annotations

from sync.core import order, playbook, words
from sync.core.correct import Violation
from sync.core.draft import Draft
from sync.core.move import Move, violated
from sync.core.requirements import any_met, unmet
from sync.core.words import reasons, story


def broken_rule(draft: Draft, move: Move) -> Violation | None:
    """The first kind of rule that this move breaks, with all reasons of that kind, or None."""
    role = _role_reason(draft, move)
    if role:
        return violated(draft, move, "role", move.enters.place, (role,))
    if _crosses_without_rule(draft, move):
        return violated(draft, move, "no_rule", move.enters.place, (_no_handoff(move),))
    skipped = _out_of_order(draft, move)
    if skipped:
        return violated(draft, move, "order", move.target.place, skipped)
    missing = _missing(draft, move)
    if missing:
        place = move.rule.place if move.rule and move.rule.requires else move.target.place
        return violated(draft, move, "requires", place, missing)
    return None


def _role_reason(draft: Draft, move: Move) -> str | None:
    """Why this person may not make this move; outsiders are not judged by role."""
    if move.member is None or draft.rules.may_move_anywhere(move.member):
        return None
    allowed = move.leaves.roles
    member = draft.rules.team[move.member]
    if set(member.roles) & set(allowed):
        return None
    if move.crosses:
        return reasons.not_their_move_on(member.name, allowed, move.enters.title, draft.rules)
    return reasons.not_their_move_within(member.name, allowed, move.leaves.title, draft.rules)


def _crosses_without_rule(draft: Draft, move: Move) -> bool:
    if not move.crosses or move.returns or move.target.status == "lost":
        return False
    if move.rule is not None and move.rule.from_section == move.leaves.name:
        return False  # else it is the rule of winning, in a section that the deal has not been handed to
    if move.rule is None and _is_no_boundary(draft, move):
        return False
    return move.member is None or not draft.rules.may_move_anywhere(move.member)


def _is_no_boundary(draft: Draft, move: Move) -> bool:
    """Whether two sections share a role, and whoever has the deal goes on with it: a line of one or two tiers."""
    holder = draft.rules.team.get(draft.deal.owner or move.member or "")
    shared = set(move.leaves.roles) & set(move.enters.roles)
    return bool(shared) and holder is not None and bool(set(holder.roles) & set(move.enters.roles))


def _no_handoff(move: Move) -> str:
    if move.rule:
        return reasons.no_handoff_to_stage(move.leaves.title, move.target.title)
    return reasons.no_handoff_to_section(move.leaves.title, move.enters.title)


def _missing(draft: Draft, move: Move) -> tuple[str, ...]:
    """What the stage entered and the hand-off require and the deal does not have."""
    if move.returns:
        return ()
    missing = list(unmet(draft, move.target.requires))
    hands_over = move.rule is not None and (move.crosses or move.target.status == "won")
    if hands_over and move.rule is not None:
        of_rule = unmet(draft, move.rule.requires)
        if of_rule and any_met(draft, move.rule.unless):
            draft.say(
                "exception",
                story.excused(move.rule.name),
                place=move.rule.place,
                data={"rule": move.rule.name},
            )
        else:
            missing += of_rule
    goes_on = order.is_forward(draft, move.leaves, move.enters, move.target)
    left = playbook.undone(draft) if goes_on else ()
    subjects = [words.fill(task, draft.deal, draft.rules) for task in left]
    return (
        *(_before(move, item.words, item.ask) for item in dict.fromkeys(missing)),
        *(_before(move, reasons.undone_task(subject), None) for subject in subjects),
    )


def _out_of_order(draft: Draft, move: Move) -> tuple[str, ...]:
    """Which stages this move leaves out; who may move anywhere, or returns a deal, may leave out any."""
    anywhere = move.member is not None and draft.rules.may_move_anywhere(move.member)
    return () if anywhere or move.returns else order.left_out(draft, move.leaves, move.enters, move.target)


def _before(move: Move, what: str, ask: str | None) -> str:
    if move.crosses:
        return reasons.before_section(what, move.enters.title, ask)
    return reasons.before_stage(what, move.target.title, ask)
