"""Hand-offs in time: reminders on the way, and one step of the ladder `if_late` for each missed deadline.

The moments are computed from the rules each time, so they move when the rules or the working hours do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mapping.model import Aspect, Handoff, HandoffStatus, Values
from mapping.phrases import Phrase
from mapping.ruleset import HandoffRule
from mapping.working_time import add_part
from sync.core import words
from sync.core.accept import receiver_key
from sync.core.case import WriteState
from sync.core.correct import Violation, leave_alone, may_still_move
from sync.core.draft import Draft
from sync.core.giving_back import send_back
from sync.core.handoff import deadline, observes, pass_on, rule_of
from sync.core.words import answers, reasons

_ASK_AGAIN_AFTER = timedelta(minutes=5)


def keep_deadlines(draft: Draft) -> None:
    """Follow a pending hand-off in time: its deadline by today's rules, and what a missed one leads to."""
    handoff = draft.open_handoff
    rule = rule_of(draft, handoff) if handoff else None
    if (
        handoff is None
        or rule is None
        or handoff.status is not HandoffStatus.PENDING
        or observes(draft, rule)
    ):
        return
    handoff = _by_todays_rules(draft, handoff, rule)
    if handoff.due_at is None:
        return
    if draft.now < handoff.due_at:
        ahead = [moment for _, moment in _moments(draft, handoff, rule) if moment > draft.now]
        draft.look_at(min([handoff.due_at, *ahead]))
    elif handoff.late_steps < len(rule.if_late):
        _be_late(draft, handoff, rule)


def reminder(draft: Draft, handoff: Handoff) -> int | None:
    """The latest reminder that is due by now: percent of the time that is over."""
    rule = rule_of(draft, handoff)
    passed = [] if rule is None else [m for m in _moments(draft, handoff, rule) if m[1] <= draft.now]
    return passed[-1][0] if passed else None


def escalations(draft: Draft, handoff: Handoff) -> list[int]:
    """Which missed deadlines of a hand-off were told to `head`, counted from 1."""
    rule = rule_of(draft, handoff)
    taken = rule.if_late[: handoff.late_steps] if rule else ()
    return [number for number, step in enumerate(taken, start=1) if step == "escalate"]


def _moments(draft: Draft, handoff: Handoff, rule: HandoffRule) -> list[tuple[int, datetime]]:
    within, since = rule.accept_within, handoff.since or handoff.offered_at
    if within is None:
        return []
    hours, zone = draft.rules.working_time(handoff.to_member)
    return [(percent, add_part(since, within, percent, hours, zone)) for percent in sorted(rule.remind_at)]


def _by_todays_rules(draft: Draft, handoff: Handoff, rule: HandoffRule) -> Handoff:
    due = deadline(draft, rule, handoff.to_member, handoff.since or handoff.offered_at)
    if due == handoff.due_at:
        return handoff
    moved = replace(handoff, due_at=due)
    draft.save(moved)
    return moved


def _be_late(draft: Draft, handoff: Handoff, rule: HandoffRule) -> None:
    """Take the next step, once it was looked whether the receiver has accepted after all."""
    if _is_being_told(draft, handoff):
        draft.look_at(draft.now + _ASK_AGAIN_AFTER)
        return
    if not _is_seen(draft):
        return
    _STEPS[rule.if_late[handoff.late_steps]](draft, replace(handoff, late_steps=handoff.late_steps + 1), rule)


def _is_being_told(draft: Draft, handoff: Handoff) -> bool:
    """Whether making the receiver's task was tried, without an answer yet: they may have it, and have done it."""
    key = receiver_key(draft, handoff)
    tried = (write for write in draft.case.writes if write.write.key == key and write.attempts)
    return any(write.state in (WriteState.PENDING, WriteState.SENDING) for write in tried)


def _is_seen(draft: Draft) -> bool:
    link = draft.links.get(draft.deal.home)
    if link is None or link.remote_id is None or link.gone:
        return False
    if not draft.knows(Aspect.TASKS):
        draft.need(Aspect.TASKS)
    return not draft.needs


def _reassign(draft: Draft, handoff: Handoff, rule: HandoffRule) -> None:
    passed = may_still_move(draft) and pass_on(draft, handoff, rule)
    if draft.needs:
        return
    if not passed:
        _start_again(draft, handoff, rule, answers.late_for_nobody_else(handoff, draft.rules))
        return
    after = draft.handoffs[handoff.id]
    _say(draft, after, rule, answers.late_for_another(handoff.to_member, after, draft.rules))
    _follow(draft, after)


def _escalate(draft: Draft, handoff: Handoff, rule: HandoffRule) -> None:
    _start_again(draft, handoff, rule, answers.late_for_head(handoff, draft.rules))


def _return(draft: Draft, handoff: Handoff, rule: HandoffRule) -> None:
    name = words.person(handoff.to_member, draft.rules)
    if not send_back(draft, handoff, None, reasons.did_not_accept(name)):
        reason = reasons.late_and_stuck(name)
        mode = draft.rules.conveyor.mode_of(rule=rule, stage=draft.deal.stage)
        leave_alone(draft, Violation("no_receiver", rule.name, rule.name, rule.place, mode, (reason,)), None)


_STEPS: Mapping[str, Callable[[Draft, Handoff, HandoffRule], None]] = {
    "reassign": _reassign,
    "escalate": _escalate,
    "return": _return,
}


def _start_again(draft: Draft, handoff: Handoff, rule: HandoffRule, what: Phrase) -> None:
    """The receiver stays, and the deadline begins anew."""
    due = deadline(draft, rule, handoff.to_member, draft.now)
    again = replace(handoff, since=draft.now, due_at=due)
    draft.save(again)
    _say(draft, again, rule, what)
    _follow(draft, again)


def _follow(draft: Draft, handoff: Handoff) -> None:
    if handoff.due_at is not None:
        draft.look_at(handoff.due_at)


def _say(draft: Draft, handoff: Handoff, rule: HandoffRule, what: Phrase) -> None:
    draft.say("handoff_late", what, place=rule.place, data=_data(handoff))


def _data(handoff: Handoff) -> Values:
    return {"handoff": handoff.id, "owner": handoff.to_member}
