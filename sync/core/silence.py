"""Deals that stand still: a task for the owner, once for each silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from mapping.model import DealStatus
from mapping.working_time import add
from sync.core.draft import Draft, short_hash, standing
from sync.core.modes import stage_observes
from sync.core.words import story

_ASK_AGAIN_AFTER = timedelta(days=1)
"""No CRM tells that somebody completed the task of a follow-up, so it is asked for."""


def break_silence(draft: Draft) -> None:
    """Notice that somebody did something with the deal, and say when it will have stood still for too long."""
    if draft.case.deal.placed and _somebody_acted(draft):
        _say_if_answered(draft)
        moved = draft.deal.visit != draft.case.deal.visit
        draft.set_deal(active_at=draft.now, touches=draft.deal.touches + (0 if moved else 1))
    over = _is_too_long_at(draft)
    _say_if_asked(draft)
    if over is not None:
        draft.look_at(over if over > draft.now else draft.now + _ASK_AGAIN_AFTER)


def follow_up(draft: Draft) -> tuple[str, datetime] | None:
    """The key of the task that this silence calls for, and since when the deal stands still.

    Whoever was asked stays asked until the silence is over, also when new rules have more patience.
    """
    over = _is_too_long_at(draft)
    since = _since(draft)
    if over is None or since is None:
        return None
    key = f"follow_up:{short_hash(draft.deal.id, draft.deal.stage, since.isoformat())}"
    return (key, since) if over <= draft.now or key in draft.case.known_keys else None


def _say_if_asked(draft: Draft) -> None:
    """A silence that calls for its task now; the task itself follows from the state."""
    silence, link = follow_up(draft), draft.links.get(draft.deal.home)
    if silence is None or silence[0] in draft.case.known_keys or stage_observes(draft):
        return
    if link is not None and link.remote_id is not None and not link.gone and draft.mapping is not None:
        draft.say(
            "follow_up",
            story.stands_still(silence[1]),
            data=standing(draft.deal),
        )


def _say_if_answered(draft: Draft) -> None:
    """Somebody did something with a deal whose owner was asked to; a move says so by itself."""
    silence = follow_up(draft)
    if silence is not None and silence[0] in draft.case.known_keys:
        draft.say("followed_up", story.WORKED_ON_AGAIN, data=standing(draft.deal))


def _somebody_acted(draft: Draft) -> bool:
    merged = draft.merged
    return bool(merged.stage or merged.owner or merged.edited or merged.completed)


def _is_too_long_at(draft: Draft) -> datetime | None:
    """When the silence is over; what waits for its receiver, or stood there at first sight, is left alone."""
    since = _since(draft)
    stage = draft.rules.conveyor.stages.get(draft.deal.stage or "")
    if stage is None or stage.follow_up_after is None or since is None:
        return None
    if draft.deal.status is not DealStatus.OPEN or draft.open_handoff is not None:
        return None
    return add(since, stage.follow_up_after, *draft.rules.working_time(draft.deal.owner))


def _since(draft: Draft) -> datetime | None:
    deal = draft.deal
    if deal.active_at is None:
        return None
    return max(deal.active_at, deal.stage_since or deal.active_at)
