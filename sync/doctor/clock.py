"""Whether our clock and the CRM's agree, and in which time zone the account lives beside the line's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Capabilities
from connectors.overheard import Heard
from sync.doctor.check import Check, State

CLOCK, TIME_ZONE = "clock", "time zone"
WORTH_A_WARNING = timedelta(minutes=1)


def checks(heard: Iterable[Heard], capabilities: Capabilities) -> Iterator[Check]:
    """The difference by the latest answer that told the time; nothing if none did."""
    told = [ahead for each in heard if (ahead := each.ahead) is not None]
    if told:
        yield _clock(told[-1], capabilities)


def _clock(ahead: timedelta, capabilities: Capabilities) -> Check:
    apart = abs(ahead)
    if apart <= WORTH_A_WARNING:
        within = f", but for {in_words(apart)}" if round(apart.total_seconds()) else ""
        return Check(CLOCK, State.FINE, f"Ours agrees with the CRM's{within}.")
    side = "ahead of" if ahead > timedelta(0) else "behind"
    said = f"Ours is {in_words(apart)} {side} the CRM's: set this machine's clock (NTP)."
    tolerance = capabilities.webhook_tolerance
    if not capabilities.signs_webhooks:
        return Check(CLOCK, State.WARNING, said)
    if apart > tolerance:
        refused = f"Webhooks are refused: their signatures hold for {in_words(tolerance)}."
        return Check(CLOCK, State.PROBLEM, f"{said}\n{refused}")
    return Check(CLOCK, State.WARNING, f"{said} Beyond {in_words(tolerance)}, webhooks are refused.")


def in_words(apart: timedelta) -> str:
    """A time span as people say it, in its two largest units."""
    minutes, seconds = divmod(round(apart.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "days"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    named = [f"{number} {unit}" for number, unit in units if number]
    return " ".join(named[:2]) or "0 s"


def time_zone(account: str | None, line: str, now: datetime) -> Check:
    """The account's zone beside the line's; they may differ, but somebody should know."""
    if account is None:
        return Check(TIME_ZONE, State.FINE, f"The line's is {line}; the CRM does not tell the account's.")
    both = f"The account's is {account}, the line's {line}"
    offsets = [_offset(name, now) for name in (account, line)]
    if account == line or None in offsets:
        return Check(TIME_ZONE, State.FINE, f"{both}.")
    if offsets[0] == offsets[1]:
        return Check(TIME_ZONE, State.FINE, f"{both}: the same time now.")
    said = f"{both}: the CRM shows deadlines by another clock than `working_hours` counts by."
    return Check(TIME_ZONE, State.WARNING, said)


def _offset(zone: str, now: datetime) -> timedelta | None:
    """How far from UTC; None for a name that is no IANA zone."""
    try:
        return now.astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return None
