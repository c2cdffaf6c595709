"""Checks of time zones and working hours, of the line and of one person."""

from __future__ import annotations

import zoneinfo

from mapping.document import Document, Path
from mapping.file_hours import WorkingHoursBlock
from mapping.problems import unknown
from mapping.working_time import is_holiday_code


def check_timezone(document: Document, path: Path, timezone: str) -> None:
    """Report a time zone that does not exist."""
    known = sorted(zoneinfo.available_timezones())
    if timezone not in known:
        message, _ = unknown("time zone", timezone, known)
        document.report(path, "unknown-timezone", message, "write for instance Europe/Sofia")


def check_hours(document: Document, block: WorkingHoursBlock) -> None:
    """Report hours in which nobody can work, and holidays that nobody knows."""
    if block.start >= block.end:
        message = "work ends before it begins"
        document.report((*block.path, "to"), "bad-hours", message, "`from` must be earlier than `to`")
    if block.holidays is not None and not is_holiday_code(block.holidays):
        message = f"no holidays are known for {block.holidays!r}"
        hint = "write a country or region, such as BG or DE-BY"
        document.report((*block.path, "holidays"), "unknown-holidays", message, hint)
