"""Takes a person out of the database: deal by deal under its lease, then what belongs to no deal, and the tombstone.

Safe to repeat: what could not be done now is found again.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from mapping.model import EventKind, Handoff, HandoffStatus, Ref
from mapping.phrases import counted, phrase
from mapping.ruleset import Ruleset
from store import connections, deals, handoffs, leases, ledger, links, outbox, personal
from store.bulk import batches
from sync.actions import NotPossible
from sync.drain.lease import LEASE_S
from sync.drain.load import LANDS_LATE
from sync.forgetting import places
from sync.forgetting.survey import Found, survey
from sync.runtime import NotConfigured, Runtime

AT_ONCE = 50
"""Deals in one transaction: nobody else writes to SQLite meanwhile."""

ASK_AGAIN_S = 0.2

IN_WORK = "a worker is at it"
ON_ITS_WAY = "a write to the CRM that names the person is on its way"
PARKED = "a write that names the person was given up: retry or drop it with `conveyor dead`"
ASKED_FOR = "something that a person asked for is not done yet"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out, by table, and the deals that wait, as `connection:record`, with why."""

    rows: dict[str, int]
    waiting: dict[str, str]

    @property
    def total(self) -> int:
        """How many rows were changed or went."""
        return sum(self.rows.values())


def look(runtime: Runtime, email: str) -> Found:
    """What the database holds about a person. `NotPossible` for somebody who is still at work on the line."""
    rules = _active(runtime)
    with runtime.store.read() as tx:
        _check_staff(tx, email, rules)
        return survey(tx, email, rules)


def forget(runtime: Runtime, found: Found, *, name: str, by: str, wait_s: float) -> Forgotten:
    """Take out what was found. Deals in work are waited for, `wait_s` at most.

    `name` stands for the person in the tombstone, and must not tell who it is; `by` is who asked for it.
    """
    rows: Counter[str] = Counter()
    ends_at = time.monotonic() + wait_s
    waiting = _take_out(runtime, found, found.touched, rows)
    while IN_WORK in waiting.values() and time.monotonic() < ends_at:
        time.sleep(ASK_AGAIN_S)
        waiting = _take_out(runtime, found, tuple(waiting), rows)
    with runtime.store.begin() as tx:
        _check_staff(tx, found.person.email, _active(runtime))
        if not waiting:  # the next attempt learns from there what the person is called
            _out_of_the_house(tx, runtime, found, rows)
        if rows:
            ledger.add(tx, [_tombstone(runtime, name, by, rows, waiting)])
        return Forgotten(dict(rows), {_name(tx, deal_id): why for deal_id, why in waiting.items()})


def _name(tx: Connection, deal_id: str) -> str:
    """A deal as people know it, by one of its records."""
    tied = links.load(tx, [deal_id])[deal_id]
    known = (str(Ref(link.connection, link.remote_id)) for link in tied if link.remote_id is not None)
    return next(known, deal_id)


def _active(runtime: Runtime) -> Ruleset | None:
    try:
        return runtime.rules.get()
    except NotConfigured:
        return None


def _check_staff(tx: Connection, email: str, rules: Ruleset | None) -> None:
    if rules is not None and email in rules.team:
        raise NotPossible(
            f"{email} is on the team: hand their deals on with `conveyor rehome`, take them out of team.yaml, "
            "`conveyor apply`, then forget them."
        )
    if any(row.from_member == email or row.to_member == email for row in _open_handoffs(tx)):
        raise NotPossible(
            f"{email} still gives or receives an open hand-off: `conveyor handoffs` shows it. Accept, return or "
            "hand it on with `conveyor rehome` first."
        )


def _open_handoffs(tx: Connection) -> Iterator[Handoff]:
    yield from handoffs.listing(tx, statuses=(HandoffStatus.WAITING, HandoffStatus.PENDING))


def _take_out(
    runtime: Runtime, found: Found, deal_ids: Collection[str], rows: Counter[str]
) -> dict[str, str]:
    """Take the person out of deals; returns those that wait, with why."""
    waiting: dict[str, str] = {}
    for batch in batches(sorted(deal_ids), AT_ONCE):
        with runtime.store.begin() as tx:
            token = uuid.uuid4().hex
            free = _leased(tx, runtime, batch, token)
            waiting |= {deal_id: IN_WORK for deal_id in batch if deal_id not in free}
            hindered = _hindered(tx, runtime, found, free)
            waiting |= hindered
            _out_of_deals(tx, found, [deal_id for deal_id in free if deal_id not in hindered], rows)
            leases.release(tx, free, token)
    return waiting


def _leased(tx: Connection, runtime: Runtime, deal_ids: Collection[str], token: str) -> list[str]:
    """Those of the deals that nobody works on, now ours; one that another deal took the place of is nobody's."""
    known, now = deals.load(tx, deal_ids), runtime.now()
    return [d for d in deal_ids if d not in known or leases.acquire(tx, d, token, now, LEASE_S)]


def _hindered(tx: Connection, runtime: Runtime, found: Found, deal_ids: Collection[str]) -> dict[str, str]:
    """The deals with something under way that names the person: it would be lost, or sent without sense."""
    why = dict.fromkeys(_asked_for(tx, found, deal_ids), ASKED_FOR)
    since = runtime.now() - LANDS_LATE
    for deal_id, writes in outbox.open_rows(tx, deal_ids, attempted_since=since).items():
        states = {write.id: write.state for write in writes}
        for row in personal.of_deals(tx, "outbox", [deal_id]):
            if row["id"] in states and _is_in(found, "outbox", row):
                parked = states[row["id"]] is outbox.State.PARKED
                why[deal_id] = PARKED if parked else ON_ITS_WAY
    return why


def _asked_for(tx: Connection, found: Found, deal_ids: Collection[str]) -> Iterator[str]:
    for row in personal.of_deals(tx, "inbox", deal_ids):
        is_request = row["kind"] == EventKind.MANUAL and row["state"] != "done"
        if is_request and _is_in(found, "inbox", row):
            yield row["deal_id"]


def _is_in(found: Found, table: str, row: personal.Texts) -> bool:
    return places.change(table, row, found.seen_in(table, row)) is not None


def _out_of_deals(tx: Connection, found: Found, deal_ids: Collection[str], rows: Counter[str]) -> None:
    for table in personal.TABLES:
        if personal.deal_column(table) is not None:
            _out_of(tx, found, table, personal.of_deals(tx, table, deal_ids), rows)


def _out_of_the_house(tx: Connection, runtime: Runtime, found: Found, rows: Counter[str]) -> None:
    """What belongs to no deal. Workers keep the people of a connection at hand until their reading's time changes."""
    for table in personal.TABLES:
        _out_of(tx, found, table, personal.of_no_deal(tx, table), rows)
    for row in connections.load_all(tx).values():
        if row.name in found.kept_in_crms:
            connections.save_directory(tx, row.name, row.directory, runtime.now())


def _out_of(
    tx: Connection, found: Found, table: str, stored: Collection[personal.Texts], rows: Counter[str]
) -> None:
    for row in stored:
        changed = places.change(table, row, found.seen_in(table, row))
        if changed is None:
            continue
        if table in places.GOES:
            personal.remove(tx, table, row)
        else:
            personal.rewrite(tx, table, row, changed)
        rows[table] += 1


def _tombstone(
    runtime: Runtime, name: str, by: str, rows: Counter[str], waiting: Collection[str]
) -> ledger.Entry:
    changed = sum(rows.values())
    text = counted(
        "A person was forgotten, in {count} row.", "A person was forgotten, in {count} rows.", count=changed
    )
    if waiting:
        text = phrase("{text} Deals that wait: {number}.", text=text, number=len(waiting))
    return ledger.Entry(
        deal_id=None,
        at=runtime.now(),
        kind="forgotten",
        actor=by,
        summary=text,
        data={"person": name, **dict(rows)},
    )
