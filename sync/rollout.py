"""Puts a version of the rules in force, and has every deal looked at whose place it changes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from mapping.model import DealStatus, EventKind
from mapping.ruleset import Ruleset
from mapping.translate import to_canonical
from store import connections, deals, inbox, practices, rulesets
from store.deals import DealRow
from store.inbox import NewEvent
from sync.runtime import NotConfigured, Runtime

_PARKED = {"unmapped": DealStatus.UNMAPPED, "ignored": DealStatus.IGNORED}


def activate(runtime: Runtime, rules: Ruleset, *, by: str, message: str | None) -> int:
    """Make these rules the active version; returns how many deals are placed anew. One transaction."""
    now, before = runtime.now(), _in_force(runtime)
    with runtime.store.begin() as tx:
        rulesets.activate(tx, rules.hash, rules.files, by=by, message=message, now=now)
        connections.ensure(tx, rules.connections, now)
        practices.begin(tx, {practice.stage for practice in rules.conveyor.practices}, now)
        affected = list(_affected(tx, rules, before))
        events = [NewEvent(EventKind.CONFIG, deal_id, data={"ruleset": rules.hash}) for deal_id in affected]
        inbox.add(tx, events, now)
    runtime.wake.deals(affected)
    return len(affected)


def _in_force(runtime: Runtime) -> Ruleset | None:
    try:
        return runtime.rules.get()
    except NotConfigured:
        return None


def _affected(tx: Connection, rules: Ruleset, before: Ruleset | None) -> Iterator[str]:
    """Deals that are placed anew, and those whose clock runs differently now."""
    other_times = before is not None and _times(before) != _times(rules)
    for row in deals.listing(tx):
        if _is_placed_anew(row, rules) or (other_times and row.deal.active_at is not None):
            yield row.deal.id


def _times(rules: Ruleset) -> object:
    """All that says when something is due."""
    line = rules.conveyor
    follow_ups = [(stage.name, stage.follow_up_after) for stage in line.stages.values()]
    of_handoffs = [(rule.name, rule.accept_within, rule.remind_at, rule.if_late) for rule in line.handoffs]
    return (line.timezone, line.working_hours, follow_ups, of_handoffs, line.growth)


def _is_placed_anew(row: DealRow, rules: Ruleset) -> bool:
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
