"""Reads deals: as asked for, as listed, as changed. Writes nothing. Facts: docs/connectors/zoho.md#reading"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.base import Lane, Look, Page, StageChange
from connectors.errors import Unreadable
from connectors.paging import Onward
from connectors.zoho import aspects, moves
from connectors.zoho.client import Client, Json
from connectors.zoho.records import PEOPLE, Reading, row_id
from connectors.zoho.rows import Rows, Selected, quoted
from connectors.zoho.values import ID, offset_text
from mapping.model import Aspect, Missing, Record, Ref

ReadingOf = Callable[[Sequence[Json], Lane], Reading]


class Reader:
    """The reading half of a connector."""

    def __init__(self, client: Client, rows: Rows, reading_of: ReadingOf) -> None:
        self._client = client
        self._rows = rows
        self._reading_of = reading_of

    def fetch(self, looks: Sequence[Look], lane: Lane) -> dict[str, Record | Missing]:
        """The records by the ids asked for, with the aspects asked for; what is not there is `Missing`."""
        if not looks:
            return {}
        wanted = _joined(looks)
        columns = [*self._reading_of([], lane).columns, *PEOPLE]
        found = self._rows.by_ids("Deals", wanted, columns, lane)
        reading = self._reading_of(list(found.values()), lane)
        records = {id: reading.record(row) for id, row in found.items()}
        records = self._with_aspects(records, wanted, found, reading, lane)
        return {id: records.get(id) or Missing(Ref(reading.connection, id), "not_found") for id in wanted}

    def everything(self, cursor: str | None, lane: Lane) -> Iterator[Page]:
        """All deals in the order of their ids, from behind the id that the cursor names; no cap to hit."""
        after = cursor or None
        if after is not None and not ID.fullmatch(after):
            raise Unreadable("The stored cursor is not one of ours; read this connection again from start.")
        onward = Onward("Zoho's deals", after)
        while True:
            selected, records = self.listed(f"id > {quoted(after)}" if after else "id is not null", lane)
            after = onward.to(selected.last) if selected.last else after
            yield Page(records, after or "")
            if selected.next is None:
                return

    def history(self, since: datetime, lane: Lane = Lane.BULK) -> Iterator[StageChange]:
        """All moves since a time, oldest first; a call for each deal that changed since, after it was made."""
        changes: list[StageChange] = []
        for row in self._changed_rows(since, lane):
            reading = self._reading_of([row], lane)
            is_as_made = row.get("Modified_Time") == row.get("Created_Time")
            found = (
                moves.made(reading, row) if is_as_made else moves.history(self._client, reading, row, lane)
            )
            changes += [StageChange(row_id(row), move) for move in moves.since(found.moves, since)]
        yield from sorted(changes, key=lambda change: change.move.at)

    def listed(self, where: str, lane: Lane) -> tuple[Selected, tuple[Record, ...]]:
        """A page of deals that a condition holds for, and their records."""
        selected = self._rows.select("Deals", self._reading_of([], lane).columns, where, lane)
        reading = self._reading_of(selected.rows, lane)
        return selected, tuple([reading.record(row) for row in selected.rows])

    def _changed_rows(self, since: datetime, lane: Lane) -> Iterator[Json]:
        where, onward = changed_since(since), Onward("Zoho's changed deals", "")
        while True:
            selected = self._rows.select("Deals", self._reading_of([], lane).columns, where, lane)
            yield from selected.rows
            if selected.next is None:
                return
            where = changed_since(since, onward.to(selected.next))

    def _with_aspects(
        self,
        records: dict[str, Record],
        wanted: Mapping[str, Look],
        found: Mapping[str, Json],
        reading: Reading,
        lane: Lane,
    ) -> dict[str, Record]:
        asked = {each: [id for id in records if each in wanted[id].aspects] for each in Aspect}
        people = aspects.people(self._rows, {id: found[id] for id in asked[Aspect.PEOPLE]}, lane)
        tasks = aspects.tasks(self._rows, [wanted[id].task_ids for id in asked[Aspect.TASKS]], lane)
        for id, record in records.items():
            look = wanted[id]
            if id in people:
                record = replace(record, values={**record.values, **people[id]})
            if Aspect.HISTORY in look.aspects:
                told = moves.history(self._client, reading, found[id], lane)
                record = replace(record, moves=told.moves, modified_by=told.latest)
            if Aspect.TASKS in look.aspects:
                record = replace(record, tasks={each: tasks[each] for each in look.task_ids if each in tasks})
            records[id] = replace(record, known=look.aspects)
        return records


def changed_since(since: datetime, after: str | None = None) -> str:
    """The condition for deals that changed since a time, from behind an id."""
    changed = f"Modified_Time >= {quoted(offset_text(since))}"
    return f"({changed} and id > {quoted(after)})" if after else changed


def _joined(looks: Sequence[Look]) -> dict[str, Look]:
    """One look for each deal, with all that is asked about it."""
    wanted: dict[str, Look] = {}
    for look in looks:
        known = wanted.get(look.remote_id, look)
        tasks = tuple(dict.fromkeys([*known.task_ids, *look.task_ids]))
        wanted[look.remote_id] = Look(look.remote_id, known.aspects | look.aspects, tasks)
    return wanted
