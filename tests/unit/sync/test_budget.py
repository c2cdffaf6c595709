"""The rate budget without Redis: how a vendor's limit is kept to, and what one process allows itself alone."""

from __future__ import annotations

import time

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from connectors.base import Lane, Rate
from connectors.errors import RateLimited
from sync.budget import MANNERS, RedisBudget


class Sleeper:
    """Remembers the sleeps that were asked for, and sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        time.sleep(seconds)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
def alone(sleeper: Sleeper) -> RedisBudget:
    """A budget whose Redis refuses connections at once: port 1 is never listened on."""
    client = redis.Redis(port=1, retry=Retry(NoBackoff(), 0), socket_connect_timeout=1)
    return RedisBudget(client, "hubspot-eu", sleep=sleeper)


def test_without_redis_a_process_goes_on_with_a_quarter(alone: RedisBudget, sleeper: Sleeper) -> None:
    # Given 100 calls a second, 40 of them at once
    alone.declare([Rate("general", 100, 1.0, burst=40)])
    # When a process asks alone
    granted: list[float] = []
    while len(granted) < 20:
        alone.take("general", Lane.WRITE)
        granted.append(time.monotonic())
    # Then it may make 10 calls at once, and 15 a second from there
    assert granted[9] - granted[0] < 0.5
    assert granted[19] - granted[0] > 9 / 15


def test_the_loss_of_redis_is_logged_once(alone: RedisBudget) -> None:
    alone.declare([Rate("general", 100, 1.0, burst=40)])
    with capture_logs() as lines:
        for _ in range(5):
            alone.take("general", Lane.WRITE)
    assert [line["event"] for line in lines] == ["budget_not_shared"]


def test_a_rate_that_nobody_declared_is_a_mistake(alone: RedisBudget) -> None:
    with pytest.raises(LookupError, match="hubspot-eu never declared a rate 'search'"):
        alone.take("search", Lane.READ)


def test_a_call_that_never_fits_is_a_mistake(alone: RedisBudget) -> None:
    alone.declare([Rate("general", 100, 10.0, burst=10)])
    with pytest.raises(ValueError, match="weight 11 never fits"):
        alone.take("general", Lane.WRITE, weight=11)


def test_the_crms_own_word_is_obeyed_also_without_redis(alone: RedisBudget) -> None:
    alone.declare([Rate("general", 100, 1.0, burst=40)])
    alone.pause(0.3)
    alone.pause(0.01)  # a shorter one does not end it
    before = time.monotonic()
    alone.take("general", Lane.WRITE)
    assert time.monotonic() - before >= 0.25


def test_nobody_waits_longer_than_the_lane_does(alone: RedisBudget, sleeper: Sleeper) -> None:
    alone.declare([Rate("general", 100, 1.0, burst=40)])
    alone.pause(60)
    with pytest.raises(RateLimited, match="hubspot-eu is used up for now") as refused:
        alone.take("general", Lane.READ)
    assert 59 < refused.value.retry_after_s <= 60
    assert sleeper.slept == []


def test_higher_lanes_may_use_more_and_lower_ones_wait_longer() -> None:
    lanes = [MANNERS[lane] for lane in Lane]
    assert [each.share for each in lanes] == sorted((each.share for each in lanes), reverse=True)
    assert [each.step_back_s for each in lanes] == sorted(each.step_back_s for each in lanes)
    assert MANNERS[Lane.WRITE].share == 1.0
