"""Periods of the calendar: where they begin, with what they are compared, and across the change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reports.scope import PeriodName, Scope, periods_before, scope_between, scope_of

SOFIA = "Europe/Sofia"
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)  # a Wednesday


def ends(scope: Scope) -> tuple[str, str]:
    return tuple(f"{at:%Y-%m-%d %H:%M}" for at in (scope.since, scope.until))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("period", "ago", "expected"),
    [
        ("day", 0, ("2026-11-17 22:00", "2026-11-18 10:00")),
        ("day", 1, ("2026-11-16 22:00", "2026-11-17 22:00")),
        ("week", 0, ("2026-11-15 22:00", "2026-11-18 10:00")),
        ("week", 1, ("2026-11-08 22:00", "2026-11-15 22:00")),
        ("month", 0, ("2026-10-31 22:00", "2026-11-18 10:00")),
        # The clocks went back on 25 October: the month is an hour longer than its days.
        ("month", 1, ("2026-09-30 21:00", "2026-10-31 22:00")),
        ("quarter", 0, ("2026-09-30 21:00", "2026-11-18 10:00")),
        ("quarter", 3, ("2025-12-31 22:00", "2026-03-31 21:00")),
        ("year", 1, ("2024-12-31 22:00", "2025-12-31 22:00")),
    ],
)
def test_a_period(period: PeriodName, ago: int, expected: tuple[str, str]) -> None:
    assert ends(scope_of(period, NOW, SOFIA, ago=ago)) == expected


def test_a_period_that_is_over_is_compared_with_the_whole_one_before() -> None:
    scope = scope_of("month", NOW, SOFIA, ago=1)
    assert scope.compared_with == (datetime(2026, 8, 31, 21, tzinfo=UTC), scope.since)


def test_one_that_runs_is_compared_with_as_much_of_the_one_before() -> None:
    since, until = scope_of("week", NOW, SOFIA).compared_with
    assert (since, until) == (datetime(2026, 11, 8, 22, tzinfo=UTC), datetime(2026, 11, 11, 10, tzinfo=UTC))


def test_the_last_day_of_a_long_month_is_not_compared_with_days_that_a_short_one_has_not() -> None:
    end_of_march = datetime(2026, 3, 31, 12, tzinfo=UTC)
    since, until = scope_of("month", end_of_march, SOFIA).compared_with
    assert (since, until) == (datetime(2026, 1, 31, 22, tzinfo=UTC), datetime(2026, 2, 28, 22, tzinfo=UTC))


def test_any_days() -> None:
    scope = scope_between(date(2026, 10, 1), date(2026, 10, 8), SOFIA)
    assert ends(scope) == ("2026-09-30 21:00", "2026-10-07 21:00")
    assert scope.compared_with[0] == datetime(2026, 9, 23, 21, tzinfo=UTC)
    with pytest.raises(ValueError, match="no day at all"):
        scope_between(date(2026, 10, 1), date(2026, 10, 1), SOFIA)


def test_the_weeks_up_to_a_period() -> None:
    weeks = periods_before("week", scope_of("week", NOW, SOFIA), SOFIA, 3)
    assert [f"{since:%m-%d}" for since, _ in weeks] == ["11-01", "11-08", "11-15"]
    assert weeks[-1][1] == NOW
    assert [until for _, until in weeks[:-1]] == [since for since, _ in weeks[1:]]


@pytest.mark.parametrize(
    ("period", "ago", "name"),
    [
        ("week", 0, "week 47 of 2026, from 2026-11-16, so far"),
        ("month", 1, "October 2026"),
        ("quarter", 1, "quarter 3 of 2026"),
        ("year", 1, "2025"),
    ],
)
def test_what_people_call_it(period: PeriodName, ago: int, name: str) -> None:
    assert scope_of(period, NOW, SOFIA, ago=ago).name == name
