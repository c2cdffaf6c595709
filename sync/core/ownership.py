"""An owner changed by hand: fine for a holder of the section's role, put back otherwise."""

from __future__ import annotations

from mapping.model import ActorKind
from mapping.ruleset import Mode
from sync.core import handoff as handoffs
from sync.core import words
from sync.core.correct import Violation, leave_alone, may_still_move, put_back, tell
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.merge import Change
from sync.core.words import notes, reasons


def judge_owner(draft: Draft, change: Change) -> None:
    """Take over a new owner, or say who the deal belongs to."""
    if _is_filled_in(draft, change):
        return
    owner = draft.owner_of(change.after)
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


def working_roles(draft: Draft) -> tuple[str, ...]:
    """The roles whose work the deal is now."""
    found = draft.rules.conveyor.section_by_name.get(draft.working_section or "")
    return found.roles if found else ()


def fits(draft: Draft, owner: str) -> bool:
    """Whether this person holds a role whose work the deal is."""
    member = draft.rules.team.get(owner)  # who left the team holds no role
    return member is not None and bool(set(member.roles) & set(working_roles(draft)))


def take_over(draft: Draft, owner: str) -> None:
    """A holder of the role has the deal now; a hand-off that waits goes along."""
    correction = draft.deal.correction
    settled = correction is not None and correction.kind == "owner"
    draft.set_deal(owner=owner, correction=None if settled else correction)
    pending = draft.open_handoff
    if pending is not None and pending.to_member != owner:
        handoffs.move_along(draft, pending, owner)


def _tell(draft: Draft, owner: str, before: str | None) -> None:
    draft.say(
        "owner_changed",
        f"The owner is now {words.person(owner, draft.rules)}, before {words.person(before, draft.rules)}.",
        data={"owner": owner},
    )


def _refuse(draft: Draft, change: Change, owner: str | None) -> None:
    rules, deal = draft.rules, draft.deal
    section = rules.conveyor.section_by_name.get(deal.section or "")
    actor = draft.member(draft.record.modified_by) if draft.record else None
    if section is None or (actor is not None and rules.may_move_anywhere(actor)):
        draft.set_deal(owner=owner)
        return
    reason = reasons.not_an_owner(owner, working_roles(draft), rules)
    mode = rules.conveyor.mode_of(stage=deal.stage)
    violation = Violation("owner", deal.stage or "", section.title, section.place, mode, (reason,))
    previous_fits = deal.owner is not None and fits(draft, deal.owner)
    if mode is Mode.ENFORCE and previous_fits and may_still_move(draft):
        put_back(
            draft, violation, actor, back_to=None, note=notes.owner_put_back(deal.owner, (reason,), rules)
        )
        return
    react = leave_alone if mode is Mode.ENFORCE and previous_fits else tell
    react(draft, violation, actor)
    draft.set_deal(owner=owner)
