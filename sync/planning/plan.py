"""A plan: what putting other rules in force would change, and as plain data. Touches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from mapping.loader import load_files
from mapping.phrases import Phrase
from mapping.ruleset import Ruleset
from store import rulesets
from store.rulesets import Stored
from sync.planning.brake import Brake, brake_for, refusal
from sync.planning.changes import rule_changes
from sync.planning.expected import DealView
from sync.planning.expected import view as deal_view
from sync.planning.forecast import Forecast, deal_ids, foresee, ref_of
from sync.planning.foretold import each
from sync.planning.undoing import moves_to_undo
from sync.runtime import Runtime


class FilesView(TypedDict):
    """The files that differ."""

    added: list[str]
    changed: list[str]
    removed: list[str]


PlanView = dict[str, object]
"""A plan as `conveyor plan --json` prints it; `conveyor apply --plan` reads `rules` and `state` again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference between the version in force and other rules; `active` is None before the first apply."""

    active: Stored | None
    before: Ruleset | None
    after: Ruleset
    changes: list[Phrase]
    forecast: Forecast
    brake: Brake

    @property
    def same(self) -> bool:
        """Whether these are the rules in force."""
        return self.active is not None and self.active.hash == self.after.hash

    @property
    def refusal(self) -> Phrase | None:
        """Why a person has to say yes first; None if nobody has to."""
        return refusal(self.forecast, self.brake)

    @property
    def files(self) -> FilesView:
        """The files that differ from those in force."""
        old, new = dict(self.active.files) if self.active else {}, dict(self.after.files)
        return FilesView(
            added=sorted(new.keys() - old.keys()),
            changed=sorted(file for file in old.keys() & new.keys() if old[file] != new[file]),
            removed=sorted(old.keys() - new.keys()),
        )


def plan_for(runtime: Runtime, after: Ruleset, *, back_to: int | None = None) -> Plan:
    """Compare the version in force with these rules; where they are those of an earlier version, with what a rollback
    to it undoes. Raises `Unavailable`, `ConfigError`."""
    with runtime.store.read() as tx:
        active = rulesets.active(tx)
        asked = moves_to_undo(tx, back_to, after) if back_to is not None else {}
    before = load_files(active.files) if active is not None else None
    forecast = foresee(runtime, before, after, asked)
    return Plan(active, before, after, rule_changes(before, after), forecast, brake_for(before, after))


def touched_deals(runtime: Runtime, after: Ruleset) -> Iterator[DealView]:
    """Each deal that these rules would touch, as it will stand then. Raises `Unavailable`, `ConfigError`."""
    with runtime.store.read() as tx:
        active = rulesets.active(tx)
        before = load_files(active.files) if active is not None else None
        for foretold in each(tx, before, after, runtime.now(), deal_ids(tx)):
            if foretold.affected or foretold.unclear:
                yield deal_view(foretold, ref_of(foretold.case))


def view(plan: Plan) -> PlanView:
    """The plan as scripts read it; the first seven keys are the promise, and the others say more."""
    forecast = plan.forecast
    return {
        "changes": plan.changes,
        "deals_affected": forecast.affected,
        "moves": _moves(forecast),
        "violations": forecast.violations,
        "unmapped": forecast.unmapped,
        "missing": forecast.missing,
        "held": forecast.moved if plan.refusal else 0,
        "moved_in_crm": forecast.moved,
        "deals_on_the_line": forecast.on_the_line,
        "handoffs": {kind: forecast.handoffs[kind] for kind in ("opened", "given", "due", "closed")},
        "deals_opened": forecast.opened,
        "deals_told": forecast.told,
        "deals_looked_at": len(forecast.looked_at),
        "first_sight": {kind: forecast.first_sight[kind] for kind in ("found", "lacks", "owner", "unclear")},
        "unclear": forecast.unclear,
        "undone": forecast.undone,
        "left": [{"deal": deal, "reason": why} for deal, why in forecast.left],
        "brake": {"deals": plan.brake.deals, "percent": plan.brake.percent},
        "files": plan.files,
        "version": plan.active.version if plan.active else None,
        "rules": plan.after.hash,
        "state": forecast.state,
    }


def _moves(forecast: Forecast) -> list[dict[str, object]]:
    return [
        {
            "from": from_stage,
            "to": to_stage,
            "deals": placement.deals,
            "money": {currency: str(amount) for currency, amount in sorted(placement.money.items())},
        }
        for (from_stage, to_stage), placement in forecast.placements.items()
    ]
