"""What a plan would do to the deals, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from mapping import terms
from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Conveyor
from sync.planning import first_sight, wording
from sync.planning.forecast import Forecast, Placement
from sync.planning.plan import Plan

_HANDOFFS: Mapping[str, Callable[[int], Phrase]] = {
    "opened": lambda number: counted(
        "{count} hand-off would be opened.", "{count} hand-offs would be opened.", count=number
    ),
    "given": lambda number: counted(
        "{count} hand-off would go to somebody else.",
        "{count} hand-offs would go to somebody else.",
        count=number,
    ),
    "due": lambda number: counted(
        "{count} hand-off would be due at another time.",
        "{count} hand-offs would be due at another time.",
        count=number,
    ),
    "closed": lambda number: counted(
        "{count} hand-off would be closed.", "{count} hand-offs would be closed.", count=number
    ),
}

_FIRST_SIGHT: Mapping[str, Callable[[int], Phrase]] = {
    first_sight.LACKS: lambda number: counted(
        "{count} of them lacks something that was asked for on the way there",
        "{count} of them lack something that was asked for on the way there",
        count=number,
    ),
    first_sight.OWNER: lambda number: counted(
        "{count} of them belongs to somebody without the section's role",
        "{count} of them belong to somebody without the section's role",
        count=number,
    ),
    first_sight.UNCLEAR: lambda number: counted(
        "of {count} only the CRM knows", "of {count} only the CRM knows", count=number
    ),
}


def told(plan: Plan) -> Iterator[Phrase]:
    """What becomes of the deals: places, money, owners, hand-offs, and what the brake counts."""
    forecast = plan.forecast
    for way, placement in forecast.placements.items():
        yield _placed(plan, way, placement)
    yield from _broken(forecast)
    yield from (say(forecast.handoffs[kind]) for kind, say in _HANDOFFS.items() if forecast.handoffs[kind])
    if forecast.told:
        yield counted(
            "{count} deal would get tasks, notes or fields written.",
            "{count} deals would get tasks, notes or fields written.",
            count=forecast.told,
        )
    yield from _undone(forecast)
    if forecast.opened:
        yield counted(
            "{count} deal would be opened for customers.",
            "{count} deals would be opened for customers.",
            count=forecast.opened,
        )
    if forecast.unclear:
        yield counted(
            "{count} deal can only be told about once the CRM was looked at.",
            "{count} deals can only be told about once the CRM was looked at.",
            count=forecast.unclear,
        )
    yield from _found(forecast)
    yield _moved(plan)


def _placed(plan: Plan, way: tuple[str, str], placement: Placement) -> Phrase:
    old = plan.before.conveyor if plan.before else None
    from_stage, to_stage = _stage(old, way[0]), _stage(plan.after.conveyor, way[1])
    deals = counted("{count} deal", "{count} deals", count=placement.deals)
    sums = tuple(
        f"{_grouped(amount)} {currency}".strip() for currency, amount in sorted(placement.money.items())
    )
    if sums:
        deals = phrase("{deals} ({money:and})", deals=deals, money=sums)
    return phrase(
        "{deals} from {from_stage} to {to_stage}.", deals=deals, from_stage=from_stage, to_stage=to_stage
    )


def _stage(line: Conveyor | None, name: str) -> str:
    title = wording.stage(name, line) if line else name
    return title if isinstance(title, Phrase) else terms.quoted(title)


def _grouped(amount: Decimal) -> str:
    return f"{amount:,}".replace(",", " ")


def _broken(forecast: Forecast) -> Iterator[Phrase]:
    """Deals that would not be as the rules want them."""
    if forecast.unmapped:
        yield counted(
            "{count} deal would be parked, for nothing says any more where they stand.",
            "{count} deals would be parked, for nothing says any more where they stand.",
            count=forecast.unmapped,
        )
    if forecast.missing:
        yield counted(
            "{count} deal would stand where something is asked for that they lack; they stay there.",
            "{count} deals would stand where something is asked for that they lack; they stay there.",
            count=forecast.missing,
        )
    if forecast.violations:
        yield counted(
            "{count} deal would break a rule, or belong to somebody without the section's role.",
            "{count} deals would break a rule, or belong to somebody without the section's role.",
            count=forecast.violations,
        )


def _undone(forecast: Forecast) -> Iterator[Phrase]:
    """What a rollback undoes of the versions that it takes out of force, and what it leaves."""
    if forecast.undone:
        yield counted(
            "{count} deal would go back to where the versions that are rolled back found them.",
            "{count} deals would go back to where the versions that are rolled back found them.",
            count=forecast.undone,
        )
    for deal, why in forecast.left:
        yield phrase("{deal} would stay as those versions left it: {why}.", deal=deal, why=why)


def _found(forecast: Forecast) -> Iterator[Phrase]:
    """What first sight would have judged, had it judged."""
    seen = forecast.first_sight
    if not seen[first_sight.FOUND]:
        return
    found = counted(
        "{count} deal stands where it was found, without judgement.",
        "{count} deals stand where they were found, without judgement.",
        count=seen[first_sight.FOUND],
    )
    parts = tuple(say(seen[kind]) for kind, say in _FIRST_SIGHT.items() if seen[kind])
    yield phrase("{found} By these rules {parts:semicolons}.", found=found, parts=parts) if parts else found


def _moved(plan: Plan) -> Phrase:
    moved = plan.forecast.moved
    if not moved:
        return phrase("The conveyor would move or re-assign no deal in a CRM.")
    return counted(
        "The conveyor would move or re-assign {count} deal of {all} in the CRMs; the brake is at {brake}.",
        "The conveyor would move or re-assign {count} deals of {all} in the CRMs; the brake is at {brake}.",
        count=moved,
        all=plan.forecast.on_the_line,
        brake=plan.brake.words,
    )
