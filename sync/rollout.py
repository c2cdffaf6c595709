"""Puts a version of the rules in force, and has every deal looked at whose place it changes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from mapping.model import DealStatus, EventKind
from mapping.ruleset import Ruleset
from mapping.translate import to_canonical
from store import connections, deals, inbox, rulesets
from store.deals import DealRow
from store.inbox import NewEvent
from sync.runtime import Runtime

_PARKED = {"unmapped": DealStatus.UNMAPPED, "ignored": DealStatus.IGNORED}


def activate(runtime: Runtime, rules: Ruleset, *, by: str, message: str | None) -> int:
    """Make these rules the active version; returns how many deals are placed anew. One transaction."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        rulesets.activate(tx, rules.hash, rules.files, by=by, message=message, now=now)
        connections.ensure(tx, rules.connections, now)
        affected = list(_affected(tx, rules))
        events = [NewEvent(EventKind.CONFIG, deal_id, data={"ruleset": rules.hash}) for deal_id in affected]
        inbox.add(tx, events, now)
    runtime.wake.deals(affected)
    return len(affected)


def placed_anew(runtime: Runtime, rules: Ruleset) -> int:
    """How many deals these rules would place anew; touches nothing."""
    with runtime.store.read() as tx:
        return sum(1 for _ in _affected(tx, rules))


def _affected(tx: Connection, rules: Ruleset) -> Iterator[str]:
    for row in deals.listing(tx):
        if _is_affected(row, rules):
            yield row.deal.id


def _is_affected(row: DealRow, rules: Ruleset) -> bool:
    """Whether the CRM stage that a deal stands on means something else now."""
    deal = row.deal
    link = next((link for link in row.links if link.connection == deal.home), None)
    mapping = rules.mappings.get(deal.home)
    if link is None or mapping is None or "stage" not in link.seen or deal.status is DealStatus.DELETED:
        return False
    meaning = to_canonical(mapping, link.seen["stage"])
    if meaning.stage is None:
        return deal.status is not _PARKED[meaning.kind]
    return meaning.stage != deal.stage or deal.status in _PARKED.values()
