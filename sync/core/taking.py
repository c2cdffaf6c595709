"""What follows when a move stands: the new stage, and the hand-off of the boundary: opened, returned or closed."""

from __future__ import annotations

from mapping.model import DealStatus, HandoffStatus
from mapping.ruleset import HandoffRule, Mode
from sync.core import giving_back, opening
from sync.core import handoff as handoffs
from sync.core.correct import Violation, leave_alone, may_still_move, still_asked, tell
from sync.core.draft import Draft, short_hash, standing
from sync.core.move import Move, is_one_back, violated
from sync.core.ownership import not_an_owner
from sync.core.returning import reason_given
from sync.core.roles import fits
from sync.core.words import answers, reasons, story


def take(draft: Draft, move: Move, violation: Violation | None, by_hand: str | None) -> None:
    """The deal takes the step; a violation that is not put back is told, a boundary opens its hand-off."""
    from_stage, from_status = draft.deal.stage or "", draft.deal.status
    touches = draft.deal.touches + 1
    _accept_by_moving_on(draft, move)
    draft.set_deal(correction=None if move.crosses else still_asked(draft))
    if violation is not None:
        react = leave_alone if violation.mode is Mode.ENFORCE else tell
        react(draft, violation, move.member)
    draft.set_deal(
        stage=move.target.name,
        section=move.enters.name,
        status=DealStatus(move.target.status),
        stage_since=move.step.at or draft.now,
        visit=short_hash(draft.deal.id, move.target.name, draft.now.isoformat()),
        touches=0,
    )
    draft.say(
        "moved",
        story.moved(move.member, from_stage, move.target.title, draft.rules),
        actor=move.member,
        place=move.rule.place if move.crosses and move.rule else move.target.place,
        data={
            "from": from_stage,
            "to": move.target.name,
            "from_status": str(from_status),
            "touches": touches,
            **standing(draft.deal),
        },
    )
    _hand_over(draft, move, violation, from_stage, by_hand)


def _accept_by_moving_on(draft: Draft, move: Move) -> None:
    """Whoever moves on a deal that was handed to them has accepted it."""
    pending = draft.open_handoff
    if pending is None or pending.status is not HandoffStatus.PENDING or move.returns:
        return
    if pending.to_member == move.member:
        handoffs.accept(draft, pending, answers.MOVED_ON)


def _hand_over(
    draft: Draft, move: Move, violation: Violation | None, from_stage: str, by_hand: str | None
) -> None:
    """Open, return or leave alone the hand-off of the boundary that was crossed."""
    if move.returns:
        _return(draft, move)
        return
    wins = move.target.status == "won" and move.rule is not None
    if move.target.status == "lost":
        handoffs.close_for_finished(draft)
        return
    if not (move.crosses or wins):
        return
    rule = move.rule or _last_boundary(draft, move)
    if rule is None and is_one_back(draft, move.leaves, move.enters):
        _return(draft, move)  # to the first section, by somebody who may move anywhere
    if rule is None or handoffs.observes(draft, rule):
        return
    defects = violation.reasons if violation else ()
    begins = _next_place(draft, rule) if wins and rule.on == "won" else None
    if begins is not None:
        handoffs.close_for_finished(draft)
        opening.open_for_handoff(draft, rule, begins, defects)
    elif may_still_move(draft):
        handoffs.offer(draft, rule, from_stage=from_stage, defects=defects, by_hand=by_hand)
    else:
        _ask_for_a_person(draft, move, reasons.nobody_received(move.target.title), defects)


def _next_place(draft: Draft, rule: HandoffRule) -> opening.Place | None:
    """Where the customer's next deal begins; None where no CRM has a stage for it: the won deal itself goes on."""
    section = draft.rules.conveyor.section_by_name[rule.to_section]
    return opening.next_place(draft.rules, section, draft.deal.home)


def _last_boundary(draft: Draft, move: Move) -> HandoffRule | None:
    """For somebody who may move anywhere: the rule of the last boundary before the section entered."""
    order = [section.name for section in draft.rules.conveyor.sections]
    index = order.index(move.enters.name)
    return draft.rules.conveyor.handoff(order[index - 1], move.enters.name) if index else None


def _ask_for_a_person(draft: Draft, move: Move, what: str, defects: tuple[str, ...]) -> None:
    """The loop breaker keeps the conveyor from giving the deal to anybody: somebody has to look."""
    correction = draft.deal.correction
    if correction is None or correction.kind != "loop":
        place = move.rule.place if move.rule else move.target.place
        leave_alone(draft, violated(draft, move, "no_receiver", place, (what, *defects)), move.member)


def _return(draft: Draft, move: Move) -> None:
    """Backwards by the receiving section's role: the previous owner gets the deal back.

    Also over a hand-off that was closed before, because the deal was lost; that one stays as it is.
    """
    received = [h for h in draft.passed if h.to_section == move.leaves.name]
    if not received:
        _give_back_without_handoff(draft, move)
        return
    reason = reason_given(draft)
    said = reason or answers.NO_REASON
    asks = reason is None and move.returns
    if not giving_back.give_back(draft, received[-1], move.member, said, asks_reason=asks):
        _ask_for_a_person(draft, move, reasons.stays_with_receiver(move.target.title), ())


def _give_back_without_handoff(draft: Draft, move: Move) -> None:
    """Who gave it before has it again; else whom the CRM there shows, if they work there; else people are asked."""
    over = [h for h in draft.handoffs.values() if h.to_section == move.leaves.name]
    latest = max(over, key=lambda h: h.offered_at, default=None)
    if latest is not None:
        if not giving_back.give_to_previous(draft, latest):
            _ask_for_a_person(draft, move, reasons.stays_with_receiver(move.target.title), ())
        return
    shown = giving_back.shown_in(draft, move.enters.name)
    if shown is not None and fits(draft, shown):
        draft.set_deal(owner=shown)
    elif not _is_given_along(draft):
        tell(draft, not_an_owner(draft, move.enters, draft.deal.owner), move.member)


def _is_given_along(draft: Draft) -> bool:
    """Whether somebody who works where the deal stands now has it, or was made its owner along with the move."""
    change = draft.merged.owner
    owner = draft.owner_of(change.after) if change else draft.deal.owner
    return owner is not None and fits(draft, owner)
