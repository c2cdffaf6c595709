"""How long to wait before the same thing is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.core.retry import FEWEST_TRIES, GIVE_UP_AFTER, backoff, gave_up

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "longest_s"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (10, 2560), (11, 3600), (12, 3600), (60, 3600), (10_000, 3600)],
)
def test_the_longest_wait_doubles_with_each_attempt_up_to_an_hour(attempts: int, longest_s: float) -> None:
    assert backoff(attempts, 1.0) == timedelta(seconds=longest_s)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 1), (0.01, 1), (0.25, 5), (0.5, 10), (1.0, 20)])
def test_the_jitter_is_full_and_at_least_a_second_is_waited(jitter: float, seconds: float) -> None:
    assert backoff(3, jitter) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("tried_for", "over"),
    [
        (timedelta(0), False),
        (timedelta(days=2, hours=23, minutes=59), False),
        (timedelta(days=3), True),
        (timedelta(days=30), True),
    ],
)
def test_after_three_days_a_person_must_look(tried_for: timedelta, over: bool) -> None:
    assert gave_up(NOW - tried_for, NOW, FEWEST_TRIES) is over
    assert timedelta(days=3) == GIVE_UP_AFTER


@pytest.mark.parametrize(("attempts", "over"), [(1, False), (9, False), (10, True), (60, True)])
def test_what_could_not_be_tried_for_days_is_not_given_up_at_its_first_failure(
    attempts: int, over: bool
) -> None:
    """After a long pause or downtime one time-out more is no reason to leave everything to a person."""
    assert gave_up(NOW - timedelta(days=30), NOW, attempts) is over
