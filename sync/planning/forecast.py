"""What other rules would do to the deals, counted over all of them, from the database alone. Touches nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, select

from mapping.model import Deal, DealStatus, Event
from mapping.ruleset import Ruleset
from store.schema import deals as deals_table
from sync.core import undo
from sync.core.case import Case
from sync.planning import first_sight
from sync.planning.foretold import Foretold, each
from sync.planning.standpoint import Standpoint, standpoint
from sync.planning.world import NOTHING_ASKED
from sync.runtime import Runtime


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

    made_from: Standpoint
    on_the_line: int = 0  # all that have a place there now
    affected: int = 0
    placements: dict[tuple[str, str], Placement] = field(default_factory=dict)
    moved: int = 0  # deals that the conveyor would move or re-assign in a CRM, or take to another
    violations: int = 0
    unmapped: int = 0
    missing: int = 0
    told: int = 0  # deals for which tasks, notes or fields would be written
    unclear: int = 0  # that cannot be told without asking a CRM
    opened: int = 0  # further deals for customers
    handoffs: Counter[str] = field(default_factory=Counter)
    first_sight: Counter[str] = field(default_factory=Counter)  # by `sync.planning.first_sight`
    looked_at: list[str] = field(default_factory=list)  # deals to look at when the rules come into force
    asked: Mapping[str, Event] = field(
        default_factory=dict
    )  # what a person asks for with the change, by deal
    undone: int = 0  # deals for which moves of versions that are rolled back would be undone
    left: list[tuple[str, str]] = field(default_factory=list)  # deals for which they would not be, and why
    state: str = ""  # names where all deals stood when it was made

    @property
    def placed_anew(self) -> int:
        """How many deals stand on another stage then."""
        return sum(placement.deals for placement in self.placements.values())


def foresee(
    runtime: Runtime,
    before: Ruleset | None,
    after: Ruleset,
    asked: Mapping[str, Event] = NOTHING_ASKED,
) -> Forecast:
    """Decide every deal under the new rules and count what differs; `asked` is what a person asks for with them.

    Of each deal that has to be looked at only its id is kept. Raises `Unavailable`.
    """
    now, state = runtime.now(), hashlib.blake2b(digest_size=16)
    with runtime.store.read() as tx:
        forecast = Forecast(standpoint(tx), asked=asked)
        for foretold in each(tx, before, after, now, deal_ids(tx), asked):
            state.update(_position(foretold.case).encode())
            _count(forecast, foretold)
            forecast.first_sight.update(first_sight.judged(foretold.outcome.deal, after, now))
    forecast.state = state.hexdigest()
    return forecast


def deal_ids(tx: Connection) -> list[str]:
    """All deals that a change of rules may touch, in the order in which they are looked at afterwards."""
    there = deals_table.c.status != DealStatus.DELETED.value
    return list(tx.scalars(select(deals_table.c.id).where(there).order_by(deals_table.c.id)))


def _position(case: Case) -> str:
    """Where a deal stands, on the line and in the CRMs."""
    deal = case.deal
    links = sorted((n, str(k.seen.get("stage")), str(k.seen.get("owner"))) for n, k in case.links.items())
    open_handoffs = sorted((h.id, str(h.status), str(h.to_member)) for h in case.handoffs)
    return repr((deal.id, str(deal.status), deal.section, deal.stage, deal.owner, links, open_handoffs))


def _count(forecast: Forecast, foretold: Foretold) -> None:
    does = foretold.does
    forecast.on_the_line += foretold.stands.section is not None
    forecast.affected += foretold.affected
    forecast.moved += bool(does.moved)
    forecast.told += bool(does.told)
    forecast.handoffs.update(effect[0] for effect in does.handed)
    forecast.opened += sum(int(number) for _, _, number in does.opened)
    forecast.violations += bool(does.violations)
    forecast.missing += bool(does.missing)
    forecast.unclear += foretold.unclear
    forecast.undone += any(entry.kind == undo.UNDONE for entry in foretold.outcome.entries)
    forecast.left += _left(foretold)
    if foretold.is_looked_at:
        forecast.looked_at.append(foretold.case.deal.id)
    if foretold.is_placed and foretold.stands.stage != foretold.would.stage:
        _place(forecast, foretold)


def _left(foretold: Foretold) -> Iterator[tuple[str, str]]:
    """What a rollback leaves as it is, with the deal as people call it."""
    for entry in foretold.outcome.entries:
        if entry.kind == undo.LEFT:
            why = entry.data.get("why")
            yield ref_of(foretold.case), why if isinstance(why, str) else str(why)


def ref_of(case: Case) -> str:
    """A deal as `connection:id`; by its own id where no CRM has it yet."""
    link = case.links.get(case.deal.home)
    return f"{link.connection}:{link.remote_id}" if link and link.remote_id else case.deal.id


def _place(forecast: Forecast, foretold: Foretold) -> None:
    way = foretold.stands.stage, foretold.would.stage
    forecast.placements.setdefault(way, Placement()).add(foretold.case.deal)
    forecast.unmapped += foretold.would.stage == str(DealStatus.UNMAPPED)
