"""Reads deals by id, each with one call: Close has no batches. Writes nothing.

Facts: docs/connectors/close.md#reading
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors import errors
from connectors.base import Lane, Look
from connectors.close import aspects, calls
from connectors.close.client import Client, Json
from connectors.close.events import logged
from connectors.close.records import Reading
from connectors.close.values import text_of
from mapping.model import Aspect, Missing, Record, Ref, Value

ReadingOf = Callable[[Lane], Reading]


def fetch(
    client: Client, reading_of: ReadingOf, looks: Sequence[Look], lane: Lane
) -> dict[str, Record | Missing]:
    """The records by the ids asked for, with the aspects asked for; what is not there is `Missing`."""
    if not looks:
        return {}
    by, wanted = reading_of(lane), _joined(looks)
    return {id: _one(client, by, look, lane) for id, look in wanted.items()}


def deal(client: Client, deal_id: str, lane: Lane) -> Json:
    """A deal as it is now; `errors.Missing` if it is gone, or hidden from us."""
    return client.call(calls.DEAL, lane, deal_id)


def _one(client: Client, by: Reading, look: Look, lane: Lane) -> Record | Missing:
    try:
        item = deal(client, look.remote_id, lane)
    except errors.Missing:
        return _missing(client, Ref(by.connection, look.remote_id), lane)
    record = by.record(item)
    if Aspect.PEOPLE in look.aspects:
        record = _with_people(client, record, item, lane)
    if Aspect.HISTORY in look.aspects:
        rows = aspects.status_changes(client, look.remote_id, lane)
        events = aspects.changes_of(client, look.remote_id, lane)
        record = aspects.with_history(record, item, rows, events, by)
    if Aspect.TASKS in look.aspects:
        tasks = aspects.task_states(client, look.task_ids, lane)
        record = replace(record, tasks=tasks, known=record.known | {Aspect.TASKS})
    return record


def _with_people(client: Client, record: Record, item: Json, lane: Lane) -> Record:
    people = _people(client, item, lane)
    return replace(record, values={**record.values, **people}, known=record.known | {Aspect.PEOPLE})


def _people(client: Client, item: Json, lane: Lane) -> Mapping[str, Value]:
    """The people of the deal's lead; a lead that was merged meanwhile lives on under the deal's new one."""
    for _ in range(2):
        lead_id = text_of(item.get("lead_id"))
        if lead_id is None:
            break
        try:
            return aspects.people_values(item, aspects.lead(client, lead_id, lane))
        except errors.Missing:
            item = deal(client, str(item["id"]), lane)
    return aspects.NOBODY


def _missing(client: Client, ref: Ref, lane: Lane) -> Missing:
    """Why a deal is not there: deleted if the event log says so, else unknown or hidden from us."""
    filters = {"object_id": ref.remote_id, "action": "deleted"}
    deleted = next(logged(client, lane, filters), None) if calls.is_id(ref.remote_id) else None
    return Missing(ref, "not_found" if deleted is None else "deleted")


def _joined(looks: Sequence[Look]) -> dict[str, Look]:
    """One look for each id, with all that was asked for it."""
    wanted: dict[str, Look] = {}
    for look in looks:
        known = wanted.get(look.remote_id, look)
        tasks = tuple(dict.fromkeys([*known.task_ids, *look.task_ids]))
        wanted[look.remote_id] = Look(look.remote_id, known.aspects | look.aspects, tasks)
    return wanted
