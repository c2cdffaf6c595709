"""Working time: over nights, weekends, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from mapping.file_types import parse_duration
from mapping.ruleset import Duration, WorkingHours
from mapping.working_time import add, is_holiday_code, is_working

SOFIA = "Europe/Sofia"  # UTC+2, in summer UTC+3
OFFICE = WorkingHours((0, 1, 2, 3, 4), time(9), time(18), "BG")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(text: str) -> Duration:
    return parse_duration(text)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        # 2026-06-15 is a Monday; Sofia is at UTC+3: work from 06:00 to 15:00 UTC
        ("2026-06-15T07:00", "4h", "2026-06-15T11:00"),
        ("2026-06-15T07:00", "90m", "2026-06-15T08:30"),
        ("2026-06-15T11:00", "4h", "2026-06-15T15:00"),  # the last minute, not the next morning
        ("2026-06-15T12:00", "4h", "2026-06-16T07:00"),  # over night
        ("2026-06-15T03:00", "1h", "2026-06-15T07:00"),  # before work
        ("2026-06-15T15:00", "1m", "2026-06-16T06:01"),  # work is just over
        ("2026-06-19T14:00", "2h", "2026-06-22T07:00"),  # over a weekend
        ("2026-06-20T10:00", "1h", "2026-06-22T07:00"),  # on a Saturday
        ("2026-06-15T06:00", "1d", "2026-06-15T15:00"),  # a day is one day's hours
        ("2026-06-15T08:00", "1d", "2026-06-16T08:00"),
        ("2026-06-15T08:00", "2w", "2026-06-29T08:00"),
        ("2026-06-15T06:00", "1w", "2026-06-19T15:00"),
        ("2026-04-09T12:00", "1d", "2026-04-14T12:00"),  # Easter: Good Friday to Easter Monday are free
        ("2025-12-23T14:00", "1d", "2025-12-29T14:00"),  # Christmas, and the weekend behind it
        ("2026-03-27T15:30", "1h", "2026-03-30T06:30"),  # the clock goes forward on the Sunday between
        ("2026-10-23T14:30", "1h", "2026-10-26T07:30"),  # and back
    ],
)
def test_in_working_hours(start: str, duration: str, end: str) -> None:
    assert add(utc(start), span(duration), OFFICE, SOFIA) == utc(end)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-06-20T10:00", "4h", "2026-06-20T14:00"),
        ("2026-06-20T10:00", "30m", "2026-06-20T10:30"),
        ("2026-03-28T10:00", "1d", "2026-03-29T09:00"),  # the same time of day, though the night is shorter
        ("2026-10-24T10:00", "1d", "2026-10-25T11:00"),
        ("2026-03-28T10:00", "24h", "2026-03-29T10:00"),
        ("2026-03-28T01:30", "1d", "2026-03-29T01:30"),  # 03:30 local does not exist that day
        ("2026-06-20T10:00", "2w", "2026-07-04T10:00"),
    ],
)
def test_without_working_hours(start: str, duration: str, end: str) -> None:
    assert add(utc(start), span(duration), None, SOFIA) == utc(end)


def test_hours_that_the_clock_changes_within() -> None:
    night = WorkingHours((0, 1, 2, 3, 4, 5, 6), time(0), time(6))
    # on 2026-03-29 the clock goes from 03:00 to 04:00: the shift from 22:00 to 03:00 UTC has five hours
    assert add(utc("2026-03-28T22:00"), span("5h"), night, SOFIA) == utc("2026-03-29T03:00")
    assert add(utc("2026-03-28T22:00"), span("6h"), night, SOFIA) == utc("2026-03-29T22:00")
    # on 2026-10-25 it goes back: seven hours
    assert add(utc("2026-10-24T21:00"), span("7h"), night, SOFIA) == utc("2026-10-25T04:00")


def test_the_start_may_be_in_any_zone() -> None:
    start = datetime.fromisoformat("2026-06-15T16:00:00+09:00")
    end = add(start, span("1h"), OFFICE, SOFIA)
    assert end == utc("2026-06-15T08:00")
    assert end.tzinfo is UTC


def test_a_region_has_its_own_holidays() -> None:
    bavaria = WorkingHours((0, 1, 2, 3, 4), time(9), time(17), "DE-BY")
    berlin = WorkingHours((0, 1, 2, 3, 4), time(9), time(17), "DE-BE")
    epiphany = utc("2026-01-06T10:00")
    assert not is_working(epiphany, bavaria, "Europe/Berlin")
    assert is_working(epiphany, berlin, "Europe/Berlin")


@pytest.mark.parametrize(
    ("instant", "working"),
    [
        ("2026-06-15T06:00", True),
        ("2026-06-15T05:59", False),
        ("2026-06-15T14:59", True),
        ("2026-06-15T15:00", False),
        ("2026-06-20T10:00", False),
        ("2026-05-06T10:00", False),  # St George's Day
    ],
)
def test_whether_people_work(instant: str, working: bool) -> None:
    assert is_working(utc(instant), OFFICE, SOFIA) is working
    assert is_working(utc(instant), None, SOFIA)


def test_a_longer_span_never_ends_earlier() -> None:
    start = utc("2025-12-20T11:11")
    ends = [add(start, Duration(minutes, "m"), OFFICE, SOFIA) for minutes in range(1, 6000, 37)]
    assert ends == sorted(set(ends))
    assert all(is_working(end - timedelta(minutes=1), OFFICE, SOFIA) for end in ends)


def test_nobody_ever_works() -> None:
    with pytest.raises(ValueError, match="no working time"):
        add(utc("2026-06-15T07:00"), span("1h"), WorkingHours((), time(9), time(18)), SOFIA)


@pytest.mark.parametrize(
    ("code", "known"),
    [("BG", True), ("UA", True), ("DE-BY", True), ("DE-XX", False), ("XX", False), ("bg", False)],
)
def test_codes_of_holidays(code: str, known: bool) -> None:
    assert is_holiday_code(code) is known
