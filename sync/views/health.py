"""How the house is doing: connections, queues, hand-offs, and what somebody should look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, func, select

from mapping.model import DealStatus, HandoffStatus
from mapping.ruleset import Ruleset
from mapping.working_time import add
from store import connections, deals, handoffs, inbox, outbox, practices, rulesets
from store.connections import ConnectionRow
from store.schema import deals as deals_table
from store.schema import inbox as inbox_table
from store.schema import outbox as outbox_table
from sync.runtime import NotConfigured, Runtime
from sync.views import alarm_words as words
from sync.views.names import home_link, iso

LATE_S = 60.0
"""Work that has been due for longer than this means that nobody is working."""

_QUEUES = ((inbox_table, ("pending",)), (outbox_table, ("pending", "sending")))


class ConnectionView(TypedDict):
    """One connection; `lag_seconds` is how long its oldest due work has been waiting, also while it is paused."""

    ok: bool
    error: str | None
    last_event_at: str | None
    last_poll_at: str | None
    lag_seconds: float
    paused_until: str | None
    pause_reason: str | None
    deals_read: int
    deals_total: int | None
    backfilled_at: str | None


class Alarm(TypedDict):
    """Something that a person should look at."""

    kind: str
    connection: str | None
    message: str


class StatusView(TypedDict):
    """What `conveyor status --json` prints."""

    version: int | None
    connections: dict[str, ConnectionView]
    inbox: dict[str, int]
    outbox: dict[str, int]
    handoffs: dict[str, int]
    alarms: list[Alarm]


def status(runtime: Runtime) -> StatusView:
    """The whole house at one moment; works without an active version too. Raises `Unavailable`."""
    rules, now = _rules(runtime), runtime.now()
    with runtime.store.read() as tx:
        lag = _lag(tx, now)
        known = connections.load_all(tx)
        rows = {name: row for name, row in known.items() if rules is None or name in rules.connections}
        view = StatusView(
            version=_version(tx),
            connections={name: _connection(row, now, lag.get(name, 0.0)) for name, row in rows.items()},
            inbox=asdict(inbox.counts(tx, now)),
            outbox=asdict(outbox.counts(tx, now)),
            handoffs=asdict(handoffs.counts(tx, now)),
            alarms=[],
        )
        view["alarms"] = [
            *_from_figures(view, rules),
            *_of_rows(rows),
            *_unmapped(tx, rules),
            *_nobody_free(tx, now),
            *_missed(tx),
            *_faded(tx, rules, now),
        ]
    return view


def _rules(runtime: Runtime) -> Ruleset | None:
    try:
        return runtime.rules.get()
    except NotConfigured:
        return None


def _version(tx: Connection) -> int | None:
    active = rulesets.active_version(tx)
    return active[0] if active else None


def _connection(row: ConnectionRow, now: datetime, lag_s: float) -> ConnectionView:
    paused = row.paused(now)
    return ConnectionView(
        ok=row.error is None,
        error=row.error,
        last_event_at=iso(row.last_event_at),
        last_poll_at=iso(row.last_poll_at),
        lag_seconds=round(lag_s, 3),
        paused_until=iso(row.paused_until) if paused else None,
        pause_reason=row.pause_reason if paused else None,
        deals_read=row.backfill_seen,
        deals_total=row.backfill_total,
        backfilled_at=iso(row.backfill_done_at),
    )


def _lag(tx: Connection, now: datetime) -> dict[str, float]:
    """Seconds that the oldest due work of each connection has been waiting; work of none counts for the home."""
    found: dict[str, float] = {}
    for table, states in _QUEUES:
        whose = func.coalesce(table.c.connection, deals_table.c.home)
        query = (
            select(whose, func.min(table.c.due_at))
            .join_from(table, deals_table, deals_table.c.id == table.c.deal_id)
            .where(table.c.state.in_(states), table.c.due_at <= now)
            .group_by(whose)
        )
        for name, oldest in tx.execute(query):
            found[name] = max(found.get(name, 0.0), (now - oldest).total_seconds())
    return found


def _from_figures(view: StatusView, rules: Ruleset | None) -> Iterator[Alarm]:
    if view["version"] is None:
        yield _alarm("no_rules", words.NO_RULES)
    for name, connection in view["connections"].items():
        yield from _of_connection(name, connection, rules)
    dead = view["inbox"]["dead"] + view["outbox"]["dead"]
    if dead:
        yield _alarm("dead_letters", words.dead_letters(dead))
    if view["inbox"]["held"]:
        yield _alarm("held", words.held(view["inbox"]["held"]))
    counts = view["handoffs"]
    if counts["late"]:
        yield _alarm("late_handoffs", words.late_handoffs(counts["late"]))
    if counts["offered"] != counts["accepted"] + counts["returned"] + counts["open"]:
        yield _alarm("handoffs_unaccounted", words.UNACCOUNTED)


def _of_connection(name: str, connection: ConnectionView, rules: Ruleset | None) -> Iterator[Alarm]:
    until = connection["paused_until"]
    if until:
        said = words.paused(datetime.fromisoformat(until), connection["pause_reason"], rules)
        yield _alarm("paused", said, name)
    elif connection["error"]:
        yield _alarm("error", connection["error"], name)
    if connection["lag_seconds"] > LATE_S and not until:
        yield _alarm("lag", words.waits_for_a_worker(connection["lag_seconds"]), name)


def _of_rows(rows: Mapping[str, ConnectionRow]) -> Iterator[Alarm]:
    """Where the YAML and a CRM drifted apart, one alarm each until it is mended; webhooks that die."""
    for name, row in rows.items():
        for drift in row.drift:
            yield _alarm("drift", drift.message, name)
        if row.renew_error:
            yield _alarm("webhooks_not_renewed", words.not_renewed(row.renew_error), name)


def _unmapped(tx: Connection, rules: Ruleset | None) -> Iterator[Alarm]:
    """Every CRM stage that the mapping does not know, once, however many deals stand on it."""
    if rules is None:
        return
    found: Counter[tuple[str, str]] = Counter()
    for row in deals.listing(tx, status=DealStatus.UNMAPPED):
        link = home_link(row.deal, row.links)
        stage = link.seen.get("stage") if link else None
        if link is not None and isinstance(stage, list):
            found[link.connection, " / ".join(stage)] += 1
    for (name, stage), number in sorted(found.items()):
        said = words.unmapped_stage(stage, number, f"mappings/{name}.yaml")
        yield _alarm("unmapped_stage", said, name)


def _nobody_free(tx: Connection, now: datetime) -> Iterator[Alarm]:
    waiting = handoffs.listing(tx, statuses=[HandoffStatus.WAITING])
    for section in sorted({handoff.to_section for handoff in waiting}):
        own = [handoff for handoff in waiting if handoff.to_section == section]
        oldest = max(now - handoff.offered_at for handoff in own)
        yield _alarm("nobody_free", words.nobody_free(len(own), section, oldest))


def _faded(tx: Connection, rules: Ruleset | None, now: datetime) -> Iterator[Alarm]:
    """Practices that have not happened for longer than they may, in days of the calendar."""
    if rules is None or not rules.conveyor.practices:
        return
    last, line = practices.load(tx), rules.conveyor
    for practice in line.practices:
        since = last.get(practice.stage, now)
        if add(since, practice.at_least_once_in, None, line.timezone) < now:
            yield _alarm("practice_faded", words.practice_faded(practice, since, rules))


def _missed(tx: Connection) -> Iterator[Alarm]:
    """Hand-offs that wait on after a missed deadline; `head` has a task of it, where there is one."""
    missed = [h for h in handoffs.listing(tx, statuses=[HandoffStatus.PENDING]) if h.late_steps]
    if missed:
        yield _alarm("missed_deadlines", words.missed_deadlines(len(missed)))


def _alarm(kind: str, message: str, connection: str | None = None) -> Alarm:
    return Alarm(kind=kind, connection=connection, message=message)
