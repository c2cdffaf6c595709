"""Working time: when a span of it is over, and whether people work now. Pure: the clock is an argument."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from mapping.ruleset import Duration, WorkingHours

_LONGEST_REST = 366
"""Days without work after which hours are taken to be impossible."""


def add(start: datetime, duration: Duration, hours: WorkingHours | None, timezone: str) -> datetime:
    """The instant at which the duration is over, in UTC; `start` is any aware instant.

    With working hours a day is one day's hours, and a week as many of them as it has working days; a span that ends
    with the working day ends there, not the next morning. Without, days and weeks are the calendar's. Raises
    ValueError if nobody ever works.
    """
    zone = ZoneInfo(timezone)
    if hours is None:
        return _add_calendar(start, duration, zone)
    left = _span(duration, hours)
    day, rest = start.astimezone(zone).date(), 0
    while rest < _LONGEST_REST:
        opens, closes = _open_hours(day, hours, zone)
        begin = max(opens, start)
        if is_working_day(day, hours) and begin < closes:
            if left <= closes - begin:
                return (begin + left).astimezone(UTC)
            left -= closes - begin
            rest = 0
        day += timedelta(days=1)
        rest += 1
    raise ValueError("there is no working time in a whole year")


def add_part(
    start: datetime, duration: Duration, percent: int, hours: WorkingHours | None, timezone: str
) -> datetime:
    """The instant at which so much of the duration is over, to the minute; else as `add`."""
    if hours is None:
        whole = _add_calendar(start, duration, ZoneInfo(timezone)) - start
        return (start + whole * percent / 100).astimezone(UTC)
    minutes = int(_span(duration, hours).total_seconds() // 60 * percent // 100)
    return add(start, Duration(minutes, "m"), hours, timezone)


def is_working(instant: datetime, hours: WorkingHours | None, timezone: str) -> bool:
    """Whether people work at this aware instant; always, where no hours are given."""
    if hours is None:
        return True
    zone = ZoneInfo(timezone)
    day = instant.astimezone(zone).date()
    opens, closes = _open_hours(day, hours, zone)
    return is_working_day(day, hours) and opens <= instant < closes


def is_working_day(day: date, hours: WorkingHours) -> bool:
    """Whether people work on this day at all."""
    return day.weekday() in hours.days and day not in holidays_of(hours.holidays, day.year)


def is_holiday_code(code: str) -> bool:
    """Whether the holidays of this country or region, such as `BG` or `DE-BY`, are known."""
    import holidays  # slow to import, and only those need it who name a country

    country, _, region = code.partition("-")
    known = holidays.list_supported_countries(include_aliases=True)
    return country in known and (not region or region in known[country])


@lru_cache(maxsize=1024)
def holidays_of(code: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country or region in one year; none without a code."""
    if code is None:
        return frozenset()
    import holidays  # slow to import, and only those need it who name a country

    country, _, region = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def _span(duration: Duration, hours: WorkingHours) -> timedelta:
    midnight = date.min
    day = datetime.combine(midnight, hours.end) - datetime.combine(midnight, hours.start)
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": day, "w": day * len(hours.days)}
    return units[duration.unit] * duration.amount


def _open_hours(day: date, hours: WorkingHours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return _instant(day, hours.start, zone), _instant(day, hours.end, zone)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A local time as an instant; one that the clock skips in spring is an hour later."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _add_calendar(start: datetime, duration: Duration, zone: ZoneInfo) -> datetime:
    if duration.unit in {"m", "h"}:
        minutes = duration.amount * (60 if duration.unit == "h" else 1)
        return start.astimezone(UTC) + timedelta(minutes=minutes)
    days = duration.amount * (7 if duration.unit == "w" else 1)
    local = start.astimezone(zone)
    return (local + timedelta(days=days)).replace(fold=0).astimezone(UTC)
