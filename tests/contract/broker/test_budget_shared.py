"""The rate budget over several processes: never more than the vendor allows, and write-backs first."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from itertools import pairwise

import pytest
import redis
from structlog.testing import capture_logs

from connectors.base import Lane, Rate
from connectors.errors import RateLimited
from sync import budget as budgets
from sync.broker import connect
from sync.budget import RedisBudget
from sync.embedded_broker import EmbeddedBroker

from .waiting import wait_for

TAKE_FOR_A_WHILE = """
import json, sys, time
from connectors.base import Lane, Rate
from sync import budget as budgets
from sync.broker import connect

granted, wait_s = [], budgets._wait_s

def noted(state, limits, now_ms, weight):
    found = wait_s(state, limits, now_ms, weight)
    granted.extend([now_ms / 1000] if found == 0 else [])
    return found

budgets._wait_s = noted
url, lane, seconds, rate = sys.argv[1], Lane(sys.argv[2]), float(sys.argv[3]), Rate(*json.loads(sys.argv[4]))
budget = budgets.RedisBudget(connect(url), "crm")
budget.declare([rate])
print("ready", flush=True)
sys.stdin.readline()
end = time.time() + seconds
while time.time() < end:
    budget.take(rate.name, lane)
print(json.dumps(granted))
"""


def granted(url: str, lanes: list[Lane], seconds: float, rate: Rate) -> dict[Lane, list[float]]:
    """When processes, one for each lane named, were granted calls in a hurry; by the clock that all of them share,
    for what a busy machine adds on the way is not the budget's."""
    code = [sys.executable, "-c", TAKE_FOR_A_WHILE, url]
    limit = json.dumps([rate.name, rate.calls, rate.per_s, rate.burst])
    processes = [
        subprocess.Popen(
            [*code, lane, str(seconds), limit], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for lane in lanes
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    found: dict[Lane, list[float]] = {lane: [] for lane in lanes}
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for lane, process in zip(lanes, processes, strict=True):
        said, _ = process.communicate(timeout=30)
        found[lane] += json.loads(said)
    return found


def most_in_any_window(times: list[float], per_s: float) -> int:
    """The most calls in any closed window of that length."""
    times = sorted(times)
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] > per_s:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.fixture
def client(broker: EmbeddedBroker) -> redis.Redis:
    return connect(broker.url)


@pytest.fixture
def budget(client: redis.Redis) -> RedisBudget:
    return RedisBudget(client, "crm")


def test_the_checker_sees_what_is_too_much() -> None:
    assert most_in_any_window([0.0, 0.5, 1.0, 1.6], 1.0) == 3


def test_four_processes_never_exceed_a_window(broker: EmbeddedBroker) -> None:
    rate = Rate("general", 40, 1.0, burst=8)
    found = granted(broker.url, [Lane.WRITE, Lane.READ, Lane.WRITE, Lane.BULK], 2.5, rate)
    times = [at for lane in found.values() for at in lane]
    assert most_in_any_window(times, rate.per_s) <= rate.calls
    # And little of it is left unused: 32 calls in 1.1 seconds, for as long as anybody asks
    assert len(times) > 0.8 * 2.5 * 32 / 1.1


def test_a_bucket_of_the_vendor_is_filled_at_its_rate(broker: EmbeddedBroker) -> None:
    rate = Rate("rest", 20, 1.0, burst=30)
    times = sorted(granted(broker.url, [Lane.WRITE], 1.5, rate)[Lane.WRITE])
    burst = sum(at - times[0] < 0.5 for at in times)
    assert 30 <= burst <= 30 + 20 * 0.5 + 1
    assert len(times) <= 30 + 20 * (times[-1] - times[0]) + 1


@pytest.mark.parametrize("burst", [1, 10])
def test_write_backs_do_not_wait_for_backfills(broker: EmbeddedBroker, burst: int) -> None:
    # Given backfills that take all they can get
    rate = Rate("general", 20 + burst, 1.0, burst=burst)
    found = granted(broker.url, [Lane.BULK, Lane.WRITE, Lane.BULK], 2.0, rate)
    # When somebody writes all the time
    writes, bulk = sorted(found[Lane.WRITE]), found[Lane.BULK]
    # Then most is for who writes, though the backfills are two to one, and hardly a write waits for long; a busy
    # machine may keep who writes from asking
    assert len(writes) > len(bulk)
    waits = sorted(after - before for before, after in pairwise(writes))
    assert waits[len(waits) * 9 // 10] < 0.5


def test_a_reserve_is_left_to_higher_lanes(budget: RedisBudget) -> None:
    budget.declare([Rate("general", 1000, 1000.0, burst=20)])
    taken: dict[Lane, int] = {}
    for lane in (Lane.BULK, Lane.POLL, Lane.READ, Lane.WRITE):
        taken[lane] = sum(_at_once(budget, lane) for _ in range(10))
    assert taken == {Lane.BULK: 5, Lane.POLL: 5, Lane.READ: 5, Lane.WRITE: 5}


def test_several_windows_of_one_name_hold_together(budget: RedisBudget) -> None:
    budget.declare([Rate("general", 1000, 1.0, burst=50), Rate("general", 1000, 86400.0, burst=7)])
    assert sum(_at_once(budget, Lane.WRITE) for _ in range(20)) == 7


def test_different_names_do_not_count_together(budget: RedisBudget) -> None:
    budget.declare([Rate("general", 1000, 1000.0, burst=3), Rate("search", 1000, 1000.0, burst=2)])
    assert sum(_at_once(budget, Lane.WRITE) for _ in range(9)) == 3
    assert sum(_at_once(budget, Lane.WRITE, "search") for _ in range(9)) == 2


def test_weight_counts_as_so_many_calls(budget: RedisBudget) -> None:
    budget.declare([Rate("general", 1000, 1000.0, burst=10)])
    assert sum(_at_once(budget, Lane.WRITE, weight=4) for _ in range(9)) == 2
    assert sum(_at_once(budget, Lane.WRITE) for _ in range(9)) == 2


def test_a_pause_holds_for_all_processes_and_the_longer_one_wins(client: redis.Redis) -> None:
    one, other = RedisBudget(client, "crm"), RedisBudget(client, "crm")
    for each in (one, other):
        each.declare([Rate("general", 100, 1.0, burst=10)])
    one.pause(0.4)
    RedisBudget(client, "crm").pause(0.01)
    RedisBudget(client, "another crm").pause(30)

    before = time.monotonic()
    other.take("general", Lane.WRITE)
    assert 0.3 <= time.monotonic() - before < 20


def test_a_long_pause_is_told_at_once(budget: RedisBudget, client: redis.Redis) -> None:
    budget.declare([Rate("general", 100, 1.0, burst=10)])
    RedisBudget(client, "crm").pause(40)
    with pytest.raises(RateLimited) as refused:
        budget.take("general", Lane.POLL)
    assert 38 < refused.value.retry_after_s <= 40


def test_redis_away_and_back(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "ASK_AGAIN_S", 0.05)
    broker.supervise()
    budget = RedisBudget(connect(broker.url), "crm")
    budget.declare([Rate("general", 1000, 1.0, burst=100)])
    budget.take("general", Lane.WRITE)

    with capture_logs() as lines:
        stop = threading.Event()
        asking = threading.Thread(target=_keep_asking, args=(budget, stop))
        asking.start()
        with connect(broker.url) as client, pytest.raises(redis.RedisError):
            client.execute_command("SHUTDOWN", "NOSAVE")
            client.ping()
        wait_for(lambda: "budget_shared_again" in [line["event"] for line in lines], "Redis is asked again")
        stop.set()
        asking.join()
    events = [line["event"] for line in lines if line["event"].startswith("budget")]
    assert events[:2] == ["budget_not_shared", "budget_shared_again"]


def _keep_asking(budget: RedisBudget, stop: threading.Event) -> None:
    while not stop.is_set():
        budget.take("general", Lane.WRITE)


def _at_once(budget: RedisBudget, lane: Lane, rate: str = "general", weight: int = 1) -> bool:
    return budget._ask(rate, budgets.MANNERS[lane].share, weight) == 0
