"""What a plan would do to the deals, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mapping.ruleset import Conveyor
from sync.planning import first_sight, wording
from sync.planning.forecast import Placement
from sync.planning.plan import Plan

_HANDOFFS = {
    "opened": ("{} hand-off would be opened.", "{} hand-offs would be opened."),
    "given": ("{} hand-off would go to somebody else.", "{} hand-offs would go to somebody else."),
    "due": ("{} hand-off would be due at another time.", "{} hand-offs would be due at another time."),
    "closed": ("{} hand-off would be closed.", "{} hand-offs would be closed."),
}


def told(plan: Plan) -> Iterator[str]:
    """What becomes of the deals: places, money, owners, hand-offs, and what the brake counts."""
    forecast = plan.forecast
    for (from_stage, to_stage), placement in forecast.placements.items():
        yield f"{_deals(placement.deals)}{_money(placement)} from {_way(plan, from_stage, to_stage)}."
    if forecast.unmapped:
        yield f"{_deals(forecast.unmapped)} would be parked, for nothing says any more where they stand."
    if forecast.missing:
        yield f"{_deals(forecast.missing)} would stand where something is asked for that they lack; they stay there."
    if forecast.violations:
        yield f"{_deals(forecast.violations)} would break a rule, or belong to somebody without the section's role."
    for kind, (one, many) in _HANDOFFS.items():
        if number := forecast.handoffs[kind]:
            yield (one if number == 1 else many).format(number)
    if forecast.told:
        yield f"{_deals(forecast.told)} would get tasks, notes or fields written."
    yield from _undone(plan)
    if forecast.opened:
        yield f"{_deals(forecast.opened)} would be opened for customers."
    if forecast.unclear:
        yield f"{_deals(forecast.unclear)} can only be told about once the CRM was looked at."
    yield from _found(plan)
    yield _moved(plan)


def _undone(plan: Plan) -> Iterator[str]:
    """What a rollback undoes of the versions that it takes out of force, and what it leaves."""
    forecast = plan.forecast
    if forecast.undone:
        yield f"{_deals(forecast.undone)} would go back to where the versions that are rolled back found them."
    for deal, why in forecast.left:
        yield f"{deal} would stay as those versions left it: {why}."


def _found(plan: Plan) -> Iterator[str]:
    """What first sight would have judged, had it judged."""
    seen = plan.forecast.first_sight
    if not seen[first_sight.FOUND]:
        return
    yield (
        f"{_deals(seen[first_sight.FOUND])} stand where they were found, without judgement. By these rules "
        f"{seen[first_sight.LACKS]} of them lack something that was asked for on the way there, "
        f"{seen[first_sight.OWNER]} belong to somebody without the section's role; of "
        f"{seen[first_sight.UNCLEAR]} only the CRM knows."
    )


def _moved(plan: Plan) -> str:
    moved = plan.forecast.moved
    if not moved:
        return "The conveyor would move or re-assign no deal in a CRM."
    return (
        f"The conveyor would move or re-assign {_deals(moved)} of {plan.forecast.on_the_line} in the CRMs; "
        f"the brake is at {plan.brake}."
    )


def _way(plan: Plan, from_stage: str, to_stage: str) -> str:
    old = plan.before.conveyor if plan.before else None
    return f"{_stage(old, from_stage)} to {_stage(plan.after.conveyor, to_stage)}"


def _stage(line: Conveyor | None, name: str) -> str:
    return wording.stage(name, line) if line else name


def _money(placement: Placement) -> str:
    sums = [f"{_grouped(amount)} {currency}".strip() for currency, amount in sorted(placement.money.items())]
    return f" ({wording.listed(sums)})" if sums else ""


def _grouped(amount: Decimal) -> str:
    return f"{amount:,}".replace(",", " ")


def _deals(number: int) -> str:
    return "1 deal" if number == 1 else f"{number} deals"
