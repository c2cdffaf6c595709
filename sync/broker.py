"""The message broker, tuned for wake-ups: picked up at once, back soon after a crash, lost without harm.

Dramatiq's own settings fit long queues; ours are short and urgent. Reasons: docs/decisions.md#broker
"""

# mypy: allow-untyped-calls
# Dramatiq has annotations, but for its Redis broker.

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import Middleware, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

from sync.processes import end_with_forking_parent
from sync.wake import BULK_QUEUE

if TYPE_CHECKING:
    from dramatiq import MessageProxy
    from dramatiq.broker import Consumer

log = structlog.get_logger()

HEARTBEAT_TIMEOUT_MS = 15_000
"""After this time without a sign of life the messages of a killed worker go to others."""

ALWAYS_MAINTAIN = 1_000_000
"""Of a million commands. By default one in a thousand looks for dead workers: an idle house would never."""

DEAD_MESSAGE_TTL_MS = 3_600_000
"""Failed work is kept in the database; the broker's own dead letters serve nobody."""

TIME_LIMIT_MS = 600_000
"""Far longer than any drain: each call to a CRM has its own limit."""

IDLE_S = 1.0
"""How long an idle consumer listens for the bell before it looks by itself and shows that it lives."""

BUSY_S = 0.005
"""How long a consumer waits that has its hands full: so it fetches many messages at a time."""

AWAY_S = 0.5
"""How long a consumer waits before it tries a Redis again that is away."""

MOST_RINGS = 4
"""A bell that rang unheard wakes this many consumers at most."""

CONNECT_TIMEOUT_S = 1.0
ANSWER_TIMEOUT_S = 2.0
DRAINS_FIRST = 2
"""Threads that polls and backfills leave to drains."""


def make_broker(url: str) -> WakeBroker:
    """A broker for wake-ups at a Redis URL. Connects on first use; when that fails, it fails within seconds."""
    return WakeBroker(
        client=connect(url),
        maintenance_chance=ALWAYS_MAINTAIN,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        dead_message_ttl=DEAD_MESSAGE_TTL_MS,
        middleware=[TimeLimit(time_limit=TIME_LIMIT_MS), ShutdownNotifications(), Household()],
    )


def connect(url: str) -> redis.Redis:
    """A client that says quickly when Redis is away; one more try covers a server that was restarted."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
    )


class WakeBroker(RedisBroker):
    """Redis as the carrier of wake-ups. Beside each queue hangs a bell, so that idle consumers need not poll."""

    _away = False

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        """The consumer that listens for the bell."""
        return WakeConsumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer of a queue; `prefetch` is Dramatiq's, twice the number of threads."""
        if queue_name == BULK_QUEUE:
            # Unacknowledged messages count as prefetched: so this is how many run at once.
            prefetch = max(1, prefetch // 2 - DRAINS_FIRST)
        return super().consume(queue_name, prefetch, timeout=0)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Send a message. `dramatiq.errors.ConnectionClosed` if Redis is away, full or not itself."""
        try:
            sent = super().enqueue(message, delay=delay)
            self._ring(message.queue_name)
        except redis.RedisError as error:
            raise ConnectionClosed(type(error).__name__) from error
        return sent

    def listen(self, queue_name: str) -> None:
        """Wait for the bell of a queue, or a second."""
        self.client.blpop([self._bell(queue_name)], timeout=IDLE_S)

    def note_away(self, error: Exception) -> None:
        """Log that Redis is away, once for all consumers."""
        if not self._away:
            self._away = True
            log.warning(
                "broker_away",
                error=type(error).__name__,
                next="workers wait for it; the sweep finds the work then",
            )

    def note_back(self) -> None:
        """Log that Redis is back."""
        if self._away:
            self._away = False
            log.info("broker_back")

    def _ring(self, queue_name: str) -> None:
        with self.client.pipeline(transaction=False) as calls:
            calls.lpush(self._bell(queue_name), 1)
            calls.ltrim(self._bell(queue_name), 0, MOST_RINGS - 1)
            calls.execute()

    def _bell(self, queue_name: str) -> str:
        return f"{self.namespace}:{queue_name}.bell"


class WakeConsumer(_RedisConsumer):
    """Dramatiq's consumer, for which a Redis that is away is no accident: it waits, and goes on."""

    broker: WakeBroker

    def __next__(self) -> MessageProxy | None:
        """The next message; none after a while, so that the worker can see whether it is to stop."""
        try:
            message: MessageProxy | None = super().__next__()
            if message is None and self._is_busy():
                time.sleep(BUSY_S)
            elif message is None:
                self.broker.listen(self.queue_name)
        except (redis.RedisError, ConnectionClosed) as error:
            self.broker.note_away(error)
            time.sleep(AWAY_S)
            return None
        self.broker.note_back()
        return message

    def _is_busy(self) -> bool:
        """Whether it has fetched all it may, or found something the time before: then many come at once."""
        return self.outstanding_message_count >= self.prefetch or self.misses <= 1

    # A message that cannot be acknowledged or given back comes again after this worker's end: one look too many.

    def ack(self, message: MessageProxy) -> None:
        """Say that a message was worked off."""
        with suppress(redis.RedisError, ConnectionClosed):
            super().ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Say that a message failed."""
        with suppress(redis.RedisError, ConnectionClosed):
            super().nack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give messages back that were fetched and not begun."""
        with suppress(redis.RedisError):
            super().requeue(messages)


class Household(Middleware):
    """What every worker process of the house does alike: it names the work in its logs, and leaves no orphans."""

    def __init__(self) -> None:
        self._ending = threading.Event()

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        """Have this worker process end with the one that started it, also if that one is killed."""
        threading.Thread(
            target=end_with_forking_parent, args=(self._ending,), name="end with parent", daemon=True
        ).start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """This worker process finishes what it has begun, and ends."""
        self._ending.set()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Every line that is logged now names the actor."""
        structlog.contextvars.bind_contextvars(actor=message.actor_name)

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        """The thread goes on to other work."""
        structlog.contextvars.clear_contextvars()
