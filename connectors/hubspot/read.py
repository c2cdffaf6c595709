"""Reads deals: as asked for, as listed, as changed. Writes nothing.

Facts: docs/connectors/hubspot.md#reading
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors import errors
from connectors.base import Lane, Look, Page, StageChange
from connectors.hubspot import aspects
from connectors.hubspot.catalogue import NOTHING, Catalogue
from connectors.hubspot.client import BATCH, BATCH_WITH_HISTORY, SEARCH, Client, Json, rows
from connectors.hubspot.paths import path
from connectors.hubspot.records import Reader
from connectors.hubspot.sweep import PAGE, Sweep
from connectors.paging import Onward
from mapping.model import Aspect, Missing, Record, Ref, Values

END = "end"
"""The cursor behind the last page of a listing."""


class Reading:
    """The reading half of a connector."""

    def __init__(self, connection: str, client: Client, catalogue: Catalogue, our_app: str | None) -> None:
        self._connection = connection
        self._client = client
        self._catalogue = catalogue
        self._our_app = our_app
        self._reader: tuple[object, Reader] | None = None

    def reader(self, lane: Lane, written: Values = NOTHING) -> Reader:
        """The reader for the fields as the mapping names them now, with the options for what is to be written."""
        mapped = self._catalogue.mapped(lane, written)
        if self._reader is None or self._reader[0] is not mapped:
            self._reader = (mapped, Reader(self._connection, mapped, self._our_app))
        return self._reader[1]

    def fetch(self, looks: Sequence[Look], lane: Lane) -> dict[str, Record | Missing]:
        """The records by the ids asked for, with the aspects asked for; what is not there is `Missing`."""
        if not looks:
            return {}
        wanted = _joined(looks)
        found = {row["id"]: row for row in self._rows(wanted, lane)}
        reader = self.reader(lane)
        records = dict(zip(found, reader.records(list(found.values())), strict=True))
        records = {id: records[id] for id in wanted if id in records}
        absent = [id for id in wanted if id not in records]
        records = self._with_aspects(records, wanted, found, lane)
        return {**records, **self._missing(absent, bool(found.keys() - wanted.keys()), lane)}

    def everything(self, cursor: str | None, lane: Lane) -> Iterator[Page]:
        """Pages of all deals in the order of their ids, so that an edit meanwhile moves none of them."""
        reader = self.reader(lane)
        onward = Onward("HubSpot's deals", cursor)
        while cursor != END:
            params = {"limit": BATCH, "properties": ",".join(reader.properties), "archived": "false"}
            body = self._list(params, cursor, lane)
            cursor = _next(body)
            onward.to(cursor)
            yield Page(reader.records(rows(body)), cursor)

    def changed(self, since: str | None, lane: Lane) -> Iterator[Page]:
        """Pages of deals modified since a cursor, by ascending id: many with one time stamp do no harm."""
        reader = self.reader(lane)
        sweep = Sweep.resume(since)
        onward = Onward("HubSpot's changed deals", sweep.last_id)
        while True:
            query = sweep.query(reader.properties)
            answer = self._client.call("POST", path("search", "deals"), lane, rate=SEARCH, json=query)
            body = answer.json()
            records = reader.records(rows(body))
            sweep = sweep.begun(answer.headers)
            if not records or (len(records) < PAGE and _next(body) == END):
                yield Page(records, sweep.end)
                return
            sweep = sweep.after(records)
            onward.to(sweep.last_id)
            yield Page(records, str(sweep))

    def history(self, since: datetime, lane: Lane = Lane.BULK) -> Iterator[StageChange]:
        """All stage moves since a time, oldest first; the vendor keeps a limited number a deal."""
        changes: list[StageChange] = []
        cursor: str | None = None
        onward = Onward("HubSpot's stage history", cursor)
        while cursor != END:
            params = {"limit": BATCH_WITH_HISTORY, "propertiesWithHistory": ",".join(aspects.HISTORY)}
            body = self._list(params, cursor, lane)
            cursor = onward.to(_next(body))
            for row in rows(body):
                moves = aspects.moves(row, self._our_app)
                changes += [StageChange(row["id"], move) for move in moves if move.at >= since]
        yield from sorted(changes, key=lambda change: change.move.at)

    def _list(self, params: Mapping[str, object], cursor: str | None, lane: Lane) -> object:
        after = {"after": cursor} if cursor else {}
        return self._client.call("GET", path("objects", "deals"), lane, params={**params, **after}).json()

    def _rows(self, wanted: Mapping[str, Look], lane: Lane) -> list[Json]:
        properties = self.reader(lane).properties
        deep = [id for id, look in wanted.items() if Aspect.HISTORY in look.aspects]
        plain = [id for id in wanted if id not in set(deep)]
        found = self._client.batch_read("deals", plain, properties, lane)
        return found + self._client.batch_read("deals", deep, properties, lane, history=aspects.HISTORY)

    def _with_aspects(
        self, records: dict[str, Record], wanted: Mapping[str, Look], found: Mapping[str, Json], lane: Lane
    ) -> dict[str, Record]:
        asked = {each: [id for id in records if each in wanted[id].aspects] for each in Aspect}
        people = aspects.people(self._client, asked[Aspect.PEOPLE], lane)
        for id in asked[Aspect.PEOPLE]:
            values = {**records[id].values, **people[id]}
            records[id] = replace(records[id], values=values, known=records[id].known | {Aspect.PEOPLE})
        for id in asked[Aspect.HISTORY]:
            records[id] = aspects.with_history(records[id], found[id], self._our_app)
        tasks = aspects.tasks(self._client, [wanted[id].task_ids for id in asked[Aspect.TASKS]], lane)
        for id in asked[Aspect.TASKS]:
            mine = {task: tasks[task] for task in wanted[id].task_ids if task in tasks}
            records[id] = replace(records[id], tasks=mine, known=records[id].known | {Aspect.TASKS})
        return records

    def _missing(self, absent: Sequence[str], merged: bool, lane: Lane) -> dict[str, Missing]:
        """Why each is not there. A merged deal lives on under another id, which only a single read tells."""
        archived = set() if merged else self._archived(absent, lane)
        survivors = {id: self._survivor(id, lane) for id in absent if id not in archived}
        if merged:
            archived = self._archived([id for id, survivor in survivors.items() if survivor is None], lane)
        return {id: self._gone(id, id in archived, survivors.get(id)) for id in absent}

    def _gone(self, id: str, archived: bool, survivor: str | None) -> Missing:
        if survivor:
            return Missing(Ref(self._connection, id), "merged", survivor)
        return Missing(Ref(self._connection, id), "deleted" if archived else "not_found")

    def _archived(self, ids: Sequence[str], lane: Lane) -> set[str]:
        return {row["id"] for row in self._client.batch_read("deals", ids, [], lane, archived=True)}

    def _survivor(self, id: str, lane: Lane) -> str | None:
        """The id that a merged deal lives on under; `None` if there is nothing under this id."""
        try:
            found = self._client.typed(lambda library: library.get("deals", id, ["pipeline"]), lane)
        except errors.Missing:
            return None
        if found.id == id:
            raise errors.Transient(f"HubSpot showed deal {id} only at the second look; it is read again.")
        return found.id


def _joined(looks: Sequence[Look]) -> dict[str, Look]:
    """One look for each deal, with all that is asked about it."""
    wanted: dict[str, Look] = {}
    for look in looks:
        known = wanted.get(look.remote_id, look)
        tasks = tuple(dict.fromkeys([*known.task_ids, *look.task_ids]))
        wanted[look.remote_id] = Look(look.remote_id, known.aspects | look.aspects, tasks)
    return wanted


def _next(body: object) -> str:
    paging = body.get("paging") if isinstance(body, dict) else None
    return str(paging["next"]["after"]) if paging and paging.get("next") else END
