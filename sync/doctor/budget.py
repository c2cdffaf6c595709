"""Whether the connection is paused, and how many calls it has left: by our own count, and by what the CRM says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from connectors.base import Rate
from connectors.overheard import Heard
from store.connections import ConnectionRow
from sync.budget import RedisBudget
from sync.doctor.check import Check, State
from sync.doctor.subject import Subject
from sync.house import find_broker_url
from sync.settings import Settings

BUDGET = "rate budget"
BudgetOf = Callable[[str], RedisBudget]

_REMAINING = re.compile(r"remaining\s*=\s*\"?(\d+)")


def shared_budgets(settings: Settings) -> BudgetOf | None:
    """How to ask for the budget that all processes share; None where no broker runs, so that nobody shares one."""
    url = find_broker_url(settings)
    if url is None:
        return None
    from sync.broker import connect

    client = connect(url)
    return lambda name: RedisBudget(client, name)


def check(subject: Subject, budget_of: BudgetOf | None) -> Check:
    """Paused is a problem, the latest trouble a warning; what is left is told in any case."""
    left = [_ours(subject.capabilities.rates, _left(subject, budget_of)), _theirs(subject.heard)]
    calls = "\n".join(line for line in left if line)
    row = subject.row
    if row is not None and row.paused(subject.now):
        said = f"Paused until {row.paused_until:%Y-%m-%d %H:%M:%S} UTC: {row.pause_reason}"
        return Check(BUDGET, State.PROBLEM, f"{said}\n{calls}")
    if row is not None and row.error:
        return Check(BUDGET, State.WARNING, f"Not paused. {_trouble(row)}\n{calls}")
    return Check(BUDGET, State.FINE, f"Not paused. {calls}")


def _trouble(row: ConnectionRow) -> str:
    at = f" at {row.error_at:%Y-%m-%d %H:%M} UTC" if row.error_at else ""
    return f"The latest trouble{at}: {row.error}"


def _left(subject: Subject, budget_of: BudgetOf | None) -> Mapping[str, int] | None:
    if budget_of is None:
        return None
    budget = budget_of(subject.name)
    budget.declare(subject.capabilities.rates)
    return budget.left()


def _ours(rates: Sequence[Rate], left: Mapping[str, int] | None) -> str:
    """The vendor's documented limits as we keep to them."""
    free = {} if left is None else left
    said = [
        f"{rate.name} {free[rate.name]} of {rate.burst}"
        if rate.name in free
        else f"{rate.name} {_limit(rate)}"
        for rate in rates
    ]
    return f"{'Calls free at once now' if free else 'Limits kept to'}: {', '.join(said)}."


def _limit(rate: Rate) -> str:
    return f"{rate.calls} calls in {rate.per_s:g} s"


def _theirs(heard: Iterable[Heard]) -> str | None:
    """What its answers say is left, by the usual names of such headers."""
    remaining: dict[str, str] = {}
    for each in heard:
        for name, value in each.headers.items():
            if (number := _number(name.lower(), value)) is not None:
                remaining[name.lower().removeprefix("x-")] = number
    if not remaining:
        return None
    return "The CRM says: " + ", ".join(f"{name} {number}" for name, number in remaining.items()) + "."


def _number(name: str, value: str) -> str | None:
    if name.endswith("remaining") and value.isdigit():
        return value
    found = _REMAINING.search(value) if name.endswith("ratelimit") else None
    return found[1] if found else None
