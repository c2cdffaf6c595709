"""An owner changed by hand: fine for a holder of the section's role, put back otherwise."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import ActorKind
from mapping.ruleset import Mode, Section
from sync.core import handoff as handoffs
from sync.core.correct import Violation, leave_alone, may_still_move, put_back, still_asked, tell
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.home import goes_on_in
from sync.core.merge import Change
from sync.core.roles import fits, working_roles
from sync.core.words import notes, reasons, story


def judge_owner(draft: Draft, change: Change) -> None:
    """Take over a new owner, or say who the deal belongs to."""
    if _is_filled_in(draft, change):
        return
    owner = draft.owner_of(change.after)
    leaves = goes_on_in(draft) != draft.deal.home
    if leaves and (owner is None or not fits(draft, owner)):
        return  # whom people gave the record that the deal leaves says nothing about where it goes on
    if draft.deal.status not in ON_THE_LINE or not isinstance(change.after, str) or owner == draft.deal.owner:
        draft.set_deal(owner=owner)
        return
    if owner is not None and fits(draft, owner):
        before = draft.deal.owner
        take_over(draft, owner)
        _tell(draft, owner, before)
        return
    _refuse(draft, change, owner)


def _is_filled_in(draft: Draft, change: Change) -> bool:
    """Whether the CRM made our own account the owner of a record that we created without one."""
    record = draft.record
    if record is None or change.before is not None:
        return False
    return record.created_by.kind is ActorKind.OURS and record.modified_by.kind is ActorKind.OURS


def not_an_owner(draft: Draft, section: Section, owner: str | None) -> Violation:
    """That the deal belongs to somebody who holds no role of the section it stands in."""
    reason = reasons.not_an_owner(owner, working_roles(draft), draft.rules)
    mode = draft.rules.conveyor.mode_of(stage=draft.deal.stage)
    return Violation("owner", draft.deal.stage or "", section.title, section.place, mode, (reason,))


def take_over(draft: Draft, owner: str) -> None:
    """A holder of the role has the deal now; a hand-off that waits goes along."""
    correction = draft.deal.correction
    if correction is not None and correction.asked_before is not None:
        correction = replace(correction, asked_before=None)
    elif correction is not None and (correction.kind == "owner" or still_asked(draft) is not None):
        correction = None
    draft.set_deal(owner=owner, correction=correction)
    pending = draft.open_handoff
    if pending is not None and pending.to_member != owner:
        handoffs.move_along(draft, pending, owner)


def _tell(draft: Draft, owner: str, before: str | None) -> None:
    draft.say(
        "owner_changed",
        story.owner_changed(owner, before, draft.rules),
        data={"owner": owner},
    )


def _refuse(draft: Draft, change: Change, owner: str | None) -> None:
    rules, deal = draft.rules, draft.deal
    section = rules.conveyor.section_by_name.get(deal.section or "")
    actor = draft.member(draft.record.modified_by) if draft.record else None
    if section is None or (actor is not None and rules.may_move_anywhere(actor)):
        draft.set_deal(owner=owner)
        return
    violation = not_an_owner(draft, section, owner)
    previous_fits = deal.owner is not None and fits(draft, deal.owner)
    if violation.mode is Mode.ENFORCE and previous_fits and may_still_move(draft):
        note = notes.owner_put_back(deal.owner, violation.reasons, rules)
        put_back(draft, violation, actor, back_to=None, note=note)
        return
    react = leave_alone if violation.mode is Mode.ENFORCE and previous_fits else tell
    react(draft, violation, actor)
    draft.set_deal(owner=owner)
