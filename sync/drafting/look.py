"""Looks into a live CRM for drafting: its description, and a sample of who owns and moves deals. Reads only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from connectors.base import Connector, Lane, Look
from connectors.errors import ConnectorError
from mapping.model import ActorKind, Aspect, Record
from sync.drafting.draft import Looked
from sync.drafting.people import Activity, Place

MOST_DEALS = 2000
LISTING_S = 15.0
MOST_MOVED = 60
MOVES_S = 10.0
AT_ONCE = 20
"""How many deals are listed and for how long, and of how many the moves are read, and for how long."""


@dataclass
class _Seen:
    """What was seen so far."""

    deals: list[tuple[str, str | None]] = field(default_factory=list)  # id and owner
    owned: Counter[tuple[str, Place]] = field(default_factory=Counter)
    moved: Counter[tuple[str, Place]] = field(default_factory=Counter)
    moved_of_others: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def look_into(
    connection: str, crm: str, connector: Connector, clock: Callable[[], float] = time.monotonic
) -> Looked:
    """All that a draft is made from. Raises what `describe` raises; deals that cannot be read are only noted."""
    description = connector.describe()
    seen = _Seen()
    try:
        _list_deals(connector, seen, clock)
        if connector.capabilities.history:
            _read_moves(connector, seen, clock)
    except ConnectorError as error:
        seen.notes.append(f"Deals could not be read, so people are guessed from less: {error}")
    activity = Activity(len(seen.deals), seen.owned, seen.moved, seen.moved_of_others, tuple(seen.notes))
    return Looked(connection, crm, description, activity)


def _list_deals(connector: Connector, seen: _Seen, clock: Callable[[], float]) -> None:
    end = clock() + LISTING_S
    for page in connector.everything(None, Lane.BULK):
        for record in page.records:
            owner, place = _owner(record), _place(record.values.get("stage"))
            seen.deals.append((record.ref.remote_id, owner))
            if owner is not None and place is not None:
                seen.owned[owner, place] += 1
        if len(seen.deals) >= MOST_DEALS or clock() > end:
            seen.notes.append(f"People are guessed from the first {len(seen.deals)} deals.")
            return


def _read_moves(connector: Connector, seen: _Seen, clock: Callable[[], float]) -> None:
    """The moves of some deals, taken evenly from all of them."""
    end = clock() + MOVES_S
    owners = dict(seen.deals[:: max(1, len(seen.deals) // MOST_MOVED)][:MOST_MOVED])
    for ids in _chunks(list(owners)):
        if clock() > end:
            return
        looks = [Look(each, frozenset({Aspect.HISTORY})) for each in ids]
        for remote_id, record in connector.fetch(looks, Lane.BULK).items():
            if isinstance(record, Record):
                _count_moves(record, owners.get(remote_id), seen)


def _count_moves(record: Record, owner: str | None, seen: _Seen) -> None:
    for before, move in zip(record.moves, record.moves[1:], strict=False):
        left, actor = _place(before.stage), move.actor
        if left is not None and actor.kind is ActorKind.PERSON and actor.user_id is not None:
            seen.moved[actor.user_id, left] += 1
            seen.moved_of_others[actor.user_id] += actor.user_id != owner


def _owner(record: Record) -> str | None:
    owner = record.values.get("owner")
    return owner if isinstance(owner, str) else None


def _place(stage: object) -> Place | None:
    return (str(stage[0]), str(stage[1])) if isinstance(stage, list) and len(stage) == 2 else None


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
