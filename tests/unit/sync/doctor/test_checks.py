"""Single checks: the clock, the time zone, subscriptions, and what is left of the rate budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.base import Subscription
from connectors.overheard import Heard
from store.database import Store
from sync.budget import RedisBudget
from sync.doctor import budget, clock, webhooks
from sync.doctor.calls import Trial
from sync.doctor.check import State
from sync.doctor.subject import Subject

from .crm import ABLE, NOW, MemoryCrm, example_rules, house

URL = "https://c.example/webhooks/hubspot"


def answered(our_clock: datetime, **headers: str) -> Heard:
    """An answer of a CRM where it is noon."""
    return Heard({"Date": format_datetime(NOW, usegmt=True), **headers}, our_clock, our_clock)


@pytest.mark.parametrize(
    ("seconds", "signs", "state", "said"),
    [
        (20, True, State.FINE, "but for"),
        (-130, True, State.WARNING, "2 min 10 s behind"),
        (130, True, State.WARNING, "ahead of"),
        (400, True, State.PROBLEM, "Webhooks are refused"),
        (-400, True, State.PROBLEM, "Webhooks are refused"),
        (400, False, State.WARNING, "ahead of"),
    ],
)
def test_a_wrong_clock_is_worth_as_much_as_it_breaks(
    seconds: int, signs: bool, state: State, said: str
) -> None:
    can = replace(ABLE, signs_webhooks=signs)
    (check,) = clock.checks([answered(NOW + timedelta(seconds=seconds))], can)
    assert check.state is state
    assert said in check.message


def test_a_crm_that_is_patient_with_signatures_makes_a_warning_of_it() -> None:
    can = replace(ABLE, webhook_tolerance=timedelta(days=4))
    (check,) = clock.checks([answered(NOW + timedelta(hours=3))], can)
    assert check.state is State.WARNING
    assert "4 days" in check.message


def test_the_latest_answer_counts_and_none_tells_nothing() -> None:
    wrong, right = answered(NOW + timedelta(hours=1)), answered(NOW)
    (check,) = clock.checks([wrong, right], ABLE)
    assert check.state is State.FINE
    assert list(clock.checks([Heard({}, NOW, NOW)], ABLE)) == []


@pytest.mark.parametrize(
    ("account", "state", "said"),
    [
        (None, State.FINE, "does not tell"),
        ("Europe/Sofia", State.FINE, "Europe/Sofia"),
        ("Europe/Kyiv", State.FINE, "the same time now"),
        ("US/Eastern", State.WARNING, "another clock"),
        ("Eastern Standard Time", State.FINE, "Eastern Standard Time"),
        ("../etc", State.FINE, "../etc"),
    ],
)
def test_the_account_s_time_zone_stands_beside_the_line_s(
    account: str | None, state: State, said: str
) -> None:
    check = clock.time_zone(account, "Europe/Sofia", NOW)
    assert check.state is state
    assert said in check.message


def subscription(**changes: object) -> Subscription:
    """One that is in place."""
    return replace(Subscription("1", URL, ("deal.creation",), active=True), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        ([subscription()], State.FINE, "1 subscription to https://c.example/webhooks/hubspot, all active"),
        ([subscription(expires_at=NOW + timedelta(days=2))], State.FINE, "hold until 2026-05-06 12:00 UTC."),
        ([subscription(expires_at=NOW + timedelta(hours=2))], State.WARNING, "renews them"),
        ([subscription(), subscription(expires_at=NOW)], State.PROBLEM, "expired at 2026-05-04 12:00 UTC"),
        ([subscription(), subscription(active=False)], State.PROBLEM, "1 subscription of 2 switched off"),
        ([subscription(url="https://old.example/x")], State.PROBLEM, "point to https://old.example/x"),
        ([], State.PROBLEM, "`conveyor webhooks install hubspot`"),
    ],
)
def test_subscriptions_have_to_be_ours_active_and_in_time(
    store: Store, found: list[Subscription], state: State, said: str
) -> None:
    subject = subject_of(store, public_url="https://c.example")
    (check,) = webhooks.checks(subject, Trial(lambda: None, subscriptions=found))
    assert check.state is state
    assert said in check.message


def test_without_a_public_address_polling_is_fine(store: Store) -> None:
    (check,) = webhooks.checks(subject_of(store), Trial(lambda: None))
    assert (check.state, "every 5m" in check.message) == (State.FINE, True)


def test_subscriptions_that_could_not_be_listed_are_told_elsewhere(store: Store) -> None:
    subject = subject_of(store, public_url="https://c.example")
    assert list(webhooks.checks(subject, Trial(lambda: None, subscriptions=None))) == []


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-RateLimit-Daily-Remaining": "624999"}, "ratelimit-daily-remaining 624999"),
        ({"X-API-CREDITS-REMAINING": "12"}, "api-credits-remaining 12"),
        ({"RateLimit": "limit=100, remaining=50, reset=5"}, "ratelimit 50"),
    ],
)
def test_what_the_crm_says_is_left_is_repeated(store: Store, headers: Mapping[str, str], said: str) -> None:
    subject = subject_of(store)
    subject.heard += [answered(NOW, **headers)]
    assert f"The CRM says: {said}." in budget.check(subject, None).message


def test_without_a_broker_the_limits_are_told(store: Store) -> None:
    assert (
        budget.check(subject_of(store), None).message
        == "Not paused. Limits kept to: calls 100 calls in 10 s."
    )


def test_a_broker_that_is_away_tells_no_more_than_none(store: Store) -> None:
    # Port 1 is never listened on.
    away = redis.Redis(port=1, retry=Retry(NoBackoff(), 0), socket_connect_timeout=1)
    subject = subject_of(store)
    check = budget.check(subject, lambda name: RedisBudget(away, name))
    assert check == budget.check(subject, None)


def subject_of(store: Store, public_url: str | None = None) -> Subject:
    """A connection to examine."""
    crm = MemoryCrm()
    runtime = house(store, {"hubspot": crm})
    return Subject("hubspot", runtime, example_rules(public_url=public_url), crm, None)
