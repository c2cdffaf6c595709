"""Times as the API shows them: whole seconds with the offset of the API user's zone. Kept as epoch seconds."""

from __future__ import annotations

import re
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.contract import ControlError

REMEMBERED = 50_000
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def now() -> int:
    """Return the current epoch second; a record shows nothing finer."""
    return int(time.time())


def parse_time(text: str) -> int:
    """Return the epoch second of `2026-05-14T11:36:13+03:00`; raise ValueError, also for milliseconds."""
    if not _FORM.fullmatch(text):
        raise ValueError(text)
    return int(datetime.fromisoformat(text).timestamp())


def parse_date(text: str) -> str:
    """Return a `yyyy-MM-dd` that exists; raise ValueError."""
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


class Zone:
    """Renders epoch seconds in one IANA zone, summer time included."""

    def __init__(self, name: str) -> None:
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ControlError(f"there is no time zone {name}") from error
        self.name = name
        self._texts: dict[int, str] = {}

    def iso(self, seconds: int) -> str:
        """Return the time as the API shows it."""
        text = self._texts.get(seconds)
        if text is None:
            if len(self._texts) > REMEMBERED:
                self._texts.clear()
            text = datetime.fromtimestamp(seconds, self._zone).isoformat()
            self._texts[seconds] = text
        return text

    def date(self, seconds: int) -> str:
        """Return the day of that second in this zone."""
        return self.iso(seconds)[:10]
