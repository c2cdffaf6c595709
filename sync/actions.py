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
    now = runtime.now()
    with runtime.store.begin() as tx:
        handoff = handoffs.load(tx, handoff_id)
        if handoff is None or handoff.status is not HandoffStatus.PENDING:
            raise NotPossible(f"There is no pending hand-off {handoff_id}. `conveyor handoffs` lists them.")
        event = NewEvent(EventKind.MANUAL, handoff.deal_id, data={"action": "accept", "handoff": handoff_id})
        inbox.add(tx, [event], now)
    runtime.wake.deals([handoff.deal_id])
    return handoff


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
