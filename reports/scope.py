"""What a report is about: a stretch of time, and whose work. Pure: the clock is an argument.

Periods are half-open, begin at midnight in the line's time zone, and weeks on a Monday.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mapping.phrases import phrase

PeriodName = Literal["day", "week", "month", "quarter", "year"]

PERIODS: tuple[PeriodName, ...] = ("day", "week", "month", "quarter", "year")

_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of time and whose work in it; None means all. Times are aware, `until` does not belong to it."""

    since: datetime
    until: datetime
    sections: frozenset[str] | None = None
    members: frozenset[str] | None = None  # e-mails
    connection: str | None = None
    source: str | None = None
    before: tuple[datetime, datetime] | None = None  # what to compare with; as long a time before if left out
    name: str = ""  # of the period, as people call it

    @property
    def compared_with(self) -> tuple[datetime, datetime]:
        """The stretch of time before, half-open."""
        return self.before or (self.since - (self.until - self.since), self.since)


def scope_of(
    period: PeriodName,
    now: datetime,
    timezone: str,
    *,
    ago: int = 0,
    sections: frozenset[str] | None = None,
    members: frozenset[str] | None = None,
    connection: str | None = None,
    source: str | None = None,
) -> Scope:
    """A period of the calendar: the one that runs, up to now, or one that is over (`ago=1`: the last one).

    One that still runs is compared with as much of the one before.
    """
    zone = ZoneInfo(timezone)
    day = _first_day(period, now.astimezone(zone).date(), ago)
    start, end, before = (_midnight(_later(period, day, n), zone) for n in (0, 1, -1))
    until = min(end, max(now, start))
    ended = until == end
    scope = Scope(start, until, sections, members, connection, source)
    compared = (before, start if ended else min(start, before + (until - start)))
    name = _named(period, day)
    return replace(scope, before=compared, name=name if ended else phrase("{period}, so far", period=name))


def name_of(period: PeriodName, at: datetime, timezone: str) -> str:
    """What people call the period of the calendar that a moment lies in."""
    return _named(period, _first_day(period, at.astimezone(ZoneInfo(timezone)).date(), 0))


def scope_between(since: date, until: date, timezone: str) -> Scope:
    """The days from `since` until before `until`. Raises ValueError if that is no day at all."""
    if until <= since:
        raise ValueError(f"{since} until before {until} is no day at all: give a later end.")
    zone = ZoneInfo(timezone)
    name = phrase("{since} to {until}", since=f"{since}", until=f"{until - timedelta(days=1)}")
    return Scope(_midnight(since, zone), _midnight(until, zone), name=name)


def periods_before(
    period: PeriodName, scope: Scope, timezone: str, many: int
) -> list[tuple[datetime, datetime]]:
    """The periods up to that of the scope, oldest first; the last one ends as the scope does."""
    zone = ZoneInfo(timezone)
    last = _first_day(period, (scope.until - timedelta(microseconds=1)).astimezone(zone).date(), 0)
    starts = [_midnight(_later(period, last, n), zone) for n in range(1 - many, 1)]
    return list(zip(starts, [*starts[1:], scope.until], strict=True))


def _first_day(period: PeriodName, today: date, ago: int) -> date:
    if period == "day":
        return today - timedelta(days=ago)
    if period == "week":
        return today - timedelta(days=today.weekday() + 7 * ago)
    months = _MONTHS[period]
    count = today.year * 12 + today.month - 1
    return _month(count - count % months - months * ago)


def _later(period: PeriodName, day: date, many: int) -> date:
    """The first day of the period so many later."""
    if period in _MONTHS:
        return _month(day.year * 12 + day.month - 1 + _MONTHS[period] * many)
    return day + timedelta(days=many * (7 if period == "week" else 1))


def _month(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _named(period: PeriodName, first: date) -> str:
    return _NAMES[period](first)


def _week_named(monday: date) -> str:
    week = monday.isocalendar()
    return phrase(
        "week {week} of {year}, from {day}", week=week.week, year=f"{week.year}", day=monday.isoformat()
    )


_NAMES: Mapping[PeriodName, Callable[[date], str]] = {
    "day": lambda day: phrase("{day}", day=day.isoformat()),
    "week": _week_named,
    "month": lambda day: phrase("{day:month}", day=day.isoformat()),
    "quarter": lambda day: phrase(
        "quarter {number} of {year}", number=day.month // 3 + 1, year=f"{day.year}"
    ),
    "year": lambda day: f"{day.year}",
}
"""What people call the period that begins on a day."""
