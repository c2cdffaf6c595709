"""Reads all that a decision may know from the database, for many deals at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mapping.model import Deal, Handoff
from mapping.ruleset import Ruleset
from store import connections, deals, handoffs, inbox, links, outbox, turns
from sync.core.case import Case, OpenWrite, Turn, WriteState
from sync.drain.lease import LEASE_S
from sync.people import Directories

LANDS_LATE = timedelta(seconds=2 * LEASE_S)
"""A stalled worker may land its write this long after it was given up."""

_STATES = {
    outbox.State.PENDING: WriteState.PENDING,
    outbox.State.SENDING: WriteState.SENDING,
    outbox.State.PARKED: WriteState.PARKED,
}


def load(
    tx: Connection, deal_ids: Collection[str], rules: Ruleset, directories: Directories, now: datetime
) -> dict[str, Case]:
    """The case of each deal that exists, without records and pools."""
    found = deals.load(tx, deal_ids)
    tied = links.load(tx, found)
    events = inbox.due(tx, found, now)
    rows_of = outbox.open_rows(tx, found, attempted_since=now - LANDS_LATE)
    keys = outbox.known_keys(tx, found)
    handed = handoffs.of_deals(tx, found)
    earlier = _earlier(tx, found.values(), rules)
    rows = connections.load_all(tx)
    people = directories.of(rows, rules)
    return {
        deal_id: Case(
            deal=deal,
            links={link.connection: link for link in tied.get(deal_id, ())},
            now=now,
            events=tuple(events.get(deal_id, ())),
            writes=tuple(_open_write(row) for row in rows_of.get(deal_id, ())),
            known_keys=keys.get(deal_id, frozenset()),
            handoffs=handed.get(deal_id, ()),
            earlier=earlier.get(deal_id, ()),
            directories=people,
            since={name: row.since for name, row in rows.items()},
        )
        for deal_id, deal in found.items()
    }


def _open_write(row: outbox.Row) -> OpenWrite:
    return OpenWrite(row.id, row.write, _STATES.get(row.state, WriteState.PAST), row.attempts)


def _earlier(tx: Connection, found: Collection[Deal], rules: Ruleset) -> dict[str, tuple[Handoff, ...]]:
    """The hand-offs of each deal's journey but its own, where a rule asks who had the customer before."""
    methods = {way for rule in rules.conveyor.handoffs for way in (rule.assign.by, rule.assign.otherwise)}
    if "same_as_before" not in methods:
        return {}
    journeys = {deal.journey for deal in found}
    first, following = handoffs.of_deals(tx, journeys), handoffs.of_journeys(tx, journeys)
    return {
        deal.id: tuple(
            handoff
            for handoff in (*first.get(deal.journey, ()), *following.get(deal.journey, ()))
            if handoff.deal_id != deal.id
        )
        for deal in found
    }


def load_pools(tx: Connection, rules: Ruleset) -> dict[str, dict[str, Turn]]:
    """How every holder of every receiving role stands."""
    loads = deals.open_counts(tx)
    pools: dict[str, dict[str, Turn]] = {}
    for role in sorted({rule.assign.to for rule in rules.conveyor.handoffs}):
        taken = turns.load(tx, role)
        pools[role] = {
            member.email: _turn(loads.get(member.email, 0), taken.get(member.email))
            for member in rules.holders(role)
        }
    return pools


def _turn(open_deals: int, turn: turns.Turn | None) -> Turn:
    return Turn(open_deals, turn.taken, turn.last_at) if turn else Turn(open_deals)
