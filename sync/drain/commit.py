"""Writes an outcome into the database: one transaction, guarded by the lease, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from mapping.model import EventKind
from mapping.ruleset import Ruleset
from store import deals, handoffs, inbox, ledger, links, outbox, practices, turns
from store.inbox import NewEvent
from sync.core.case import Case, Entry, Opening, Outcome


def commit(tx: Connection, case: Case, outcome: Outcome, rules: Ruleset, now: datetime) -> bool:
    """Store what was decided; False, with nothing stored, if its receiver got another deal meanwhile."""
    if not _take_turns(tx, outcome, now):
        return False
    deal_id = case.deal.id
    if outcome.deal != case.deal:
        deals.save(tx, outcome.deal, rules.hash)
    links.save(tx, [link for name, link in outcome.links.items() if case.links.get(name) != link])
    for handoff in outcome.handoffs:
        handoffs.save(tx, handoff)
    _open(tx, outcome.openings, rules, now)
    practices.note(tx, _practised(case, outcome, rules), now)
    outbox.settle(tx, outcome.settle)
    outbox.supersede(tx, outcome.supersede)
    outbox.add(tx, outcome.writes, now)
    ledger.add(tx, _lines(deal_id, outcome.entries, case, rules, now))
    inbox.done(tx, [event.id for event in case.events], now)
    if outcome.look_again_at is not None:
        inbox.schedule(tx, deal_id, outcome.look_again_at, now)
    return True


def _open(tx: Connection, openings: Iterable[Opening], rules: Ruleset, now: datetime) -> None:
    """Begin other deals; each is looked at by itself, which creates its record."""
    for opening in openings:
        deals.save(tx, opening.deal, rules.hash)
        links.save(tx, [opening.link])
        if opening.handoff is not None:
            handoffs.save(tx, opening.handoff)
        inbox.add(tx, [NewEvent(EventKind.LOOK, opening.deal.id)], now)


def _practised(case: Case, outcome: Outcome, rules: Ruleset) -> set[str]:
    """The stages that deals came onto, as far as a practice watches them."""
    watched = {practice.stage for practice in rules.conveyor.practices}
    came = {opening.deal.stage for opening in outcome.openings}
    if outcome.deal.visit != case.deal.visit:
        came.add(outcome.deal.stage)
    return {stage for stage in came if stage in watched and stage is not None}


def _take_turns(tx: Connection, outcome: Outcome, now: datetime) -> bool:
    """Count all turns, or none."""
    if not outcome.turns:
        return True
    with tx.begin_nested() as point:
        for turn in outcome.turns:
            expected, taken = turn.taken_before, turn.taken_after
            if not turns.take(tx, turn.role, turn.member, expected_taken=expected, taken=taken, now=now):
                point.rollback()
                return False
    return True


def _lines(
    deal_id: str, entries: Iterable[Entry], case: Case, rules: Ruleset, now: datetime
) -> list[ledger.Entry]:
    event_id = case.events[-1].id if case.events else None
    because = sorted({str(event.kind) for event in case.events})
    return [
        ledger.Entry(
            deal_id=deal_id,
            at=now,
            kind=entry.kind,
            actor=entry.actor or "conveyor",
            summary=entry.summary,
            rule_file=entry.place.file if entry.place else None,
            rule_line=entry.place.line if entry.place else None,
            ruleset=rules.hash,
            event_id=event_id,
            write_id=None,
            data={**entry.data, "because": because},
        )
        for entry in entries
    ]
