"""Who can take a deal now: has an account where it goes, is not away, has room for one more; who is at work."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from mapping.ruleset import Away, Member
from mapping.working_time import is_working
from sync.core.case import Turn
from sync.core.draft import Draft
from sync.core.words import choosing


def has_account(draft: Draft, connection: str, member: Member) -> bool:
    """Whether they can own a deal there at all."""
    directory = draft.case.directories.get(connection)
    return directory is not None and directory.account(member.email) is not None


def absence(draft: Draft, member: Member) -> Away | None:
    """The absence that they are on today, by the calendar of where they work."""
    today = _today(draft, member)
    return next((away for away in member.away if away.start <= today <= away.until), None)


def hindrance(draft: Draft, connection: str, member: Member, turn: Turn) -> str | None:
    """Why they cannot take a deal now, in words; None if they can. Open deals count over all connections."""
    if not has_account(draft, connection, member):
        return choosing.no_account(connection)
    away = absence(draft, member)
    if away is not None:
        return choosing.is_away(away, draft.rules)
    if member.capacity is not None and turn.open_deals >= member.capacity:
        return choosing.no_room(turn.open_deals, member.capacity)
    return None


def is_at_work(draft: Draft, member: Member) -> bool:
    """Whether this is their working time."""
    return is_working(draft.now, *draft.rules.working_time(member.email))


def _today(draft: Draft, member: Member) -> date:
    _, timezone = draft.rules.working_time(member.email)
    return draft.now.astimezone(ZoneInfo(timezone)).date()
