"""Where a deal will stand once other rules are in force and carried out: on the line, in the CRMs, and its hand-offs.

For `conveyor plan --deals`, and for whoever compares what was foretold with what came. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from mapping.model import CreateDeal, Deal, UpdateDeal, Value
from sync.planning.foretold import Foretold


@dataclass(frozen=True, slots=True)
class Expected:
    """One deal when all is quiet again."""

    deal: Deal
    handoffs: dict[str, tuple[str, str | None]]  # id -> status, receiver
    crms: dict[str, tuple[Value, Value]]  # connection -> stage and owner, in the CRM's own terms
    entries: tuple[str, ...]  # kinds of what its story says of it


class DealView(TypedDict):
    """One deal as `conveyor plan --deals --json` prints it."""

    deal: str
    from_stage: str
    to_stage: str
    owner: str | None
    crms: dict[str, dict[str, Value]]
    handoffs: list[dict[str, str | None]]
    does: list[str]
    unclear: bool


def expected(foretold: Foretold) -> Expected:
    """What becomes of a deal; one that is not looked at stays as it is."""
    case, outcome = foretold.case, foretold.outcome
    handoffs = {h.id: (str(h.status), h.to_member) for h in case.handoffs}
    if not foretold.is_looked_at:
        return Expected(case.deal, handoffs, dict(_shown(foretold)), ())
    changed = {h.id: (str(h.status), h.to_member) for h in outcome.handoffs}
    entries = tuple(entry.kind for entry in outcome.entries)
    return Expected(outcome.deal, handoffs | changed, dict(_shown(foretold)) | _written(foretold), entries)


def view(foretold: Foretold, ref: str) -> DealView:
    """The deal as plain data."""
    will = expected(foretold)
    return DealView(
        deal=ref,
        from_stage=foretold.stands.stage,
        to_stage=foretold.would.stage,
        owner=will.deal.owner,
        crms={name: {"stage": stage, "owner": owner} for name, (stage, owner) in sorted(will.crms.items())},
        handoffs=[
            {"id": id, "status": status, "to_member": to}
            for id, (status, to) in sorted(will.handoffs.items())
        ],
        does=sorted(" ".join(effect) for effect in _effects(foretold)),
        unclear=foretold.unclear,
    )


def _effects(foretold: Foretold) -> Iterator[tuple[str, ...]]:
    does = foretold.does
    for found in (does.moved, does.handed, does.opened, does.told):
        yield from found


def _shown(foretold: Foretold) -> Iterator[tuple[str, tuple[Value, Value]]]:
    for name, link in foretold.case.links.items():
        if link.remote_id is not None and not link.gone:
            yield name, (link.seen.get("stage"), link.seen.get("owner"))


def _written(foretold: Foretold) -> dict[str, tuple[Value, Value]]:
    found = dict(_shown(foretold))
    for write in foretold.outcome.writes:
        body = write.body
        if isinstance(body, UpdateDeal | CreateDeal):
            values = body.changes if isinstance(body, UpdateDeal) else body.values
            stage, owner = found.get(write.connection, (None, None))
            found[write.connection] = values.get("stage", stage), values.get("owner", owner)
    return found
