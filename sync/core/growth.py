"""Growth: what makes a customer come again, opened in time before or after something in the deal.

Its durations are days of the calendar: a contract ends on a date, whatever the working hours.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mapping.model import Deal, DealStatus
from mapping.ruleset import Growth
from mapping.working_time import add
from sync.core import words
from sync.core.draft import Draft
from sync.core.modes import stage_observes
from sync.core.opening import open_for_growth, place_of_stage
from sync.core.words import reasons

_AT = time(9)
"""When on a day that only a date names."""


def grow(draft: Draft) -> None:
    """Open what is due, and say when the next will be."""
    if not _has_a_customer(draft.deal) or stage_observes(draft):
        return
    for growth in draft.rules.conveyor.growth:
        moment = _moment(draft, growth)
        if moment is None:
            continue
        if moment > draft.now:
            draft.look_at(moment)
        else:
            _open(draft, growth)
        if draft.needs:
            return


def _has_a_customer(deal: Deal) -> bool:
    """A deal that was won, or that follows from one, while the conveyor watched: nothing is opened for the past."""
    follows = deal.journey != deal.id and deal.status is DealStatus.OPEN
    return deal.visit is not None and (deal.status is DealStatus.WON or follows)


def _open(draft: Draft, growth: Growth) -> None:
    stage = draft.rules.conveyor.stages[growth.open]
    place = place_of_stage(draft.rules, stage, draft.deal.home)
    if place is not None:
        open_for_growth(draft, _key(draft, growth), place, _because(draft, growth))


def _key(draft: Draft, growth: Growth) -> str:
    """Once for each value of the anchor: a contract that was prolonged comes up for renewal again."""
    return f"growth:{growth.open}:{growth.anchor}:{_anchor(draft, growth)}"


def _anchor(draft: Draft, growth: Growth) -> str | None:
    deal = draft.deal
    if growth.anchor == "won":
        since = deal.stage_since
        return since.isoformat() if since is not None and deal.status is DealStatus.WON else None
    if deal.status is DealStatus.WON and any(key.startswith("won:") for key in deal.opened):
        carried = {name for rule in draft.rules.conveyor.handoffs if rule.on for name in rule.carry}
        if growth.anchor in carried:
            return None  # the next deal holds it now, where the farmer keeps it up to date
    value = deal.fields.get(growth.anchor)
    return value if isinstance(value, str) and value else None


def _moment(draft: Draft, growth: Growth) -> datetime | None:
    anchor, zone = _anchor(draft, growth), ZoneInfo(draft.rules.conveyor.timezone)
    at = _instant(anchor, zone) if anchor else None
    if at is None:
        return None
    if growth.relation == "after":
        return add(at, growth.by, None, str(zone))
    days = growth.by.amount * {"w": 7, "d": 1}.get(growth.by.unit, 0)
    minutes = growth.by.amount * {"h": 60, "m": 1}.get(growth.by.unit, 0)
    return at - timedelta(days=days, minutes=minutes)


def _instant(value: str, zone: ZoneInfo) -> datetime | None:
    try:
        if len(value) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(value), _AT, zone)
        found = datetime.fromisoformat(value)
    except ValueError:
        return None  # the CRM holds no date there
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _because(draft: Draft, growth: Growth) -> str:
    title = words.title_of(draft.deal)
    if growth.anchor == "won":
        return reasons.so_long_after_winning(growth.by, title)
    day = _instant(_anchor(draft, growth) or "", ZoneInfo(draft.rules.conveyor.timezone))
    return reasons.day_comes(growth.anchor, title, (day or draft.now).date())
