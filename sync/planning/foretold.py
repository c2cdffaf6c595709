"""What other rules would do to each single deal, from the database alone. Touches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mapping.model import Event
from mapping.ruleset import Ruleset
from store import bulk
from sync.core import undo
from sync.core.case import Case, Outcome
from sync.planning import effects
from sync.planning.effects import Effect, Standing
from sync.planning.world import NOTHING_ASKED, World

TOGETHER = 500
"""Deals that are loaded and decided at once; the memory it takes does not grow with their number."""

Decided = tuple[Case, Outcome]


@dataclass(frozen=True, slots=True)
class Does:
    """What a decision would do, by kind."""

    moved: frozenset[Effect]
    handed: frozenset[Effect]
    opened: frozenset[Effect]
    told: frozenset[Effect]
    violations: frozenset[Effect]
    missing: frozenset[Effect]

    def __sub__(self, other: Does) -> Does:
        return Does(
            self.moved - other.moved,
            self.handed - other.handed,
            self.opened - other.opened,
            self.told - other.told,
            self.violations - other.violations,
            self.missing - other.missing,
        )

    def __bool__(self) -> bool:
        return bool(self.moved or self.handed or self.opened or self.told or self.violations or self.missing)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a change of rules would do to one deal; `does` leaves out what happens by the present rules as well."""

    case: Case
    outcome: Outcome
    stands: Standing
    would: Standing
    does: Does
    is_placed: bool  # stands elsewhere then
    unclear: bool  # cannot be told without asking a CRM
    other_time: bool  # only the moment when it is looked at again is another

    @property
    def affected(self) -> bool:
        """Whether it stands elsewhere then, or something is done for it."""
        does = self.does
        return self.is_placed or bool(does.moved or does.handed or does.opened or does.told)

    @property
    def is_looked_at(self) -> bool:
        """Whether it has to be looked at when the rules come into force."""
        asked = any(entry.kind in (undo.UNDONE, undo.LEFT) for entry in self.outcome.entries)
        return asked or self.affected or self.unclear or self.other_time or self.would != self.stands


def each(
    tx: Connection,
    before: Ruleset | None,
    after: Ruleset,
    now: datetime,
    ids: Iterable[str],
    asked: Mapping[str, Event] = NOTHING_ASKED,
) -> Iterator[Foretold]:
    """Decide each of these deals by both sets of rules, in this order. `asked` is asked for with the new ones."""
    new = World(tx, after, now, asked)
    old = World(tx, before, now) if before is not None else None
    for some in bulk.batches(ids, TOGETHER):
        decided = [(case, outcome, _does(case, outcome, after)) for case, outcome in new.decided(some)]
        touched = [case.deal.id for case, outcome, does in decided if _is_touched(case, outcome, does)]
        anyway = {case.deal.id: (case, outcome) for case, outcome in old.decided(touched)} if old else {}
        for case, outcome, does in decided:
            yield _compared(case, outcome, does, anyway.get(case.deal.id), before)


def _does(case: Case, outcome: Outcome, rules: Ruleset) -> Does:
    return Does(
        moved=effects.in_crm(outcome),
        handed=effects.on_handoffs(case, outcome),
        opened=effects.openings(outcome),
        told=effects.told(outcome),
        violations=effects.violations(outcome, rules),
        missing=effects.missing(case, outcome, rules),
    )


def _is_touched(case: Case, outcome: Outcome, does: Does) -> bool:
    """Whether anything would come of it: then it is asked whether that comes by the present rules as well."""
    stays = effects.standing(case.deal) == effects.standing(outcome.deal)
    return not stays or bool(does) or bool(outcome.needs) or outcome.look_again_at is not None


def _compared(
    case: Case, outcome: Outcome, does: Does, anyway: Decided | None, before: Ruleset | None
) -> Foretold:
    stands, would = effects.standing(case.deal), effects.standing(outcome.deal)
    otherwise, needs, look = stands, False, None
    if anyway is not None and before is not None:
        otherwise, needs = effects.standing(anyway[1].deal), bool(anyway[1].needs)
        look, does = anyway[1].look_again_at, does - _does(*anyway, before)
    return Foretold(
        case=case,
        outcome=outcome,
        stands=stands,
        would=would,
        does=does,
        is_placed=would not in (stands, otherwise),
        unclear=bool(outcome.needs) and not needs,
        other_time=outcome.look_again_at not in (None, look),
    )
