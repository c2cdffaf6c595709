"""Carries out one deal's writes, one at a time: intent, call, receipt (law 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from connectors import deadline
from connectors.errors import ConnectorError
from mapping.model import (
    CloseTask,
    CreateDeal,
    CreateTask,
    EventKind,
    Link,
    Receipt,
    Ref,
    UpdateDeal,
    Value,
    Write,
)
from mapping.phrases import Phrase
from mapping.ruleset import Ruleset
from mapping.translate import same
from store import inbox, ledger, links, outbox
from store.inbox import NewEvent
from store.links import AlreadyLinked
from sync.core.retry import MOST_BUGS, backoff, gave_up
from sync.drain import words
from sync.drain.lease import LEASE_S, Holding
from sync.drain.postpone import pause
from sync.failures import Consequence, Failure, failure_of
from sync.runtime import Runtime

log = structlog.get_logger()

CONFLICT_PAUSES_S = (0.0, 0.0, 2.0, 10.0, 60.0, 600.0)
"""How long to wait before a deal that somebody else keeps changing is looked at again."""


def deliver(runtime: Runtime, rules: Ruleset, holding: Holding, deal_id: str) -> bool:
    """Make the deal's due writes in order; False at the first that did not succeed."""
    if not _has_write(runtime, deal_id):
        return True
    with runtime.store.begin() as tx:
        holding.guard(tx, deal_id)
        row = _start_next(tx, runtime, deal_id)
    done = True
    while done and row is not None:
        done, row = _attempt(runtime, rules, holding, row)
    return done


def _has_write(runtime: Runtime, deal_id: str) -> bool:
    with runtime.store.read() as tx:
        return outbox.next_due(tx, deal_id, runtime.now()) is not None


def _start_next(tx: Connection, runtime: Runtime, deal_id: str) -> outbox.Row | None:
    head = outbox.next_due(tx, deal_id, runtime.now())
    return outbox.start(tx, head.id, runtime.now()) if head is not None else None


def _attempt(
    runtime: Runtime, rules: Ruleset, holding: Holding, row: outbox.Row
) -> tuple[bool, outbox.Row | None]:
    """Make one write; returns whether it succeeded, and the next one, whose intent is stored with the receipt."""
    write = row.write
    try:
        receipt = _call(runtime, rules, row)
    except ConnectorError as error:
        failure = failure_of(error)
    except Exception:
        log.exception("write_broken", deal=write.deal_id, write=row.id, kind=write.body.kind)
        failure = _mistake(row)
    else:
        with runtime.store.begin() as tx:
            holding.guard(tx, write.deal_id)
            done = _received(tx, runtime, rules, row, receipt)
            following = _start_next(tx, runtime, write.deal_id) if done else None
        log.info("write_done", deal=write.deal_id, connection=write.connection, write=row.id)
        return done, following
    with runtime.store.begin() as tx:
        holding.guard(tx, write.deal_id)
        _failed(tx, runtime, rules, row, failure)
    return False, None


def _call(runtime: Runtime, rules: Ruleset, row: outbox.Row) -> Receipt:
    """Ask the CRM, as long as the lease holds: who stalled past it must not send any more."""
    lease_ends = (row.attempted_at or runtime.now()) + timedelta(seconds=LEASE_S)
    with deadline.until(lease_ends, runtime.now):
        return runtime.connector(row.write.connection, rules).write(row.write, row.attempts)


def _mistake(row: outbox.Row) -> Failure:
    """Try again a few times, then leave it to a person."""
    what = Consequence.PARK if row.attempts >= MOST_BUGS else Consequence.TRY_AGAIN
    return Failure(what, "The conveyor could not make this write; the log of the worker says why.")


def _received(tx: Connection, runtime: Runtime, rules: Ruleset, row: outbox.Row, receipt: Receipt) -> bool:
    """Store the receipt: the base moves only where the answer is what we sent; else the deal is looked at.

    So it is for a task that was tried before: decisions since may have found no reason for it any more.
    """
    write, now = row.write, runtime.now()
    if isinstance(write.body, CreateDeal) and not _linked(tx, runtime, rules, row, receipt):
        return False
    outbox.receipt(tx, row.id, now, receipt.remote_id)
    link = next(k for k in links.load(tx, [write.deal_id])[write.deal_id] if k.connection == write.connection)
    updated, odd = _with_receipt(link, write, receipt)
    links.save(tx, [updated])
    late = isinstance(write.body, CreateTask) and row.attempts > 1
    if odd or late or isinstance(write.body, CreateDeal):
        _look_again(tx, runtime, write, updated.remote_id)
    ledger.add(
        tx, [_line(write, rules, row, runtime, "written", words.done(write), receipt=receipt.remote_id)]
    )
    return True


def _linked(tx: Connection, runtime: Runtime, rules: Ruleset, row: outbox.Row, receipt: Receipt) -> bool:
    """Tie the created record to its deal; False if the deal turned out to have another one there."""
    try:
        links.adopt(tx, Ref(row.write.connection, receipt.remote_id), row.write.deal_id)
    except AlreadyLinked as error:
        _park(tx, rules, runtime, row, str(error))
        return False
    return True


def _park(tx: Connection, rules: Ruleset, runtime: Runtime, row: outbox.Row, why: str) -> None:
    outbox.park(tx, row.id, why)
    ledger.add(tx, [_line(row.write, rules, row, runtime, "parked", words.left_to_a_person(why))])


def _with_receipt(link: Link, write: Write, receipt: Receipt) -> tuple[Link, bool]:
    body = write.body
    if isinstance(body, CreateTask):
        return replace(link, tasks={**link.tasks, write.key: receipt.remote_id}), False
    if isinstance(body, CloseTask):
        kept = {key: task for key, task in link.tasks.items() if task != body.task_id}
        return replace(link, tasks=kept), False
    if not isinstance(body, UpdateDeal | CreateDeal):
        return link, False
    intended = body.changes if isinstance(body, UpdateDeal) else body.values
    seen, sent, odd = dict(link.seen), dict(link.sent), False
    for name, value in intended.items():
        shown: Value = receipt.values.get(name)
        if name in receipt.values and same(value, shown):
            seen[name] = shown
        else:
            odd = True
        sent[name] = value
    url = receipt.url or link.url
    at = receipt.modified_at or link.modified_at
    return replace(link, seen=seen, sent=sent, version=None, modified_at=at, url=url), odd


def _failed(tx: Connection, runtime: Runtime, rules: Ruleset, row: outbox.Row, failure: Failure) -> None:
    """What follows from a refused or failed write; the table is `sync/failures.py`."""
    write, now = row.write, runtime.now()
    log.warning(
        "write_failed", deal=write.deal_id, write=row.id, next=failure.consequence, why=failure.message
    )
    if failure.consequence is Consequence.LOOK_AGAIN:
        outbox.supersede(tx, [row.id])
        _look_again(tx, runtime, write, write.remote_id, after_s=_conflict_pause(tx, runtime, write))
        ledger.add(tx, [_line(write, rules, row, runtime, "conflict", words.overtaken(failure.message))])
        return
    if failure.consequence in (Consequence.PAUSE, Consequence.WAIT):
        if failure.consequence is Consequence.PAUSE:
            pause(tx, runtime, write.connection, failure)
        due = now + timedelta(seconds=failure.pause_s)
        outbox.postpone(
            tx, row.id, due_at=due, error=failure.message, spend_attempt=False, uncertain=row.attempts > 1
        )
        return
    if failure.consequence is Consequence.PARK or gave_up(row.created_at, now, row.attempts):
        outbox.park(tx, row.id, failure.message)
        ledger.add(tx, [_line(write, rules, row, runtime, "parked", words.refused(failure.message))])
        return
    outbox.postpone(
        tx,
        row.id,
        due_at=now + backoff(row.attempts, runtime.jitter()),
        error=failure.message,
        spend_attempt=True,
        uncertain=failure.uncertain or row.attempts > 1,
    )


def _conflict_pause(tx: Connection, runtime: Runtime, write: Write) -> float:
    since = runtime.now() - timedelta(seconds=2 * LEASE_S)
    rows = outbox.open_rows(tx, [write.deal_id], attempted_since=since).get(write.deal_id, [])
    lost = sum(row.state is outbox.State.SUPERSEDED for row in rows)
    return CONFLICT_PAUSES_S[min(lost, len(CONFLICT_PAUSES_S)) - 1]


def _look_again(
    tx: Connection, runtime: Runtime, write: Write, remote_id: str | None, *, after_s: float = 0.0
) -> None:
    now = runtime.now()
    due = now + timedelta(seconds=after_s) if after_s else None
    inbox.add(tx, [NewEvent(EventKind.LOOK, write.deal_id, write.connection, remote_id, due_at=due)], now)


def _line(
    write: Write,
    rules: Ruleset,
    row: outbox.Row,
    runtime: Runtime,
    kind: str,
    summary: Phrase,
    *,
    receipt: str | None = None,
) -> ledger.Entry:
    return ledger.Entry(
        deal_id=write.deal_id,
        at=runtime.now(),
        kind=kind,
        actor="conveyor",
        summary=summary,
        ruleset=rules.hash,
        write_id=row.id,
        data={
            "connection": write.connection,
            "write": write.body.kind,
            "attempts": row.attempts,
            "answer": receipt,
            **_judged_values(write),
        },
    )


def _judged_values(write: Write) -> dict[str, Value]:
    """Where the deal was put and to whom; other values may be personal and stay out of the ledger."""
    changes = write.body.changes if isinstance(write.body, UpdateDeal) else {}
    return {name: changes[name] for name in ("stage", "owner") if name in changes}
