"""The drain: takes due deals under leases, works them off round by round, delivers, and looks once more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog

from connectors.errors import ConnectorError
from mapping.ruleset import Ruleset
from store import deals, inbox, leases
from store.leases import LeaseLost
from sync.core.retry import MOST_BUGS, backoff
from sync.drain.deliver import deliver
from sync.drain.lease import Holding
from sync.drain.round import Round
from sync.runtime import Runtime

log = structlog.get_logger()

MOST_ROUNDS = 20
"""Then others are let in: the deal wakes itself again."""

GO_ON = timedelta(seconds=5)
"""After this a drain begins no further deal and passes the rest on: so a worker can be stopped in between."""

AMONG = 16
"""Of so many due deals a drain picks one, so that workers that look at the same moment seldom pick the same."""


def drain(runtime: Runtime, deal_id: str) -> None:
    """Work off one deal, with it further due deals of its connection, and then whatever else is due and free.

    Safe to call at any time. A wake-up that comes late finds its deal done and helps with the others: so a few
    wake-ups are enough for any number of deals.
    """
    led: set[str] = set()
    following: str | None = deal_id
    ends_at = runtime.now() + GO_ON
    while following is not None and runtime.now() < ends_at:
        led.add(following)
        _drain(runtime, following)
        following = _another(runtime, led)
    if following is not None:
        runtime.wake.deals([following])


def _drain(runtime: Runtime, deal_id: str) -> None:
    """Work off one deal, and what is taken along."""
    holding = Holding(runtime)
    if not _is_due(runtime, deal_id) or not holding.take(deal_id):
        return  # whoever holds it looks once more before leaving
    rules = runtime.rules.get()
    try:
        _work(runtime, rules, holding, deal_id)
    except LeaseLost:
        log.info("lease_lost", deal=deal_id, next="somebody else is working on it")
    finally:
        _give_back(runtime, holding, list(holding.deals))


def _is_due(runtime: Runtime, deal_id: str) -> bool:
    with runtime.store.read() as tx:
        return leases.is_due(tx, deal_id, runtime.now())


def _another(runtime: Runtime, led: Collection[str]) -> str | None:
    """One of the oldest due deals that nobody works on; any of them, for others look for one just now too."""
    with runtime.store.read() as tx:
        oldest = leases.due_deals(tx, runtime.now(), AMONG + len(led))
    due = [deal_id for deal_id, _ in oldest if deal_id not in led]
    return due[int(runtime.jitter() * AMONG) % len(due)] if due else None


def _work(runtime: Runtime, rules: Ruleset, holding: Holding, lead: str) -> None:
    home = _home(runtime, lead)
    if home is not None and home in rules.connections:
        holding.take_along(home, _batch(runtime, rules, home) - 1)
    for _ in range(MOST_ROUNDS):
        _round(runtime, rules, holding)
        _share_out(runtime, holding, lead)
        if lead not in holding.deals:
            return
        if deliver(runtime, rules, holding, lead) and not _is_due(runtime, lead):
            return


def _batch(runtime: Runtime, rules: Ruleset, connection: str) -> int:
    """How many records the connection reads at once; one at a time while it cannot be used."""
    try:
        return runtime.connector(connection, rules).capabilities.batch_read
    except ConnectorError:
        return 1


def _home(runtime: Runtime, deal_id: str) -> str | None:
    with runtime.store.read() as tx:
        found = deals.load(tx, [deal_id])
    return found[deal_id].home if deal_id in found else None


def _round(runtime: Runtime, rules: Ruleset, holding: Holding) -> None:
    """One round over all held deals. A deal that breaks it is set aside, so that the others go on."""
    try:
        Round(runtime, rules, holding).run()
    except LeaseLost:
        raise
    except Exception:
        if len(holding.deals) == 1:
            _set_aside(runtime, holding, holding.deals[0])
            raise
        log.exception("batch_broken", deals=len(holding.deals), next="each deal is tried alone")
        holding.release(*holding.deals[1:])
        _round(runtime, rules, holding)


def _set_aside(runtime: Runtime, holding: Holding, deal_id: str) -> None:
    """A mistake of ours: count an attempt, come back later, after five leave it to a person."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        holding.guard(tx, deal_id)
        events = [event.id for event in inbox.due(tx, [deal_id], now).get(deal_id, [])]
        tried = max(inbox.attempts(tx, events).values(), default=0) + 1
        reason = "The conveyor could not work on this deal; the log of the worker says why."
        inbox.fail(tx, events, now, due_at=now + backoff(tried, 1.0), error=reason, dead=tried >= MOST_BUGS)


def _share_out(runtime: Runtime, holding: Holding, lead: str) -> None:
    """Give the other deals back; those with writes to make go to whoever is free."""
    _give_back(runtime, holding, [deal_id for deal_id in holding.deals if deal_id != lead])


def _give_back(runtime: Runtime, holding: Holding, deal_ids: list[str]) -> None:
    """Release deals, and wake for those with something due."""
    due = holding.release(*deal_ids)
    if due:
        runtime.wake.deals(due)
