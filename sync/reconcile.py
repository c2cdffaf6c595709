"""Polling: reads what changed in a connection since last time, page by page into the inbox."""

from __future__ import annotations

from datetime import timedelta

import structlog

from connectors.base import Page
from connectors.errors import ConnectorError
from mapping.model import EventKind, HandoffStatus, Ref
from mapping.ruleset import Ruleset
from store import connections, handoffs, inbox, links
from store.inbox import NewEvent
from sync.core.correct import clock_seconds
from sync.drain.postpone import pause
from sync.failures import Consequence, failure_of
from sync.runtime import Runtime
from sync.subscribing import renew_if_due

log = structlog.get_logger()

RETRY_AFTER_S = 30.0


def poll(runtime: Runtime, name: str) -> int:
    """Read what changed in a connection since the last poll; returns how many deals have to be looked at.

    A deal may come more than once, never less: the cursor moves in the transaction that stores the page.
    Raises the CRM's error after it was noted; the next poll goes on where this one stopped.
    """
    rules = runtime.rules.get()
    with runtime.store.read() as tx:
        cursor = connections.load(tx, name).cursor
    found = 0
    try:
        for page in runtime.connector(name, rules).changed(cursor):
            found += _take(runtime, name, page)
    except ConnectorError as error:
        put_off(runtime, name, error)
        raise
    found += _look_at_waiting(runtime, name)
    renew_if_due(runtime, name, rules)
    _schedule_next(runtime, rules, name)
    log.info("polled", connection=name, found=found)
    return found


def _take(runtime: Runtime, name: str, page: Page) -> int:
    """Store one page and its cursor together; records whose version we have seen are skipped."""
    now = runtime.now()
    records = {record.ref: record for record in page.records}
    with runtime.store.begin() as tx:
        known = links.find(tx, list(records))
        news = [r for ref, r in records.items() if known.get(ref, (None, None))[1] != r.version]
        gone = [missing.ref for missing in page.gone]
        deal_ids = links.ensure(tx, [*(r.ref for r in news), *links.find(tx, gone)], now)
        events = [NewEvent(EventKind.POLL, deal_ids[r.ref], name, r.ref.remote_id, record=r) for r in news]
        events += [
            NewEvent(EventKind.POLL, deal_ids[ref], name, ref.remote_id) for ref in gone if ref in deal_ids
        ]
        inbox.add(tx, events, now)
        connections.save_cursor(tx, name, page.cursor, polled_at=now)
    runtime.wake.deals([event.deal_id for event in events])
    return len(events)


def _look_at_waiting(runtime: Runtime, name: str) -> int:
    """Tasks done by people leave the deal's own time stamp alone: look at the deals that wait for one."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        waiting = [h.deal_id for h in handoffs.listing(tx, statuses=[HandoffStatus.PENDING])]
        events = [
            NewEvent(EventKind.POLL, deal_id, name, link.remote_id)
            for deal_id, tied in links.load(tx, waiting).items()
            for link in tied
            if link.connection == name and link.tasks and link.remote_id and not link.gone
        ]
        inbox.add(tx, events, now)
    runtime.wake.deals([event.deal_id for event in events])
    return len(events)


def _schedule_next(runtime: Runtime, rules: Ruleset, name: str) -> None:
    now = runtime.now()
    every = timedelta(seconds=clock_seconds(rules.connections[name].poll_every))
    with runtime.store.begin() as tx:
        connections.save_poll_at(tx, name, now + every)
        connections.save_error(tx, name, None, now)


def put_off(runtime: Runtime, name: str, error: ConnectorError) -> None:
    """Note why a connection could not be read, and when it is tried again."""
    failure, now = failure_of(error), runtime.now()
    with runtime.store.begin() as tx:
        connections.save_error(tx, name, failure.message, now)
        connections.save_poll_at(tx, name, now + timedelta(seconds=RETRY_AFTER_S))
        if failure.consequence is Consequence.PAUSE:
            pause(tx, runtime, name, failure)


def look_at(runtime: Runtime, ref: Ref) -> str:
    """Look at one record again because a person asks for it; returns its deal id."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        deal_id = links.ensure(tx, [ref], now)[ref]
        inbox.add(tx, [NewEvent(EventKind.LOOK, deal_id, ref.connection, ref.remote_id)], now)
    runtime.wake.deals([deal_id])
    return deal_id
