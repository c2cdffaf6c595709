"""The Dramatiq actors: `dramatiq worker` from any folder. A wake-up comes in, the engine looks; no logic here."""

from __future__ import annotations

import dramatiq

from sync import logs, work
from sync.broker import make_broker
from sync.house import broker_url, open_house
from sync.settings import Settings
from sync.wake import BULK_QUEUE, DRAIN_QUEUE

logs.configure()
work.look_for_cycles_seldom()
settings = Settings()
dramatiq.set_broker(make_broker(broker_url(settings)))
runtime = open_house(settings)


@dramatiq.actor(queue_name=DRAIN_QUEUE)
def drain_deal(deal_id: str) -> None:
    """Look at one deal."""
    work.drain_deal(runtime, deal_id)


@dramatiq.actor(queue_name=BULK_QUEUE, priority=10, time_limit=float("inf"))
def poll_connection(name: str) -> None:
    """Look at what changed in one connection."""
    work.poll_connection(runtime, name)


@dramatiq.actor(queue_name=BULK_QUEUE, priority=10, time_limit=float("inf"), notify_shutdown=True)
def backfill_connection(name: str) -> None:
    """Look at everything in one connection."""
    work.backfill_connection(runtime, name)
