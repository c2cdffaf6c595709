"""Wake-ups: a message carries one name and means `go and look`. Losing one costs seconds, never data."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import dramatiq
import structlog
from dramatiq.errors import BrokerError

DRAIN_QUEUE = "drain"
BULK_QUEUE = "bulk"
MOST_AT_ONCE = 32
"""More wake-ups than workers help nobody: a drain takes further due deals along by itself."""

log = structlog.get_logger()


class Wake(Protocol):
    """Tells workers where to look."""

    def deals(self, deal_ids: Collection[str]) -> None:
        """Look at these deals."""

    def poll(self, connection: str) -> None:
        """Read what changed in this connection."""

    def backfill(self, connection: str) -> None:
        """Read everything in this connection."""


class BrokerWake:
    """Wakes the workers by actor name, so that nobody has to import them. Never raises: the sweep finds it."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        for queue in (DRAIN_QUEUE, BULK_QUEUE):
            broker.declare_queue(queue)

    def deals(self, deal_ids: Collection[str]) -> None:
        for deal_id in list(deal_ids)[:MOST_AT_ONCE]:
            if not self._send(DRAIN_QUEUE, "drain_deal", deal_id):
                return

    def poll(self, connection: str) -> None:
        self._send(BULK_QUEUE, "poll_connection", connection)

    def backfill(self, connection: str) -> None:
        self._send(BULK_QUEUE, "backfill_connection", connection)

    def _send(self, queue: str, actor: str, argument: str) -> bool:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name=actor, args=(argument,), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except (BrokerError, OSError) as error:
            log.warning("wake_lost", actor=actor, error=type(error).__name__, next="the sweep finds the work")
            return False
        return True
