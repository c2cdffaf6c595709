"""Records in memory: found by id, by time of change, and by indexed values. No rules of writing: changes.py."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.modules import Module

Changed = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and by what way, in the words of the timeline."""

    user_id: int
    source: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a record's timeline: what changed from what to what; values as they are stored."""

    id: int
    at: int
    action: str
    actor: Actor
    changes: Changed


class Record:
    """One record. `values` are the stored ones by API name; times are epoch seconds, lookups are ids."""

    __slots__ = (
        "created",
        "created_by",
        "id",
        "log",
        "modified",
        "modified_by",
        "module",
        "values",
        "written",
    )

    def __init__(self, module: Module, id: int, values: dict[str, Any], actor: Actor, at: int) -> None:
        self.module = module
        self.id = id
        self.values = values
        self.created = self.modified = at
        self.created_by = self.modified_by = actor.user_id
        self.written = time.time()
        self.log: list[Entry] = []

    @property
    def name(self) -> str | None:
        """Return what lookups show of the record."""
        name = self.values.get(self.module.name_field)
        return None if name is None else str(name)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A record in the recycle bin; `into` is the survivor of a merge."""

    record: Record
    at: int
    by: int
    into: int | None = None


class Table:
    """All records of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.ids: list[int] = []
        self.modified: list[tuple[int, int]] = []
        self.deleted: dict[int, Deleted] = {}
        self._records: dict[int, Record] = {}
        self._values: dict[str, dict[str, set[int]]] = {}

    def add(self, record: Record) -> None:
        """Put a new record into the table; its id is higher than all others."""
        self._records[record.id] = record
        self.ids.append(record.id)
        insort(self.modified, (record.modified, record.id))
        for name in self.module.indexed():
            self._index(name, record.values.get(name), record.id)

    def get(self, id: int) -> Record | None:
        """Return a record that is not deleted."""
        return self._records.get(id)

    def all(self) -> Iterator[Record]:
        """Return all records, oldest first."""
        return (self._records[id] for id in self.ids)

    def touch(self, record: Record, at: int) -> None:
        """Move the time of the last change."""
        del self.modified[bisect_left(self.modified, (record.modified, record.id))]
        record.modified, record.written = at, time.time()
        insort(self.modified, (at, record.id))

    def store(self, record: Record, values: Mapping[str, Any]) -> None:
        """Store values and keep the indexes right."""
        for name in self.module.indexed() & values.keys():
            before = record.values.get(name)
            if before is not None:
                self._values[name][str(before).lower()].discard(record.id)
            self._index(name, values[name], record.id)
        record.values.update(values)

    def remove(self, record: Record, at: int, by: int, into: int | None = None) -> None:
        """Move a record to the recycle bin."""
        del self.ids[bisect_left(self.ids, record.id)]
        del self.modified[bisect_left(self.modified, (record.modified, record.id))]
        del self._records[record.id]
        for name in self.module.indexed():
            value = record.values.get(name)
            if value is not None:
                self._values[name][str(value).lower()].discard(record.id)
        self.deleted[record.id] = Deleted(record, at, by, into)

    def find(self, name: str, value: Any) -> list[Record]:
        """Return the records with this value, oldest first; only an indexed field is quick."""
        if name in self.module.indexed():
            ids: Iterable[int] = sorted(self._values.get(name, {}).get(str(value).lower(), ()))
        else:
            wanted = str(value).lower()
            ids = [id for id in self.ids if str(self._records[id].values.get(name, "")).lower() == wanted]
        return [self._records[id] for id in ids]

    def reindex(self, name: str) -> None:
        """Index a field that has become unique."""
        for record in self.all():
            self._index(name, record.values.get(name), record.id)

    def _index(self, name: str, value: Any, id: int) -> None:
        if value is not None:
            self._values.setdefault(name, {}).setdefault(str(value).lower(), set()).add(id)
