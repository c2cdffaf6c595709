"""The rate budget of each connection, shared by all processes through Redis; write-backs go before backfills.

Counting is pyrate-limiter's (GCRA: one time stamp a rate, checked and moved in one step). Lanes share that stamp,
and a lower lane may use less of the burst, so that some of it is always left to the higher ones.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyrate_limiter
import redis
import structlog
from pyrate_limiter import GCRA, Decision, InMemoryStateStore, RedisStateStore, StateStore

from connectors.base import Lane, Rate
from connectors.errors import CallRefused

log = structlog.get_logger()

ONE_CALL = 20
"""A call counts this many units, so that a part of a small burst can be kept back."""

SLACK_S = 0.1
"""Calls that leave this far apart may arrive together: windows are counted this much longer."""

WITHOUT_REDIS = 0.25
"""The share of the budget that a process allows itself when it cannot ask the others."""

ASK_AGAIN_S = 5.0
"""How long to go without Redis before it is asked again, so that not every call waits for it in vain."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a lane behaves when the budget is short."""

    patience_s: float  # how long it waits before it gives up
    share: float  # of the burst that it may use; the rest is kept for higher lanes
    step_back_s: float  # it asks this much later than it might, so that who waits in a higher lane is first


MANNERS: Mapping[Lane, Manners] = {
    Lane.WRITE: Manners(10.0, 1.0, 0.0),
    Lane.READ: Manners(10.0, 0.75, 0.005),
    Lane.POLL: Manners(30.0, 0.5, 0.015),
    Lane.BULK: Manners(120.0, 0.25, 0.03),
}


class RedisBudget:
    """The budget of one connection. Safe to share by threads; every process has its own of the same name."""

    def __init__(
        self, client: redis.Redis, connection: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client, self._connection, self._sleep = client, connection, sleep
        self._key = f"conveyor:budget:{connection}"
        self._rates: dict[str, tuple[Rate, ...]] = {}
        self._shared: dict[str, StateStore] = {}
        self._own: dict[str, StateStore] = {}
        self._paused_until = 0.0  # by the monotonic clock
        self._away_until: float | None = None
        self._lock = threading.Lock()

    def declare(self, rates: Iterable[Rate]) -> None:
        """Say which limits the CRM documents; several of one name hold together."""
        by_name: dict[str, tuple[Rate, ...]] = {}
        for rate in rates:
            by_name[rate.name] = (*by_name.get(rate.name, ()), rate)
        self._shared = {name: RedisStateStore(self._client, f"{self._key}:{name}") for name in by_name}
        self._own = {name: InMemoryStateStore() for name in by_name}
        self._rates = by_name

    def take(self, rate: str, lane: Lane, weight: int = 1) -> None:
        """Wait shortly for leave to make a call; `CallRefused` if it would take longer than the lane waits."""
        if rate not in self._rates:
            raise LookupError(f"Connection {self._connection} never declared a rate {rate!r}.")
        manners = MANNERS[lane]
        deadline = time.monotonic() + manners.patience_s
        while wait_s := self._ask(rate, manners.share, weight):
            if time.monotonic() + wait_s > deadline:
                raise CallRefused(
                    f"The rate budget of {self._connection} is used up for now ({rate}, lane {lane});"
                    " the call was not made.",
                    retry_after_s=wait_s,
                )
            self._sleep(wait_s + manners.step_back_s)

    def pause(self, seconds: float) -> None:
        """The CRM itself said to wait: nobody calls before. A longer pause in force stays."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)
        milliseconds = math.ceil(seconds * 1000)
        if milliseconds <= 0 or self._is_away():
            return
        try:
            with self._client.pipeline() as calls:
                calls.set(self._pause_key, 1, px=milliseconds, nx=True)
                calls.pexpire(self._pause_key, milliseconds, gt=True)
                calls.execute()
        except redis.RedisError as error:
            self._note_away(error)

    def left(self) -> dict[str, int] | None:
        """How many calls of each rate could be made at once now; takes none. None while Redis is away."""
        try:
            reply = self._client.time()
            assert isinstance(reply, tuple)
            now_ms = reply[0] * 1000 + reply[1] // 1000
            return {name: min(self._free(name, now_ms)) for name in self._rates}
        except redis.RedisError as error:
            self._note_away(error)
            return None

    def _free(self, name: str, now_ms: int) -> list[int]:
        """Whole calls that each limit of that name would let pass at once."""
        limits, counting = [_limit(each, 1.0, 1) for each in self._rates[name]], GCRA()
        state = self._shared[name].read(counting, limits)
        assert isinstance(state, tuple)
        taken = [counting.consumed([one], (at,), now_ms) for one, at in zip(limits, state, strict=True)]
        return [max(0, one.burst - each) // ONE_CALL for one, each in zip(limits, taken, strict=True)]

    @property
    def _pause_key(self) -> str:
        return f"{self._key}:pause"

    def _ask(self, rate: str, share: float, weight: int) -> float:
        """Zero if the call may be made, and is counted; otherwise the seconds until it is worth asking again."""
        wait_s = self._paused_until - time.monotonic()
        if wait_s > 0:
            return wait_s
        if not self._is_away():
            try:
                wait_s = self._ask_redis(rate, share, weight)
            except redis.RedisError as error:
                self._note_away(error)
            else:
                self._note_back()
                return wait_s
        limits = [_limit(each, share, weight, of_all=WITHOUT_REDIS) for each in self._rates[rate]]
        return _wait_s(self._own[rate], limits, time.monotonic_ns() // 1_000_000, weight)

    def _ask_redis(self, rate: str, share: float, weight: int) -> float:
        """The same, over all processes. The time is the server's: hosts need not agree on theirs."""
        with self._client.pipeline(transaction=False) as calls:
            calls.time()
            calls.pttl(self._pause_key)
            (seconds, microseconds), pause_ms = calls.execute()
        if pause_ms > 0:
            return float(pause_ms) / 1000
        limits = [_limit(each, share, weight) for each in self._rates[rate]]
        return _wait_s(self._shared[rate], limits, seconds * 1000 + microseconds // 1000, weight)

    def _is_away(self) -> bool:
        return self._away_until is not None and time.monotonic() < self._away_until

    def _note_away(self, error: redis.RedisError) -> None:
        with self._lock:
            is_new, self._away_until = self._away_until is None, time.monotonic() + ASK_AGAIN_S
        if is_new:
            log.warning(
                "budget_not_shared",
                connection=self._connection,
                error=type(error).__name__,
                next=f"this process keeps to {WITHOUT_REDIS:.0%} of the budget until Redis is back",
            )

    def _note_back(self) -> None:
        with self._lock:
            was_away, self._away_until = self._away_until is not None, None
        if was_away:
            log.info("budget_shared_again", connection=self._connection)


def _limit(rate: Rate, share: float, weight: int, *, of_all: float = 1.0) -> pyrate_limiter.Rate:
    """What a lane may use of a rate.

    A CRM that counts calls in a window gets burst and refill together below its number, for a burst may fall into any
    window. One that documents a burst above its rate counts with a bucket that refills, as we do.
    """
    counts_windows = rate.burst < rate.calls
    refill = (rate.calls - rate.burst if counts_windows else rate.calls) * of_all
    per_s = rate.per_s + (SLACK_S if counts_windows else 0.0)
    burst = max(weight, rate.burst * share * of_all)
    # A thousand calls in a thousand times the interval: whole milliseconds alone would round too much off.
    interval_ms = math.ceil(per_s * 1000 / refill * 1000)
    return pyrate_limiter.Rate(
        ONE_CALL * 1000, interval_ms, burst=math.floor(min(burst, rate.burst) * ONE_CALL)
    )


def _wait_s(state: StateStore, limits: list[pyrate_limiter.Rate], now_ms: int, weight: int) -> float:
    decision = state.check(GCRA(), limits, now_ms, weight * ONE_CALL)
    assert isinstance(decision, Decision)
    if decision.allowed:
        return 0.0
    if decision.retry_after_ms is None:
        raise ValueError(f"A call of weight {weight} never fits into the rate {decision.failing_rate}.")
    return decision.retry_after_ms / 1000
