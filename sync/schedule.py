"""The ticker: any number of copies run, a lock row picks the one that works. Missed ticks are caught up."""

from __future__ import annotations

import threading
import time
import uuid

import structlog

from store import locks
from store.database import Unavailable
from sync.runtime import NotConfigured, Runtime
from sync.sweep import poll_due, purge, sweep

log = structlog.get_logger()

TICK_S = 1.0
PURGE_EVERY_S = 3600.0
LOCK_S = 15.0


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Tick until told to stop."""
    token = uuid.uuid4().hex
    next_purge = time.monotonic()
    while not stop.is_set():
        try:
            leads = tick(runtime, token)
            if leads and time.monotonic() >= next_purge:
                purge(runtime)
                next_purge = time.monotonic() + PURGE_EVERY_S
        except Unavailable as error:
            log.warning("scheduler_waits", why=str(error))
        stop.wait(TICK_S)
    with runtime.store.begin() as tx:
        locks.release(tx, "scheduler", token)


def tick(runtime: Runtime, token: str) -> bool:
    """One tick; False if another copy is the scheduler now."""
    with runtime.store.begin() as tx:
        if not locks.acquire(tx, "scheduler", token, runtime.now(), LOCK_S):
            return False
    sweep(runtime)
    try:
        poll_due(runtime)
    except NotConfigured:
        log.info("nothing_to_poll", next="run `conveyor apply`")
    return True
