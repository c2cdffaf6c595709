"""The parts of a deal that cost further calls: its people, its moves and our tasks on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from connectors.base import Lane
from connectors.close import calls
from connectors.close.client import Client, Json
from connectors.close.events import Event, logged
from connectors.close.records import Item, Reading, stage_of
from connectors.close.values import moment, text_of
from connectors.errors import Missing, Unreadable
from mapping.model import UNKNOWN_ACTOR, Actor, Aspect, Record, StageMove, TaskState, Value

LEAD_FIELDS = "id,name,display_name,contacts"
TOLD_WITHIN = timedelta(seconds=30)
"""How far apart a move and the event that tells of it may be."""

MOST_EVENTS = 200

NOBODY: Mapping[str, Value] = {
    "contact_name": None,
    "contact_email": None,
    "contact_phone": None,
    "company": None,
}

# --- people ---


def lead(client: Client, lead_id: str, lane: Lane) -> Json:
    """A lead with its contacts; `Missing` if it was deleted or merged into another."""
    return client.call(calls.LEAD, lane, lead_id, params={"_fields": LEAD_FIELDS})


def people_values(item: Item, holder: Item) -> dict[str, Value]:
    """The fields that live on the deal's lead: its contact, else the lead's first one, and the company."""
    contact = _contact(item, holder)
    return {
        "contact_name": text_of(contact.get("name")),
        "contact_email": _first(contact, "emails", "email"),
        "contact_phone": _first(contact, "phones", "phone", "phone_formatted"),
        "company": text_of(holder.get("name")),
    }


def _contact(item: Item, holder: Item) -> Item:
    contacts = [row for row in holder.get("contacts") or () if isinstance(row, dict)]
    chosen = [row for row in contacts if row.get("id") == item.get("contact_id")]
    return next(iter(chosen or contacts), {})


def _first(contact: Item, kind: str, *names: str) -> str | None:
    rows = [row for row in contact.get(kind) or () if isinstance(row, dict)]
    return next((value for row in rows for name in names if (value := text_of(row.get(name)))), None)


# --- moves ---


def status_changes(client: Client, deal_id: str, lane: Lane) -> list[Json]:
    """The moves of a deal as Close logs them; unknown filters are ignored, so rows of others are dropped."""
    rows = client.all(calls.MOVES, lane, {"opportunity_id": deal_id})
    return [row for row in rows if row.get("opportunity_id") == deal_id]


def changes_of(client: Client, deal_id: str, lane: Lane) -> list[Event]:
    """The latest events that tell of changes of a deal, newest first."""
    return list(islice(logged(client, lane, {"object_id": deal_id, "action": "updated"}), MOST_EVENTS))


def with_history(
    record: Record, item: Item, rows: Sequence[Item], events: Sequence[Event], by: Reading
) -> Record:
    """The record with its moves, and with who made the latest change of stage or owner."""
    made = moves(item, rows, events, by)
    changes = [event for event in events if {"status_id", "user_id"} & set(event.changed_fields or ())]
    latest = max(changes, key=_time, default=None)
    told_late = latest is None or _time(latest) < made[-1].at - TOLD_WITHIN
    modified_by = made[-1].actor if latest is None or told_late else by.ours.by_event(latest.authorship())
    return replace(record, moves=made, modified_by=modified_by, known=record.known | {Aspect.HISTORY})


def moves(item: Item, rows: Sequence[Item], events: Sequence[Event], by: Reading) -> tuple[StageMove, ...]:
    """The stages that a deal was in, oldest first, up to the one that it shows.

    A move newer than the deal as we read it belongs to the next look.
    """
    made = [_move(row, item, events, by) for row in sorted(rows, key=moved_at)]
    made = [*_start(item, sorted(rows, key=moved_at), by), *made]
    shown = stage_of(item)
    while made[-1].stage != shown and any(move.stage == shown for move in made):
        made.pop()
    return tuple(made)


def moved_at(row: Item) -> datetime:
    """When a move was made; one that was taken over from another system has its own time."""
    at = moment(row.get("activity_at") or row.get("date_created"))
    if at is None:
        raise Unreadable("Close shows a change of status without its time.")
    return at


def stage_after(row: Item, item: Item) -> list[str]:
    """The stage that a move led to; an old one may lack its pipeline."""
    return _stage(row, "new", item)


def _stage(row: Item, which: str, item: Item) -> list[str]:
    status = text_of(row.get(f"{which}_status_id"))
    pipeline = text_of(row.get(f"{which}_pipeline_id")) or text_of(item.get("pipeline_id"))
    return [pipeline or "", status or ""]


def _start(item: Item, rows: Sequence[Item], by: Reading) -> list[StageMove]:
    """The stage that the deal was created in, which no move tells of."""
    at, creator = moment(item.get("date_created")), by.ours.by_user(item.get("created_by"))
    if at is None:
        raise Unreadable("Close shows an opportunity without the time it was created.")
    if not rows:
        return [StageMove(at, stage_of(item), creator)]
    if text_of(rows[0].get("old_status_id")) is None:
        return []  # the first move itself is the creation
    return [StageMove(min(at, moved_at(rows[0])), _stage(rows[0], "old", item), creator)]


def _move(row: Item, item: Item, events: Sequence[Event], by: Reading) -> StageMove:
    at = moved_at(row)
    return StageMove(at, stage_after(row, item), _mover(row, at, events, by))


def _mover(row: Item, at: datetime, events: Sequence[Event], by: Reading) -> Actor:
    """Who moved: the log of moves names a user, the event log also tells a person from a program."""
    user = row.get("user_id") or row.get("created_by")
    told = [event for event in events if event.user_id == user and _tells(event, row, at)]
    if told:
        nearest = min(told, key=lambda event: abs(_time(event) - at))
        return by.ours.by_event(nearest.authorship())
    return by.ours.by_user(user) if user else UNKNOWN_ACTOR


def _tells(event: Event, row: Item, at: datetime) -> bool:
    if "status_id" not in (event.changed_fields or ()) or abs(_time(event) - at) > TOLD_WITHIN:
        return False
    led_to = (event.data or {}).get("status_id")
    return led_to is None or led_to == row.get("new_status_id")


def _time(event: Event) -> datetime:
    if event.at is None:
        raise Unreadable("Close shows an event without its time.")
    return event.at


# --- tasks ---


def task_states(client: Client, task_ids: Sequence[str], lane: Lane) -> dict[str, TaskState]:
    """The states of tasks by id; one that is deleted, or hidden from us, is left out."""
    states: dict[str, TaskState] = {}
    for task_id in dict.fromkeys(task_ids):
        try:
            states[task_id] = task_state(client.call(calls.TASK, lane, task_id))
        except Missing:
            continue
    return states


def task_state(task: Mapping[str, Any]) -> TaskState:
    """What became of a task; when it was done is not told, but when it was last changed."""
    done = task.get("is_complete")
    if not isinstance(done, bool):
        raise Unreadable("Close shows a task without its state.")
    return TaskState(
        done, text_of(task.get("assigned_to")), moment(task.get("date_updated")) if done else None
    )
