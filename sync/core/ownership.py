"""An owner changed by hand: fine for a holder of the section's role, put back otherwise."""

from __future__ import annotations

from mapping.ruleset import Mode
from sync.core import handoff as handoffs
from sync.core import words
from sync.core.correct import Violation, leave_alone, may_still_move, put_back, tell
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.merge import Change
from sync.core.words import notes, reasons


def judge_owner(draft: Draft, change: Change) -> None:
    """Take over a new owner, or say who the deal belongs to."""
    owner = draft.owner_of(change.after)
    if draft.deal.status not in ON_THE_LINE or not isinstance(change.after, str) or owner == draft.deal.owner:
        draft.set_deal(owner=owner)
        return
    if owner is not None and _fits(draft, owner):
        _take_over(draft, owner)
        return
    _refuse(draft, change, owner)


def _working_roles(draft: Draft) -> tuple[str, ...]:
    found = draft.rules.conveyor.section_by_name.get(draft.working_section or "")
    return found.roles if found else ()


def _fits(draft: Draft, owner: str) -> bool:
    member = draft.rules.team.get(owner)  # who left the team holds no role
    return member is not None and bool(set(member.roles) & set(_working_roles(draft)))


def _take_over(draft: Draft, owner: str) -> None:
    before, correction = draft.deal.owner, draft.deal.correction
    settled = correction is not None and correction.kind == "owner"
    draft.set_deal(owner=owner, correction=None if settled else correction)
    pending = draft.open_handoff
    if pending is not None and pending.to_member != owner:
        handoffs.move_along(draft, pending, owner)
    draft.say(
        "owner_changed",
        f"The owner is now {words.person(owner, draft.rules)}, before {words.person(before, draft.rules)}.",
    )


def _refuse(draft: Draft, change: Change, owner: str | None) -> None:
    rules, deal = draft.rules, draft.deal
    section = rules.conveyor.section_by_name.get(deal.section or "")
    actor = draft.member(draft.record.modified_by) if draft.record else None
    if section is None or (actor is not None and rules.may_move_anywhere(actor)):
        draft.set_deal(owner=owner)
        return
    reason = reasons.not_an_owner(owner, _working_roles(draft), rules)
    mode = rules.conveyor.mode_of(stage=deal.stage)
    violation = Violation("owner", deal.stage or "", section.title, section.place, mode, (reason,))
    previous_fits = deal.owner is not None and _fits(draft, deal.owner)
    if mode is Mode.ENFORCE and previous_fits and may_still_move(draft):
        put_back(
            draft, violation, actor, back_to=None, note=notes.owner_put_back(deal.owner, (reason,), rules)
        )
        return
    react = leave_alone if mode is Mode.ENFORCE and previous_fits else tell
    react(draft, violation, actor)
    draft.set_deal(owner=owner)
