"""Puts a version of the rules in force, and has exactly those deals looked at that the plan says are touched."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from mapping.model import EventKind
from mapping.ruleset import Ruleset
from store import bulk, connections, inbox, practices, rulesets
from store.inbox import NewEvent
from sync.planning.forecast import Forecast, foresee
from sync.runtime import NotConfigured, Runtime

TOGETHER = 1000
"""Events that are stored at once, so that memory stays flat."""


def activate(
    runtime: Runtime, rules: Ruleset, *, by: str, message: str | None, foretold: Forecast | None = None
) -> int:
    """Make these rules the active version; returns how many deals are looked at because of it. One transaction.

    Which they are is known from the forecast that a person saw, or found out now. What happened to a deal since
    then is a reason to look at it, too.
    """
    forecast = foretold or foresee(runtime, _in_force(runtime), rules)
    ids: list[str] = []
    with runtime.store.begin() as tx:
        rulesets.hold_deals(tx)
        holds = forecast.made_from.holds(tx)
        if holds:
            ids = sorted({*forecast.looked_at, *forecast.made_from.moved_since(tx)})
            version = _store(tx, runtime, rules, by, message)
            for some in bulk.batches(_events(forecast, ids, rules, version), TOGETHER):
                inbox.add(tx, some, runtime.now())
    if not holds:  # other rules came into force meanwhile, or people were read: it is foretold again
        again = foresee(runtime, _in_force(runtime), rules, forecast.asked)
        return activate(runtime, rules, by=by, message=message, foretold=again)
    runtime.wake.deals(ids)
    return len(ids)


def _in_force(runtime: Runtime) -> Ruleset | None:
    try:
        return runtime.rules.get()
    except NotConfigured:
        return None


def _store(tx: Connection, runtime: Runtime, rules: Ruleset, by: str, message: str | None) -> int:
    now = runtime.now()
    version = rulesets.activate(tx, rules.hash, rules.files, by=by, message=message, now=now)
    connections.ensure(tx, rules.connections, now)
    practices.begin(tx, {practice.stage for practice in rules.conveyor.practices}, now)
    return version


def _events(forecast: Forecast, ids: list[str], rules: Ruleset, version: int) -> Iterator[NewEvent]:
    """For each deal that new rules are in force; and behind it what a person asked for with them."""
    data = {"ruleset": rules.hash, "version": str(version)}
    for deal_id in ids:
        yield NewEvent(EventKind.CONFIG, deal_id, data=data)
        asked = forecast.asked.get(deal_id)
        if asked is not None:
            yield NewEvent(asked.kind, deal_id, data=asked.data)
