"""The life of a hand-off: offered to somebody, moved along, accepted, returned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mapping.model import Handoff, HandoffStatus
from mapping.ruleset import HandoffRule, Mode
from mapping.working_time import add
from sync.core.assign import choose, somebody_can
from sync.core.correct import count_move, may_still_move
from sync.core.draft import Draft, short_hash
from sync.core.words import answers, choosing, notes

_ASK_AGAIN_AFTER = timedelta(minutes=5)


def offer(
    draft: Draft, rule: HandoffRule, *, from_stage: str, defects: tuple[str, ...], by_hand: str | None
) -> None:
    """Open the hand-off of a boundary: choose the receiver, make them the owner, or wait in the queue."""
    _withdraw_open(draft, answers.OVERTAKEN)
    opened = Handoff(
        id=short_hash(draft.deal.id, rule.name, len(draft.handoffs), draft.now.isoformat()),
        deal_id=draft.deal.id,
        rule=rule.name,
        file=rule.place.file,
        line=rule.place.line,
        from_section=rule.from_section,
        to_section=rule.to_section,
        from_stage=from_stage,
        from_member=draft.deal.owner,
        to_member=None,
        status=HandoffStatus.WAITING,
        offered_at=_after_the_others(draft),
        defects=defects,
    )
    _give(draft, opened, rule, by_hand)


def _after_the_others(draft: Draft) -> datetime:
    """Now; a moment later where a hand-off of the same look was first, so that their order is told by the clock."""
    offered = [handoff.offered_at + timedelta(microseconds=1) for handoff in draft.handoffs.values()]
    return max([draft.now, *offered])


def _give(draft: Draft, handoff: Handoff, rule: HandoffRule, by_hand: str | None) -> None:
    choice = choose(draft, rule.assign, _receiving_connection(draft, rule), by_hand)
    if draft.needs:
        return
    chosen = choice.member
    given = replace(
        handoff,
        to_member=chosen,
        status=HandoffStatus.PENDING if chosen else HandoffStatus.WAITING,
        since=draft.now,
        due_at=deadline(draft, rule, chosen, draft.now) if chosen else None,
        reason=choice.reason,
        candidates=choice.candidates,
    )
    draft.save(given)
    if chosen is None:
        make_owner(draft, draft.deal.owner)
        draft.look_at(draft.now + _ASK_AGAIN_AFTER)
        draft.say(
            "handoff_waiting", notes.waits(given, draft.rules), place=rule.place, data={"handoff": given.id}
        )
        return
    make_owner(draft, chosen)
    draft.say(
        "handoff_offered",
        notes.handed_over(given, draft.rules),
        place=rule.place,
        data={
            "handoff": given.id,
            "owner": chosen,
            "considered": choosing.considered(choice.candidates),
        },
    )


def _receiving_connection(draft: Draft, rule: HandoffRule) -> str:
    """Where the receiver works: the section's own connection, else where the deal is."""
    return draft.rules.conveyor.section_by_name[rule.to_section].crm or draft.deal.home


def deadline(draft: Draft, rule: HandoffRule, receiver: str | None, since: datetime) -> datetime | None:
    """Until when a receiver has to accept what they were given then, in their own working time."""
    if rule.accept_within is None:
        return None
    return add(since, rule.accept_within, *draft.rules.working_time(receiver))


def retry_waiting(draft: Draft) -> None:
    """Offer a hand-off that waits in the queue to whoever is free now."""
    handoff = draft.open_handoff
    if handoff is None or handoff.status is not HandoffStatus.WAITING:
        return
    rule = rule_of(draft, handoff)
    if rule is None or observes(draft, rule):
        return
    if draft.case.pools is None:
        draft.need(pools=True)
        return
    if may_still_move(draft) and somebody_can(draft, rule.assign, _receiving_connection(draft, rule)):
        _give(draft, handoff, rule, None)
    else:
        draft.look_at(draft.now + _ASK_AGAIN_AFTER)


def observes(draft: Draft, rule: HandoffRule) -> bool:
    """Whether a hand-off by this rule would only be recorded, where the deal stands now."""
    return draft.rules.conveyor.mode_of(rule=rule, stage=draft.deal.stage) is Mode.OBSERVE


def rule_of(draft: Draft, handoff: Handoff) -> HandoffRule | None:
    """The rule that a hand-off was opened under, if the active rules still have it."""
    return next((r for r in draft.rules.conveyor.handoffs if r.name == handoff.rule), None)


def accept(draft: Draft, handoff: Handoff, why: str) -> None:
    """The receiver took it."""
    close(draft, handoff, HandoffStatus.ACCEPTED, why)
    draft.say(
        "handoff_accepted",
        answers.accepted(handoff.to_member, why, draft.rules),
        actor=handoff.to_member,
        data={"handoff": handoff.id},
    )


def pass_on(draft: Draft, handoff: Handoff, rule: HandoffRule) -> bool:
    """Give a hand-off to somebody else than its receiver; False if nobody else can take it."""
    besides = frozenset({handoff.to_member or ""})
    choice = choose(draft, rule.assign, _receiving_connection(draft, rule), None, besides=besides)
    if draft.needs or choice.member is None:
        return False
    given = replace(
        handoff,
        to_member=choice.member,
        reason=choice.reason,
        candidates=choice.candidates,
        since=draft.now,
        due_at=deadline(draft, rule, choice.member, draft.now),
    )
    draft.save(given)
    make_owner(draft, choice.member)
    return True


def make_owner(draft: Draft, member: str | None) -> None:
    """It counts as a move of ours wherever the CRM shows somebody else."""
    if member != draft.shown_owner:
        count_move(draft)
    draft.set_deal(owner=member)


def move_along(draft: Draft, handoff: Handoff, member: str) -> None:
    """Somebody made another holder of the role the owner: the pending hand-off goes with the deal."""
    draft.save(
        replace(
            handoff,
            to_member=member,
            status=HandoffStatus.PENDING,
            reason=choosing.BY_HAND,
            since=handoff.since or draft.now,
            due_at=handoff.due_at or _deadline_of(draft, handoff, member),
        )
    )


def _deadline_of(draft: Draft, handoff: Handoff, member: str) -> datetime | None:
    rule = rule_of(draft, handoff)
    return deadline(draft, rule, member, draft.now) if rule else None


def close_for_deleted(draft: Draft) -> None:
    """A deal that is gone waits for nobody."""
    _withdraw_open(draft, answers.DELETED)


def close_for_finished(draft: Draft) -> None:
    """Nor does one that was won or lost before its receiver accepted it."""
    _withdraw_open(draft, answers.FINISHED[draft.deal.status])


def _withdraw_open(draft: Draft, reason: str) -> None:
    handoff = draft.open_handoff
    if handoff is not None:
        close(draft, handoff, HandoffStatus.RETURNED, reason)


def close(draft: Draft, handoff: Handoff, status: HandoffStatus, reason: str) -> None:
    """Nobody waits for it any more."""
    draft.save(replace(handoff, status=status, closed_at=draft.now, reason=reason))
