"""How much working time lies between two moments, quickly, for many of them. Times are microseconds since 1970."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mapping.ruleset import Conveyor, Duration
from mapping.working_time import is_working_day

DAY_S = 86400
_SECOND = 1_000_000


class Clock:
    """Counts seconds of working time, or of the clock where the line gives no working hours."""

    def __init__(self, conveyor: Conveyor, since: datetime, until: datetime) -> None:
        """Be ready for all moments from `since` to `until`; outside of them nobody works."""
        self._hours = hours = conveyor.working_hours
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._before: list[int] = []  # working time before each of them opens
        self.day_s = DAY_S
        self.week_s = 7 * DAY_S
        if hours is None:
            return
        self.day_s = _of_day(hours.end) - _of_day(hours.start)
        self.week_s = self.day_s * len(hours.days)
        zone = ZoneInfo(conveyor.timezone)
        day, last, total = since.astimezone(zone).date(), until.astimezone(zone).date(), 0
        while day <= last:
            if is_working_day(day, hours):
                opens, closes = (_stored(datetime.combine(day, at, zone)) for at in (hours.start, hours.end))
                self._opens.append(opens)
                self._closes.append(closes)
                self._before.append(total)
                total += closes - opens
            day += timedelta(days=1)

    def seconds(self, start: int, end: int) -> float:
        """The working time from one moment to a later one, in seconds."""
        if self._hours is None:
            return (end - start) / _SECOND
        return (self._passed(end) - self._passed(start)) / _SECOND

    def length(self, duration: Duration) -> int:
        """How long a duration of the rules is, in seconds."""
        units = {"m": 60, "h": 3600, "d": self.day_s, "w": self.week_s}
        return duration.amount * units[duration.unit]

    def _passed(self, moment: int) -> int:
        index = bisect_right(self._opens, moment) - 1
        if index < 0:
            return 0
        return self._before[index] + min(moment, self._closes[index]) - self._opens[index]


def _of_day(clock: time) -> int:
    """How many seconds of the day are over then."""
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _stored(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) * _SECOND
