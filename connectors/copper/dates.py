"""Days as Copper keeps them: midnight of the account in Unix seconds, or `1/23/2017` in the account's order.

No I/O. Facts: docs/connectors/copper.md#dates
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Order = Literal["MDY", "DMY"]

DAY_S = 86_400
_WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Calendar:
    """How an account counts and writes days; either may be unknown."""

    zone: ZoneInfo | None
    order: Order | None = None  # of a close date

    def day_at(self, instant: int) -> date:
        """The day that begins at an instant, in the account's zone or, failing that, in the nearest one."""
        if self.zone is not None:
            local = datetime.fromtimestamp(instant, self.zone).date()
            if self.midnight(local) == instant:
                return local
        # Somebody's midnight: up to twelve hours before or after that of Greenwich.
        return datetime.fromtimestamp((instant + DAY_S // 2) // DAY_S * DAY_S, UTC).date()

    def midnight(self, day: date) -> int:
        """When a day begins in the account's zone, in Unix seconds; `ValueError` if the zone is unknown."""
        if self.zone is None:
            raise ValueError("the time zone of the account is unknown")
        begin = int(datetime.combine(day, time(), self.zone).timestamp())
        # Where clocks jump over midnight, the day begins later.
        return begin if datetime.fromtimestamp(begin, self.zone).date() == day else begin + 3600

    def written(self, day: date) -> str:
        """A day as a close date; `ValueError` if the account's order is unknown."""
        if self.order is None:
            raise ValueError("the order of day and month is unknown")
        first, second = (day.month, day.day) if self.order == "MDY" else (day.day, day.month)
        return f"{first}/{second}/{day.year}"

    def read(self, text: str) -> date | None:
        """The day of a close date, `None` if it could be two; `ValueError` if it is none."""
        first, second, year = parts(text)
        order = order_of(text) or self.order
        if order is None and first != second:
            return None
        return date(year, second, first) if order == "DMY" else date(year, first, second)


def parts(text: str) -> tuple[int, int, int]:
    """The three numbers of `1/23/2017`; `ValueError` if it is none."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a day as Copper writes one")
    first, second, year = (int(part) for part in found.groups())
    return first, second, year


def order_of(text: str) -> Order | None:
    """The order that a single date gives away by a number above twelve."""
    first, second, _ = parts(text)
    return "DMY" if first > 12 else "MDY" if second > 12 else None


def order_of_all(texts: Iterable[str]) -> Order | None:
    """The order that dates of one account give away, `None` if none does or they contradict each other."""
    told = {order for text in texts if _WRITTEN.fullmatch(text.strip()) and (order := order_of(text))}
    return told.pop() if len(told) == 1 else None


def zone_of(name: object) -> ZoneInfo | None:
    """The time zone of that name, `None` if there is no such zone."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def utc_text(moment: datetime) -> str:
    """A moment as `2024-07-23T16:19:21Z`."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def as_date(value: object, zone: ZoneInfo | None) -> date:
    """The day of `YYYY-MM-DD`, or the one of a time as the account's people see it; `ValueError` if it is none."""
    text = str(value)
    if "T" not in text:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(zone or UTC).date() if moment.tzinfo else moment.date()


def unix(moment: datetime) -> int:
    """A moment in Unix seconds, rounded down."""
    return int((moment - datetime.fromtimestamp(0, UTC)) // timedelta(seconds=1))
