"""Working time between two moments: it agrees with the deadlines that are counted the other way round."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mapping.ruleset import Duration
from mapping.working_time import add
from reports.clock import Clock
from store.schema import microseconds

from .history import at
from .line import rules

LINE = rules().conveyor
CLOCK = Clock(LINE, at(1), at(30))
ALWAYS = Clock(replace(LINE, working_hours=None), at(1), at(30))
HOUR = 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at(9, 10), at(9, 12), 2),
        (at(9, 7), at(9, 10), 1),
        (at(9, 17), at(10, 10), 2),
        (at(13, 17), at(16, 10), 2),  # over the weekend
        (at(14, 10), at(15, 10), 0),
        (at(9, 9), at(16, 9), 45),
        (at(9, 18), at(10, 9), 0),
    ],
)
def test_working_time(start: object, end: object, hours: int) -> None:
    assert CLOCK.seconds(microseconds(start), microseconds(end)) == hours * HOUR  # type: ignore[arg-type]


def test_without_working_hours_the_clock_counts() -> None:
    assert ALWAYS.seconds(microseconds(at(13, 17)), microseconds(at(14, 17))) == 24 * HOUR
    assert (ALWAYS.length(Duration(1, "d")), ALWAYS.length(Duration(1, "w"))) == (24 * HOUR, 7 * 24 * HOUR)


@given(
    start=some.integers(0, 10 * 24 * 60),
    amount=some.integers(1, 60),
    unit=some.sampled_from(["m", "h"]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_added_is_what_is_counted(start: int, amount: int, unit: str) -> None:
    begin, duration = at(2) + timedelta(minutes=start), Duration(amount, unit)  # type: ignore[arg-type]
    end = add(begin, duration, LINE.working_hours, LINE.timezone)
    assert CLOCK.seconds(microseconds(begin), microseconds(end)) == CLOCK.length(duration)
