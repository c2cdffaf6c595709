"""How the house is doing: connections, queues, the sums, rate budgets, alarms, and dead letters to settle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from starlette.responses import Response

from connectors.errors import AuthFailed
from sync import actions
from sync.doctor.budget import BudgetOf, shared_budgets
from sync.house import find_broker_url
from sync.settings import Settings
from sync.views import dead, health
from web.console.visit import Visit

MOST_DEAD = 100


@dataclass(frozen=True, slots=True)
class Free:
    """One rate of a CRM: how many calls are free at once now, and how many at best."""

    rate: str
    calls: int
    of: int


_SETTLE = {"retry": actions.retry_dead, "drop": actions.drop_dead}


def show(visit: Visit, problem: str | None = None, status: int = 200) -> Response:
    """`GET /health`."""
    letters = dead.listing(visit.runtime)
    return visit.page(
        "health.html",
        status=status,
        current="health",
        found=health.status(visit.runtime),
        budgets=_budgets(visit),
        dead=letters[:MOST_DEAD],
        more_dead=max(0, len(letters) - MOST_DEAD),
        problem=problem,
    )


def settle_dead(visit: Visit) -> Response:
    """`POST /health/dead`: try one dead letter again, or drop it for good; `all` means all that there are."""
    wanted, letter = visit.form.get("do", ""), visit.form.get("id", "")
    known = {row["id"] for row in dead.listing(visit.runtime)}
    chosen = known if letter == "all" and wanted == "retry" else known & {letter}
    if wanted not in _SETTLE or not chosen:
        return show(visit, "no_such_letter", 409)
    _SETTLE[wanted](visit.runtime, events=_numbers(chosen, dead.EVENT), writes=_numbers(chosen, dead.WRITE))
    return visit.done("/health", f"dead_{wanted}", f"dead_{wanted}", letter)


def _numbers(letters: set[str], kind: str) -> list[int]:
    parted = (letter.partition(":") for letter in letters)
    return sorted(int(number) for found, _, number in parted if found == kind)


def _budgets(visit: Visit) -> dict[str, list[Free]]:
    """For each connection how many calls are free at once now; none where no broker shares its budget."""
    url = find_broker_url(Settings())
    budget_of = _budgets_at(url) if url else None
    return {name: _free(visit, name, budget_of) for name in visit.rules.connections} if budget_of else {}


@lru_cache(maxsize=1)
def _budgets_at(url: str) -> BudgetOf | None:
    """Asked through one client, however often the page is looked at."""
    return shared_budgets(Settings())


def _free(visit: Visit, name: str, budget_of: BudgetOf) -> list[Free]:
    try:
        rates = visit.runtime.connector(name, visit.rules).capabilities.rates
    except AuthFailed:  # its keys are missing, which the alarms tell
        return []
    budget = budget_of(name)
    budget.declare(rates)
    left = budget.left() or {}
    return [Free(rate.name, left[rate.name], int(rate.burst)) for rate in rates if rate.name in left]
