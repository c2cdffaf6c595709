"""Records in memory: as they are (read by id), and as the search index knows them, which may lag behind."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .kinds import Kind
from .lookups import Lookups, Name

Values = dict[str, Any]


class Version:
    """One state of a record. It is never changed, only replaced, so that the index can keep an old one."""

    __slots__ = ("texts", "values")

    def __init__(self, values: Values) -> None:
        self.values = values
        self.texts: dict[tuple[int, bool, bool], str] = {}

    @property
    def id(self) -> int:
        """Return the id of the record."""
        return int(self.values["id"])


class Index:
    """What searches find. A change is found once it is `lag()` seconds old."""

    def __init__(self, lag: Callable[[], float]) -> None:
        self.versions: dict[int, Version] = {}
        self.ids: list[int] = []
        self.recent: dict[int, None] = {}  # ordered by last change, the latest last
        self.revision = 0
        self._lookups = Lookups()
        self._lag = lag
        self._waiting: deque[tuple[float, int, Version | None]] = deque()

    def note(self, id: int, version: Version | None) -> None:
        """Take notice of a record's new state; None means deleted."""
        self._waiting.append((time.monotonic(), id, version))

    def catch_up(self) -> None:
        """Let in the changes that are old enough."""
        limit = time.monotonic() - self._lag()
        while self._waiting and self._waiting[0][0] <= limit:
            _, id, version = self._waiting.popleft()
            self._set(id, version)

    def created_between(self, first: float, last: float) -> list[int]:
        """Return the ids of records created within these seconds, oldest first."""
        start = bisect_left(self.ids, first, key=self._created)
        return self.ids[start : bisect_right(self.ids, last, key=self._created)]

    def modified_since(self, first: float) -> list[int]:
        """Return the ids of records changed at or after that second, in the order of their changes."""
        found: list[int] = []
        for id in reversed(self.recent):
            if self.versions[id].values["date_modified"] < first:
                break
            found.append(id)
        found.reverse()
        return found

    def having(self, name: Name, wanted: Iterable[Any]) -> list[int]:
        """Return the ids of records with one of these values, oldest first."""
        records = (version.values for version in self.versions.values())
        return sorted(self._lookups.find(name, wanted, records))

    def _created(self, id: int) -> int:
        return int(self.versions[id].values["date_created"])

    def _set(self, id: int, version: Version | None) -> None:
        self.revision += 1
        known = self.versions.get(id)
        self._lookups.replace(known.values if known else None, version.values if version else None)
        if version is None:
            if known is not None:
                del self.versions[id], self.recent[id], self.ids[bisect_left(self.ids, id)]
            return
        self.versions[id] = version
        if known is None:
            self.ids.append(id)
        elif known.values["date_modified"] == version.values["date_modified"]:
            return
        self.recent.pop(id, None)
        self.recent[id] = None


class Table:
    """The records of one kind. Ids only grow."""

    def __init__(self, kind: Kind, ids_after: int, lag: Callable[[], float]) -> None:
        self.kind = kind
        self.index = Index(lag)
        self._present: dict[int, Version] = {}
        self._deleted: dict[int, Version] = {}
        self._next_id = kind.first_id + ids_after

    def add(self, values: Values) -> Version:
        """Keep the values of a new record under the next id."""
        values["id"] = self._next_id
        self._next_id += 1
        return self.put(Version(values))

    def put(self, version: Version) -> Version:
        """Replace the state of a record."""
        self._present[version.id] = version
        self.index.note(version.id, version)
        return version

    def remove(self, id: int) -> Version:
        """Take a record away for good; the control API still knows what it was."""
        self._deleted[id] = self._present.pop(id)
        self.index.note(id, None)
        return self._deleted[id]

    def get(self, id: int | None) -> Version | None:
        """Return a record as it is."""
        return None if id is None else self._present.get(id)

    def deleted(self, id: int) -> Version | None:
        """Return what a deleted record was."""
        return self._deleted.get(id)

    def all(self) -> Iterator[Version]:
        """Return all records, oldest first."""
        return iter(self._present.values())

    def all_deleted(self) -> Iterator[Version]:
        """Return all deleted records."""
        return iter(self._deleted.values())
