"""Finds work that nobody was woken for: due deals, due polls, payloads to purge. Redis is a speed-up only."""

from __future__ import annotations

from datetime import timedelta

import structlog

from store import connections, inbox, leases
from sync.runtime import Runtime

log = structlog.get_logger()

AT_ONCE = 500
KEEP_PAYLOADS = timedelta(days=30)


def sweep(runtime: Runtime) -> int:
    """Wake for every deal with due work that nobody holds; returns how many there are."""
    with runtime.store.read() as tx:
        due = leases.due_deals(tx, runtime.now(), AT_ONCE)
    runtime.wake.deals([deal_id for deal_id, _ in due])
    return len(due)


def poll_due(runtime: Runtime) -> list[str]:
    """Wake a poll for every connection whose time has come; a poll that is lost is woken for again."""
    rules = runtime.rules.get()
    now = runtime.now()
    with runtime.store.begin() as tx:
        names = [name for name in connections.due_polls(tx, now) if name in rules.connections]
        for name in names:
            connections.save_poll_at(tx, name, now + timedelta(seconds=60))
    for name in names:
        runtime.wake.poll(name)
    return names


def purge(runtime: Runtime) -> int:
    """Empty the payloads of old events."""
    with runtime.store.begin() as tx:
        return inbox.purge(tx, runtime.now() - KEEP_PAYLOADS)
