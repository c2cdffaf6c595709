"""Why a deal came back: the reason that its mapping's field `return_reason` holds, or that a command gives."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import Handoff, HandoffStatus
from mapping.ruleset import HandoffRule
from sync.core import words
from sync.core.correct import Violation, leave_alone
from sync.core.draft import Draft
from sync.core.giving_back import send_back
from sync.core.handoff import rule_of
from sync.core.words import answers, reasons

REASON_FIELD = "return_reason"


def reason_given(draft: Draft) -> str | None:
    """The reason that whoever returned the deal wrote along with it."""
    return _reason(draft) if REASON_FIELD in draft.merged.edited else None


def take_reason(draft: Draft) -> None:
    """Keep the reason that was filled in after a deal was returned without one."""
    handoff = latest(draft)
    if handoff is None or not handoff.asks_reason or REASON_FIELD not in draft.merged.edited:
        return
    reason = _reason(draft)
    if reason is None:
        return
    draft.save(replace(handoff, reason=reason, asks_reason=False))
    if handoff.id in {known.id for known in draft.case.handoffs}:
        draft.say("return_reason", answers.why_returned(reason), data={"handoff": handoff.id})


def latest(draft: Draft) -> Handoff | None:
    """The hand-off that was offered last."""
    return max(draft.handoffs.values(), key=lambda handoff: handoff.offered_at, default=None)


def return_by_command(draft: Draft, handoff: Handoff, reason: str) -> None:
    """A pending hand-off goes back to where it came from, because somebody said so with a reason."""
    if handoff.status is not HandoffStatus.PENDING:
        return
    rule = rule_of(draft, handoff)
    if not send_back(draft, handoff, handoff.to_member, reason) and rule is not None:
        leave_alone(draft, _held(draft, rule, reason), handoff.to_member)


def _held(draft: Draft, rule: HandoffRule, reason: str) -> Violation:
    mode = draft.rules.conveyor.mode_of(rule=rule, stage=draft.deal.stage)
    why = reasons.returned_and_stuck(reason)
    return Violation("no_receiver", rule.name, rule.name, rule.place, mode, (why,))


def _reason(draft: Draft) -> str | None:
    value = draft.deal.fields.get(REASON_FIELD)
    text = words.plain(value)
    return text or None
