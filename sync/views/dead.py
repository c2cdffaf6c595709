"""What could not be processed: events that were given up, and writes that a CRM refused."""

from __future__ import annotations

from typing import TypedDict

from store import inbox, outbox
from store.inbox import DeadEvent
from sync.runtime import Runtime
from sync.views.names import iso, refs

EVENT, WRITE = "event", "write"


class DeadView(TypedDict):
    """One dead letter as `conveyor dead list --json` prints it; `error` is in the CRM's words."""

    id: str
    deal: str
    connection: str | None
    kind: str
    since: str | None
    attempts: int
    error: str | None


def listing(runtime: Runtime) -> list[DeadView]:
    """All dead letters, oldest first. Raises `Unavailable`."""
    with runtime.store.read() as tx:
        events, writes = inbox.dead_rows(tx), outbox.parked_rows(tx)
        names = refs(tx, {*(e.deal_id for e in events), *(w.write.deal_id for w in writes)})
    found = [_event(event, names[event.deal_id]) for event in events]
    found += [_write(row, names[row.write.deal_id]) for row in writes]
    return sorted(found, key=lambda view: view["since"] or "")


def _event(dead: DeadEvent, deal: str) -> DeadView:
    return DeadView(
        id=f"{EVENT}:{dead.event.id}",
        deal=deal,
        connection=dead.event.connection,
        kind=dead.event.kind.value,
        since=iso(dead.created_at),
        attempts=dead.attempts,
        error=dead.error,
    )


def _write(row: outbox.Row, deal: str) -> DeadView:
    return DeadView(
        id=f"{WRITE}:{row.id}",
        deal=deal,
        connection=row.write.connection,
        kind=row.write.body.kind,
        since=iso(row.created_at),
        attempts=row.attempts,
        error=row.error,
    )
