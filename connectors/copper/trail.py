"""Reads the system's activities: who moved, closed, assigned or created a deal, as far as they say. No I/O.

The shape of old and new values is not documented, so every form is read and none is relied on
(docs/connectors/copper.md#activities).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.copper.answers import Item, id_text, is_deleted, item_of, moment
from connectors.copper.records import Reading
from connectors.copper.stages import OPEN, OUTCOMES, Stage, pseudo, stage_of
from connectors.errors import Unreadable
from mapping.model import UNKNOWN_ACTOR, Actor, Record, StageMove

PROPERTY, ASSIGNED, MOVED, CREATED = 1, 2, 3, 8
WANTED = frozenset({PROPERTY, ASSIGNED, MOVED, CREATED})
SAME_CHANGE = timedelta(seconds=2)
"""A deal and the activity about its change carry times of whole seconds, not always the same one."""

LAG = timedelta(seconds=60)
"""How long an activity may be missing after the change; its search index lags like that of deals."""

_STATUSES = frozenset({OPEN, *OUTCOMES})
_ID_KEYS = ("id", "pipeline_stage_id", "stage_id", "value")
_NAME_KEYS = ("name", "stage", "stage_name", "value")
_PROPERTY_KEYS = ("property", "field", "field_name", "attribute", "name")
_VALUE_KEYS = ("value", "status", "new_value")


@dataclass(frozen=True, slots=True)
class Step:
    """One activity about a deal."""

    deal_id: str
    type: int
    at: datetime
    actor: Actor
    old: object
    new: object


def steps(rows: Iterable[Item], reading: Reading) -> list[Step]:
    """The activities that matter, oldest first; stubs of deleted ones and other types are left out."""
    found = {id_text(row.get("id")): row for row in rows if not is_deleted(row)}
    read = ((_step(row, reading), int(key or 0)) for key, row in found.items())
    kept = [(step, key) for step, key in read if step is not None]
    return [step for step, _ in sorted(kept, key=lambda pair: (pair[0].at, pair[1]))]


def _step(row: Item, reading: Reading) -> Step | None:
    type_, parent = item_of(row.get("type") or {}), item_of(row.get("parent") or {})
    at, deal_id = moment(row.get("activity_date")), id_text(parent.get("id"))
    if type_.get("category") != "system" or type_.get("id") not in WANTED:
        return None
    if at is None or deal_id is None:
        raise Unreadable("Copper showed an activity without its time or its record.")
    kind = int(str(type_["id"]))
    actor = reading.actor(row.get("user_id"))
    return Step(deal_id, kind, at, actor, row.get("old_value"), row.get("new_value"))


# --- moves ---


def moves(trail: Sequence[Step], reading: Reading, deal: Item | None = None) -> list[StageMove]:
    """The moves that the activities of one deal tell, oldest first; what cannot be read is left out.

    With the deal itself its beginning is told as well, and a last move without readable value is the one to the
    deal's stage if it happened when the deal says that its stage changed.
    """
    entered = _entered(trail, reading, deal)
    stage = _first_stage(trail, reading, deal)
    told = [_beginning(trail, stage, deal)] if deal is not None and stage is not None else []
    status, pipeline = OPEN, stage.pipeline if stage else None
    for place, step in enumerate(trail):
        if step.type == MOVED:
            stage = entered.get(place)
            pipeline = stage.pipeline if stage else pipeline
            if stage is not None and status == OPEN:
                told.append(StageMove(step.at, [stage.pipeline, stage.id], step.actor))
        elif (closed := _status(step)) is not None and closed != status:
            status = closed
            told.append(_closing(step, status, stage, pipeline or _pipeline(deal)))
    return [move for move in told if all(move.stage)]


def _closing(step: Step, status: str, stage: Stage | None, pipeline: str | None) -> StageMove:
    last = pseudo(status) if status != OPEN else stage.id if stage else ""
    return StageMove(step.at, [pipeline or "", last], step.actor)


def _beginning(trail: Sequence[Step], stage: Stage, deal: Item) -> StageMove:
    at = moment(deal.get("date_created")) or (trail[0].at if trail else None)
    if at is None:
        raise Unreadable("Copper showed a deal without the time it was made.")
    return StageMove(at, [stage.pipeline, stage.id], creator(trail))


def _entered(trail: Sequence[Step], reading: Reading, deal: Item | None) -> Mapping[int, Stage]:
    """The stage that each move led to, by the place of the activity: its own word, else the next one's."""
    hint = _pipeline(deal)
    places = [place for place, step in enumerate(trail) if step.type == MOVED]
    found: dict[int, Stage] = {}
    for place, following in zip(places, [*places[1:], None], strict=False):
        stage = _stage(trail[place].new, reading, hint)
        if stage is None and following is not None:
            stage = _stage(trail[following].old, reading, hint)
        if stage is None and following is None and deal is not None and _is_latest(trail[place], deal):
            stage = reading.facts.pipelines.stages.get(id_text(deal.get("pipeline_stage_id")) or "")
        if stage is not None:
            found[place] = stage
    return found


def _first_stage(trail: Sequence[Step], reading: Reading, deal: Item | None) -> Stage | None:
    first = next((step for step in trail if step.type == MOVED), None)
    if first is not None:
        return _stage(first.old, reading, _pipeline(deal))
    if deal is None or not _never_moved(deal):
        return None  # the activity is not there yet, or nobody made one
    return reading.facts.pipelines.stages.get(id_text(deal.get("pipeline_stage_id")) or "")


def _never_moved(deal: Item) -> bool:
    """Whether the deal is for sure where it was made; when its stage changed, only some answers say."""
    made = moment(deal.get("date_created"))
    changed = moment(deal.get("date_stage_changed") or deal.get("date_modified"))
    return made is not None and changed is not None and changed - made <= SAME_CHANGE


def _is_latest(step: Step, deal: Item) -> bool:
    at = moment(deal.get("date_stage_changed") or deal.get("date_modified"))
    return at is not None and abs(at - step.at) <= SAME_CHANGE


def _pipeline(deal: Item | None) -> str | None:
    return id_text(deal.get("pipeline_id")) if deal is not None else None


def _stage(value: object, reading: Reading, pipeline: str | None) -> Stage | None:
    """The stage that a value names by id, or by a name that is no other stage's."""
    known = reading.facts.pipelines
    for candidate in _candidates(value, _ID_KEYS):
        if isinstance(candidate, int | str) and (found := known.stages.get(str(candidate))) is not None:
            return found
    for candidate in _candidates(value, _NAME_KEYS):
        if isinstance(candidate, str) and (found := known.named(candidate, pipeline)) is not None:
            return found
    return None


def _candidates(value: object, keys: Sequence[str]) -> Iterator[object]:
    if isinstance(value, dict):
        yield from (value[key] for key in keys if key in value)
    else:
        yield value


def _status(step: Step) -> str | None:
    """The status that a change of a property led to; `None` if it was another property or does not say."""
    if step.type != PROPERTY:
        return None
    old, new = _status_in(step.old), _status_in(step.new)
    return new if old is not None else None


def _status_in(value: object) -> str | None:
    if isinstance(value, dict):
        named = [value[key] for key in _PROPERTY_KEYS if isinstance(value.get(key), str)]
        if named and named[0] != "status" and named[0] not in _STATUSES:
            return None
    words = (each for each in _candidates(value, (*_VALUE_KEYS, "name")) if isinstance(each, str))
    return next((word for word in words if word in _STATUSES), None)


# --- actors ---


def creator(trail: Sequence[Step]) -> Actor:
    """Who made the deal, where the system says so."""
    return next((step.actor for step in trail if step.type == CREATED), UNKNOWN_ACTOR)


def with_history(record: Record, deal: Item, trail: Sequence[Step], reading: Reading) -> Record:
    """The record with its moves, who made it, and who made the latest change of stage, status or owner."""
    told = tuple(moves(trail, reading, deal))
    return replace(
        record, moves=told, created_by=creator(trail), modified_by=_latest(told, deal, trail, reading)
    )


def _latest(told: Sequence[StageMove], deal: Item, trail: Sequence[Step], reading: Reading) -> Actor:
    """Who made the latest change; unknown if the activities do not tell of the stage that the deal shows."""
    if not told or told[-1].stage != stage_of(deal):
        return UNKNOWN_ACTOR
    changes = [(told[-1].at, told[-1].actor)]
    changes += [(step.at, step.actor) for step in trail if step.type == ASSIGNED]
    at, actor = max(changes, key=lambda change: change[0])
    tells_owners = ASSIGNED in reading.facts.activity_types
    changed = moment(deal.get("date_modified"))
    return actor if tells_owners or (changed is not None and changed - at <= SAME_CHANGE) else UNKNOWN_ACTOR


def is_behind(trail: Sequence[Step], told: Sequence[StageMove], deal: Item, now: datetime) -> bool:
    """Whether the activities miss a change of a minute or less ago, and so may show it at the next look."""
    shown = stage_of(deal)
    if told and told[-1].stage == shown:
        return False
    is_closed = deal.get("status") != OPEN
    moved = None if is_closed else deal.get("date_stage_changed")
    changed = moment(moved or deal.get("date_modified"))
    if changed is None or now - changed > LAG:
        return False
    kinds = (PROPERTY, MOVED) if is_closed else (MOVED,)
    newest = max((step.at for step in trail if step.type in kinds), default=None)
    return newest is None or changed - newest > SAME_CHANGE
