"""What people ask for on the command line and the console: only adds an event or changes a state; the drain acts."""

from __future__ import annotations

from collections.abc import Collection

from mapping.model import EventKind, Handoff, HandoffStatus
from store import handoffs, inbox, outbox
from store.inbox import NewEvent
from sync.runtime import Runtime


class NotPossible(Exception):
    """What was asked for cannot be done now."""


def accept(runtime: Runtime, handoff_id: str) -> Handoff:
    """Accept a pending hand-off for its receiver. `NotPossible` if it is not pending."""
    return _ask(runtime, handoff_id, {"action": "accept"})


def give_back(runtime: Runtime, handoff_id: str, reason: str) -> Handoff:
    """Return a pending hand-off to the previous owner and stage. `NotPossible` if it is not pending, or if its rule
    lists reasons and this is none of them."""
    return _ask(runtime, handoff_id, {"action": "return", "reason": reason.strip()})


def _ask(runtime: Runtime, handoff_id: str, data: dict[str, str]) -> Handoff:
    with runtime.store.begin() as tx:
        handoff = handoffs.load(tx, handoff_id)
        if handoff is None or handoff.status is not HandoffStatus.PENDING:
            raise NotPossible(f"There is no pending hand-off {handoff_id}. `conveyor handoffs` lists them.")
        if "reason" in data:
            _check_reason(runtime, handoff, data["reason"])
        event = NewEvent(EventKind.MANUAL, handoff.deal_id, data={**data, "handoff": handoff_id})
        inbox.add(tx, [event], runtime.now())
    runtime.wake.deals([handoff.deal_id])
    return handoff


def _check_reason(runtime: Runtime, handoff: Handoff, reason: str) -> None:
    if not reason:
        raise NotPossible("A return needs a reason.")
    rules = runtime.rules.get().conveyor.handoffs
    allowed = next((rule.return_reasons for rule in rules if rule.name == handoff.rule), ())
    if allowed and reason not in allowed:
        raise NotPossible(f"{handoff.rule}: {reason!r} is none of its reasons: {', '.join(allowed)}.")


def rehome(runtime: Runtime, deal_ids: Collection[str], *, leaver: str, to: str) -> None:
    """Hand these deals of somebody who leaves on to another member; those that they have no more stay as they are."""
    data = {"action": "rehome", "from": leaver, "to": to}
    events = [NewEvent(EventKind.MANUAL, deal_id, data=data) for deal_id in deal_ids]
    with runtime.store.begin() as tx:
        inbox.add(tx, events, runtime.now())
    runtime.wake.deals(deal_ids)


def retry_dead(runtime: Runtime, *, events: Collection[int], writes: Collection[int]) -> int:
    """Try again what was given up; returns how many."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        return inbox.retry(tx, events, now) + outbox.retry(tx, writes, now)


def drop_dead(runtime: Runtime, *, events: Collection[int], writes: Collection[int]) -> int:
    """Close what was given up for good; returns how many."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        return inbox.drop(tx, events, now) + outbox.drop(tx, writes, now)
