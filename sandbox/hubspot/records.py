"""Records in memory: ordered by id, found by unique values, rendered once per requested set of properties."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.call import compact_json
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.properties import Property
from sandbox.hubspot.values import iso

HISTORY_KEPT = 20
RENDERINGS_KEPT = 3


def now_ms() -> int:
    """Return the current time in epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Who made a change, in HubSpot's words; `user_id` only when it was a person."""

    type: str
    id: str | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One value a property had."""

    value: str | None
    at: int
    source: Source

    def as_json(self) -> dict[str, object]:
        """Return the version as propertiesWithHistory shows it."""
        answer: dict[str, object] = {
            "value": self.value or "",
            "timestamp": iso(self.at),
            "sourceType": self.source.type,
        }
        if self.source.id is not None:
            answer["sourceId"] = self.source.id
        if self.source.user_id is not None:
            answer["updatedByUserId"] = self.source.user_id
        return answer


class Record:
    """One object. `properties` are the written ones; `calculated` ones HubSpot fills."""

    __slots__ = (
        "archived_at",
        "calculated",
        "created",
        "id",
        "kind",
        "properties",
        "renderings",
        "source",
        "updated",
        "versions",
    )

    def __init__(self, kind: Kind, id: int, source: Source, created: int) -> None:
        self.kind = kind
        self.id = id
        self.source = source
        self.created = self.updated = created
        self.archived_at: int | None = None
        self.properties: dict[str, str] = {}
        self.calculated: dict[str, str] = {}
        self.versions: dict[str, list[Version]] = {}
        self.renderings: dict[tuple[str, ...], str] = {}

    def value(self, name: str) -> str | None:
        """Return a property as the API shows it."""
        if name in self.properties:
            return self.properties[name]
        if name in self.calculated:
            return self.calculated[name]
        if name == "hs_object_id":
            return str(self.id)
        if name == self.kind.created:
            return iso(self.created)
        return iso(self.updated) if name == self.kind.modified else None

    def write(self, name: str, value: str, at: int, source: Source) -> None:
        """Store a value and keep the one before in the history."""
        before = self.properties.get(name)
        if before is not None:
            versions = self.versions.setdefault(name, [Version(before, self.created, self.source)])
            versions.append(Version(value, at, source))
        elif at != self.created or source != self.source:
            self.versions[name] = [Version(value, at, source)]
        self.properties[name] = value

    def history(self, name: str) -> list[Version]:
        """Return the versions of a property, oldest first."""
        if name in self.versions:
            return self.versions[name]
        value = self.value(name)
        return [] if value is None else [Version(value, self.created, self.source)]

    def touch(self, at: int) -> None:
        """Move `updatedAt` forward, never back."""
        self.updated = max(at, self.updated + 1)
        self.renderings.clear()

    def fields(self, portal_id: int, names: Sequence[str]) -> dict[str, object]:
        """Return the record's envelope with these properties."""
        answer: dict[str, object] = {
            "id": str(self.id),
            "properties": {name: self.value(name) for name in names},
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "archived": self.archived_at is not None,
        }
        if self.archived_at is not None:
            answer["archivedAt"] = iso(self.archived_at)
        answer["url"] = f"https://app.hubspot.com/contacts/{portal_id}/record/{self.kind.type_id}/{self.id}"
        return answer

    def rendered(self, portal_id: int, names: tuple[str, ...]) -> str:
        """Return the envelope as JSON text; made once per set of properties and state of the record."""
        text = self.renderings.get(names)
        if text is None:
            text = compact_json(self.fields(portal_id, names))
            if len(self.renderings) >= RENDERINGS_KEPT:
                self.renderings.clear()
            self.renderings[names] = text
        return text

    def rendered_history(self, names: Sequence[str]) -> str:
        """Return `propertiesWithHistory` as JSON text, newest version first."""
        histories = {
            name: [version.as_json() for version in reversed(self.history(name)[-HISTORY_KEPT:])]
            for name in names
        }
        return compact_json(histories)


class Table:
    """All records of one object type. `revision` moves with every change, for caches of searches."""

    def __init__(self, kind: Kind, properties: dict[str, Property], ids_after: int = 0) -> None:
        self.kind = kind
        self.properties = properties
        self.revision = 0
        self._records: dict[int, Record] = {}
        self._present: list[int] = []
        self._archived: list[int] = []
        self._merged: dict[int, int] = {}
        self._unique: dict[str, dict[str, int]] = {}
        self._next_id = kind.first_id + ids_after

    def new(self, source: Source) -> Record:
        """Make a record with the next id; it is not in the table until `add`."""
        record = Record(self.kind, self._next_id, source, now_ms())
        self._next_id += 1
        return record

    def add(self, record: Record) -> None:
        """Put a new record into the table."""
        self._records[record.id] = record
        self._present.append(record.id)
        self.revision += 1

    def get(self, id: int, *, archived: bool = False) -> Record | None:
        """Return a record, or the one it was merged into."""
        while id in self._merged:
            id = self._merged[id]
        record = self._records.get(id)
        return record if record and (record.archived_at is not None) is archived else None

    def any(self, id: int) -> Record | None:
        """Return the record of exactly this id, archived or not."""
        return self._records.get(id)

    def survivor(self, id: int) -> int | None:
        """Return what the record was merged into."""
        return self._merged.get(id)

    def ids(self, *, archived: bool = False) -> list[int]:
        """Return the ids in order; not to be changed."""
        return self._archived if archived else self._present

    def page(self, after: int, limit: int, *, archived: bool = False) -> tuple[list[Record], int | None]:
        """Return records from id `after` on, and the id of the record that follows them."""
        ids = self.ids(archived=archived)
        start = bisect_left(ids, after)
        following = ids[start + limit] if start + limit < len(ids) else None
        return [self._records[id] for id in ids[start : start + limit]], following

    def present(self) -> Iterator[Record]:
        """Return all records that are not archived, oldest first."""
        return (self._records[id] for id in self._present)

    def archive(self, record: Record) -> None:
        """Move a record to the recycle bin."""
        record.archived_at = now_ms()
        record.renderings.clear()
        self._remove(record.id)
        insort(self._archived, record.id)

    def merge(self, merged: Sequence[Record], into: Record) -> None:
        """Make the ids of merged records lead to the new one."""
        for record in merged:
            self._remove(record.id)
            self._merged[record.id] = into.id
        self.revision += 1

    def find(self, name: str, value: str) -> Record | None:
        """Return the record that has this value in a unique property."""
        id = self._unique.get(name, {}).get(value.lower())
        return None if id is None else self.get(id)

    def index(self, record: Record, name: str, value: str, before: str | None) -> None:
        """Keep the lookup of a unique property right."""
        values = self._unique.setdefault(name, {})
        if before:
            values.pop(before.lower(), None)
        if value:
            values[value.lower()] = record.id

    def _remove(self, id: int) -> None:
        place = bisect_left(self._present, id)
        if self._present[place : place + 1] == [id]:
            del self._present[place]
        self.revision += 1
