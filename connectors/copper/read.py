"""Reads deals by id, with the aspects that were asked for. Only such a reading is sure: searches lag.

Facts: docs/connectors/copper.md#reading
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from connectors.base import Lane, Look
from connectors.copper import activities, trail
from connectors.copper.answers import Item, is_deleted, item_of
from connectors.copper.client import Body, Client
from connectors.copper.people import people_of
from connectors.copper.records import Reading
from connectors.errors import Missing as NotFound
from connectors.errors import Transient
from mapping.model import Aspect, Missing, Record, Ref, TaskState

ReadingOf = Callable[[Iterable[Item]], Reading]


def deal(client: Client, deal_id: str, lane: Lane) -> Item:
    """A deal as it is now; `connectors.errors.Missing` if it is gone."""
    found = item_of(client.get(f"/opportunities/{deal_id}", lane))
    if is_deleted(found):
        raise NotFound(f"Deal {deal_id} was deleted in Copper.")
    return found


def fetch(
    client: Client, reading_of: ReadingOf, connection: str, looks: Sequence[Look], lane: Lane
) -> dict[str, Record | Missing]:
    """The deals as they are now, or that there is none, by the id asked for."""
    if not looks:
        return {}
    reading_of(())  # a wrong address must be noticed before it makes a deal look deleted
    wanted = joined(looks)
    found: dict[str, Item] = {}
    gone: dict[str, Missing] = {}
    for deal_id in wanted:
        shown = _shown(client, connection, deal_id, lane)
        if isinstance(shown, Missing):
            gone[deal_id] = shown
        else:
            found[deal_id] = shown
    if not found:
        return dict(gone)
    reading = reading_of(found.values())
    asked = [item for deal_id, item in found.items() if Aspect.PEOPLE in wanted[deal_id].aspects]
    people = people_of(client, asked, lane)
    records = {
        deal_id: _record(client, reading, wanted[deal_id], item, lane) for deal_id, item in found.items()
    }
    for deal_id, values in people.items():
        records[deal_id] = replace(records[deal_id], values={**records[deal_id].values, **values})
    return {**gone, **records}


def joined(looks: Sequence[Look]) -> dict[str, Look]:
    """One look for each deal, with all that is asked about it."""
    wanted: dict[str, Look] = {}
    for look in looks:
        known = wanted.get(look.remote_id, look)
        tasks = tuple(dict.fromkeys([*known.task_ids, *look.task_ids]))
        wanted[look.remote_id] = Look(look.remote_id, known.aspects | look.aspects, tasks)
    return wanted


def trail_query(deal_id: str, reading: Reading) -> Body:
    """The query for the system's activities about a deal, of those types that the account has."""
    return {
        "parent": {"id": int(deal_id), "type": "opportunity"},
        "activity_types": types(trail.WANTED & reading.facts.activity_types),
    }


def types(ids: Iterable[int]) -> list[Body]:
    """Activity types as a query names them."""
    return [{"id": each, "category": "system"} for each in sorted(ids)]


def _shown(client: Client, connection: str, deal_id: str, lane: Lane) -> Item | Missing:
    if not deal_id.isdecimal():
        return Missing(Ref(connection, deal_id), "not_found")
    try:
        shown = item_of(client.get(f"/opportunities/{deal_id}", lane))
    except NotFound:
        return Missing(Ref(connection, deal_id), "not_found")
    return Missing(Ref(connection, deal_id), "deleted") if is_deleted(shown) else shown


def _record(client: Client, reading: Reading, look: Look, item: Item, lane: Lane) -> Record:
    record = reading.record(item)
    if Aspect.HISTORY in look.aspects:
        record = _with_history(client, reading, record, item, lane)
    if Aspect.TASKS in look.aspects:
        record = replace(record, tasks=dict(_tasks(client, look.task_ids, lane)))
    return replace(record, known=look.aspects)


def _with_history(client: Client, reading: Reading, record: Record, item: Item, lane: Lane) -> Record:
    deal_id = record.ref.remote_id
    rows = client.found("activities", trail_query(deal_id, reading), lane)
    steps = trail.steps(rows, reading)
    told = trail.with_history(record, item, steps, reading)
    if trail.is_behind(steps, told.moves, item, datetime.now(UTC)):
        raise Transient(
            f"Deal {deal_id} was moved in Copper moments ago and its activities do not tell yet by whom; "
            "it is looked at again."
        )
    return told


def _tasks(client: Client, task_ids: Sequence[str], lane: Lane) -> Iterator[tuple[str, TaskState]]:
    for task_id in task_ids:
        state = activities.task_state(client, task_id, lane)
        if state is not None:
            yield task_id, state
