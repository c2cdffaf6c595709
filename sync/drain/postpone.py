"""When a CRM could not be asked: the connection pauses, or the events come back later, or a person looks."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import Connection

from connectors.errors import ConnectorError
from store import connections, inbox
from sync.core.case import Case
from sync.core.retry import backoff
from sync.failures import Consequence, Failure, failure_of
from sync.runtime import Runtime

log = structlog.get_logger()

MOST_ATTEMPTS = 60
"""With the longest backoff this is about three days."""


def pause(tx: Connection, runtime: Runtime, connection: str, failure: Failure) -> None:
    """Ask nothing of a connection for a while; credentials that do not work are shown to the admin."""
    now = runtime.now()
    connections.pause(tx, connection, now + timedelta(seconds=failure.pause_s), failure.message)
    if failure.is_auth:
        connections.save_error(tx, connection, failure.message, now)
    log.warning("connection_paused", connection=connection, seconds=failure.pause_s, why=failure.message)


def postpone_events(
    tx: Connection, runtime: Runtime, case: Case, connection: str, error: ConnectorError
) -> None:
    """Bring the case's events back later, in the way that the error asks for."""
    failure = failure_of(error)
    if failure.consequence is Consequence.PAUSE:
        pause(tx, runtime, connection, failure)
        return
    event_ids = [event.id for event in case.events]
    if failure.consequence is Consequence.WAIT:
        inbox.delay(tx, event_ids, runtime.now() + timedelta(seconds=failure.pause_s))
        return
    attempts = max(inbox.attempts(tx, event_ids).values(), default=0) + 1
    given_up = attempts >= MOST_ATTEMPTS or failure.consequence is Consequence.PARK
    inbox.fail(
        tx,
        event_ids,
        runtime.now(),
        due_at=runtime.now() + backoff(attempts, runtime.jitter()),
        error=failure.message,
        dead=given_up,
    )
    log.warning(
        "look_postponed", deal=case.deal.id, attempts=attempts, given_up=given_up, why=failure.message
    )
