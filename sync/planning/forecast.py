"""What other rules would do to the deals, counted over all of them, from the database alone. Touches nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, select

from mapping.model import Deal, DealStatus
from mapping.ruleset import Ruleset
from store import bulk
from store.schema import deals as deals_table
from sync.core.case import Case, Outcome
from sync.planning import effects
from sync.planning.effects import Effect, Standing
from sync.planning.world import World
from sync.runtime import Runtime

TOGETHER = 500
"""Deals that are loaded and decided at once; the memory it takes does not grow with their number."""

Decided = dict[str, tuple[Case, Outcome]]


@dataclass(slots=True)
class Placement:
    """Deals that the new rules place elsewhere, with their money by currency."""

    deals: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)

    def add(self, deal: Deal) -> None:
        """Count one deal in; without a readable amount it brings no money."""
        self.deals += 1
        try:
            amount = Decimal(str(deal.fields.get("amount")))
        except InvalidOperation:
            return
        currency = str(deal.fields.get("currency") or "")
        self.money[currency] = self.money.get(currency, Decimal(0)) + amount


@dataclass(slots=True)
class Forecast:
    """What would happen to the deals; each number counts what comes of the change, not what happens anyway."""

    on_the_line: int = 0  # all that have a place there now
    affected: int = 0
    placements: dict[tuple[str, str], Placement] = field(default_factory=dict)
    moved: int = 0  # deals that the conveyor would move or re-assign in a CRM, or take to another
    violations: int = 0
    unmapped: int = 0
    missing: int = 0
    unclear: int = 0  # that cannot be told without asking a CRM
    opened: int = 0  # further deals for customers
    handoffs: Counter[str] = field(default_factory=Counter)
    state: str = ""  # names where all deals stood when it was made


def foresee(runtime: Runtime, before: Ruleset | None, after: Ruleset) -> Forecast:
    """Decide every deal under the new rules and count what differs. Raises `Unavailable`."""
    now, forecast, state = runtime.now(), Forecast(), hashlib.blake2b(digest_size=16)
    with runtime.store.read() as tx:
        new = World(tx, after, now)
        old = World(tx, before, now) if before is not None else None
        for ids in bulk.batches(_ids(tx), TOGETHER):
            decided: Decided = {case.deal.id: (case, outcome) for case, outcome in new.decided(ids)}
            for deal_id in ids:
                state.update(_position(decided[deal_id][0]).encode())
            touched = [deal_id for deal_id, (case, outcome) in decided.items() if _does(case, outcome, after)]
            anyway: Decided = {c.deal.id: (c, o) for c, o in old.decided(touched)} if old is not None else {}
            for case, outcome in decided.values():
                _count(forecast, case, outcome, after, anyway.get(case.deal.id), before)
    forecast.state = state.hexdigest()
    return forecast


def _ids(tx: Connection) -> list[str]:
    there = deals_table.c.status != DealStatus.DELETED.value
    return list(tx.scalars(select(deals_table.c.id).where(there).order_by(deals_table.c.id)))


def _position(case: Case) -> str:
    """Where a deal stands, on the line and in the CRMs."""
    deal = case.deal
    links = sorted((n, str(k.seen.get("stage")), str(k.seen.get("owner"))) for n, k in case.links.items())
    open_handoffs = sorted((h.id, str(h.status), str(h.to_member)) for h in case.handoffs)
    return repr((deal.id, str(deal.status), deal.section, deal.stage, deal.owner, links, open_handoffs))


def _does(case: Case, outcome: Outcome, rules: Ruleset) -> bool:
    """Whether anything would come of it: then it is asked whether that comes by the present rules as well."""
    stays = effects.standing(case.deal) == effects.standing(outcome.deal)
    return not stays or bool(_all_effects(case, outcome, rules)) or bool(outcome.needs)


def _all_effects(case: Case, outcome: Outcome, rules: Ruleset) -> frozenset[Effect]:
    parts: Iterable[frozenset[Effect]] = (
        effects.in_crm(outcome),
        effects.on_handoffs(case, outcome),
        effects.openings(outcome),
        effects.violations(outcome, rules),
        effects.missing(case, outcome, rules),
    )
    return frozenset().union(*parts)


def _count(
    forecast: Forecast,
    case: Case,
    outcome: Outcome,
    rules: Ruleset,
    anyway: tuple[Case, Outcome] | None,
    before: Ruleset | None,
) -> None:
    stands, would = effects.standing(case.deal), effects.standing(outcome.deal)
    known = _all_effects(*anyway, before) if anyway is not None and before is not None else frozenset()
    moved = effects.in_crm(outcome) - known
    handed = effects.on_handoffs(case, outcome) - known
    forecast.on_the_line += stands.section is not None
    forecast.moved += bool(moved)
    forecast.handoffs.update(effect[0] for effect in handed)
    opened = effects.openings(outcome) - known
    forecast.opened += sum(int(number) for _, _, number in opened)
    forecast.violations += bool(effects.violations(outcome, rules) - known)
    forecast.missing += bool(effects.missing(case, outcome, rules) - known)
    forecast.unclear += bool(outcome.needs) and not (anyway is not None and anyway[1].needs)
    is_placed = would not in (stands, effects.standing(anyway[1].deal) if anyway is not None else stands)
    forecast.affected += is_placed or bool(moved or handed or opened)
    if is_placed:
        _place(forecast, case.deal, stands, would)


def _place(forecast: Forecast, deal: Deal, stands: Standing, would: Standing) -> None:
    if stands.stage == would.stage:
        return
    forecast.placements.setdefault((stands.stage, would.stage), Placement()).add(deal)
    forecast.unmapped += would.stage == str(DealStatus.UNMAPPED)
