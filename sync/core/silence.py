"""Deals that stand still: a task for the owner, once for each silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from mapping.model import DealStatus
from mapping.working_time import add
from sync.core.draft import Draft, short_hash

_ASK_AGAIN_AFTER = timedelta(days=1)
"""No CRM tells that somebody completed the task of a follow-up, so it is asked for."""


def break_silence(draft: Draft) -> None:
    """Notice that somebody did something with the deal, and say when it will have stood still for too long."""
    if draft.case.deal.placed and _somebody_acted(draft):
        draft.set_deal(active_at=draft.now)
    over = _is_too_long_at(draft)
    if over is not None:
        draft.look_at(over if over > draft.now else draft.now + _ASK_AGAIN_AFTER)


def follow_up(draft: Draft) -> tuple[str, datetime] | None:
    """The key of the task that this silence calls for, and since when the deal stands still."""
    over = _is_too_long_at(draft)
    since = _since(draft)
    if over is None or since is None or over > draft.now:
        return None
    return f"follow_up:{short_hash(draft.deal.id, draft.deal.stage, since.isoformat())}", since


def _somebody_acted(draft: Draft) -> bool:
    merged = draft.merged
    return bool(merged.stage or merged.owner or merged.edited or merged.completed)


def _is_too_long_at(draft: Draft) -> datetime | None:
    """When the silence is over; what waits for its receiver, or stood there at first sight, is left alone."""
    conveyor, since = draft.rules.conveyor, _since(draft)
    stage = conveyor.stages.get(draft.deal.stage or "")
    if stage is None or stage.follow_up_after is None or since is None:
        return None
    if draft.deal.status is not DealStatus.OPEN or draft.open_handoff is not None:
        return None
    return add(since, stage.follow_up_after, conveyor.working_hours, conveyor.timezone)


def _since(draft: Draft) -> datetime | None:
    deal = draft.deal
    if deal.active_at is None:
        return None
    return max(deal.active_at, deal.stage_since or deal.active_at)
