"""Moments as epoch milliseconds and how Close writes and reads them. No other clock is used here."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000


def now_ms() -> int:
    """Return the current time in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def offset_text(ms: int) -> str:
    """Return a moment as most objects show it: `2026-06-19T12:04:53.517000+00:00`."""
    return (EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="microseconds")


def naive_text(ms: int) -> str:
    """Return a moment as events, subscriptions and pipelines show it: UTC without saying so."""
    return offset_text(ms)[:-6]


def today(tz_hours: float) -> str:
    """Return the current date at this offset from UTC."""
    return datetime.now(timezone(timedelta(hours=tz_hours))).date().isoformat()


def is_date(text: str) -> bool:
    """Say whether the text is a date without a time."""
    return len(text) == 10


def parse_ms(text: str, tz_hours: float) -> int:
    """Return the moment of an ISO 8601 text; without an offset it is local. Raises ValueError."""
    if is_date(text):
        moment = datetime.combine(date.fromisoformat(text), datetime.min.time())
    else:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone(timedelta(hours=tz_hours)))
    return (moment - EPOCH) // timedelta(milliseconds=1)
