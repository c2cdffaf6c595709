"""Objects in memory, with the indexes that lists, leads and change polls need. No rules of writing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

from sandbox.close.actors import Actor
from sandbox.close.clock import now_ms


class Numbered(Protocol):
    """What can be put into an index."""

    @property
    def number(self) -> int: ...


Item = TypeVar("Item", bound=Numbered)


class Index(Generic[Item]):
    """Items in the order of a key; equal keys in the order of the items' numbers."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, int, Item]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, key: Any, item: Item) -> None:
        """Put an item in its place."""
        insort(self._rows, (key, item.number, item))

    def remove(self, key: Any, item: Item) -> None:
        """Take an item out that was added under this key."""
        place = bisect_left(self._rows, (key, item.number))
        del self._rows[place]

    def items(self, low: int = 0, high: int | None = None) -> list[Item]:
        """Return the items of these places, in order."""
        return [row[2] for row in self._rows[low:high]]

    def first_at(self, key: Any, *, after: bool = False) -> int:
        """Return the place of the first item with this key or a greater one; `after`: a greater one."""
        return bisect_right(self._rows, (key, 1 << 62)) if after else bisect_left(self._rows, (key,))

    def descending_before(self, key: Any, number: int) -> Iterator[Item]:
        """Return the items before this position, latest first."""
        place = bisect_left(self._rows, (key, number))
        return (self._rows[each][2] for each in range(place - 1, -1, -1))

    def ascending_after(self, key: Any, number: int) -> Iterator[Item]:
        """Return the items after this position, earliest first."""
        place = bisect_left(self._rows, (key, number + 1))
        return (self._rows[each][2] for each in range(place, len(self._rows)))


class Record:
    """One object. `values` are the written ones; what follows from others is added when it is shown."""

    __slots__ = (
        "actor",
        "created",
        "history",
        "id",
        "kind",
        "number",
        "shown",
        "text",
        "updated",
        "updated_by",
        "values",
    )

    def __init__(
        self, kind: str, id: str, number: int, values: dict[str, Any], actor: Actor, at: int
    ) -> None:
        self.kind = kind
        self.id = id
        self.number = number
        self.values = values
        self.actor = actor
        self.created = self.updated = at
        self.updated_by = actor.user_id
        self.history: list[tuple[int, str, Any, Actor]] = []
        self.shown: tuple[int, dict[str, Any]] | None = None
        self.text: tuple[Any, str] | None = None

    @property
    def lead_id(self) -> str | None:
        """Return the lead this object belongs to."""
        return self.id if self.kind == "lead" else self.values.get("lead_id")

    def forget(self) -> None:
        """Show the object anew the next time."""
        self.shown = self.text = None


class Table:
    """All objects of one kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.records: dict[str, Record] = {}
        self.removed: dict[str, Record] = {}
        self.by_id: Index[Record] = Index()
        self.by_created: Index[Record] = Index()
        self.by_updated: Index[Record] = Index()
        self.revision = 0
        self._by_lead: dict[str, dict[str, Record]] = {}

    def add(self, record: Record) -> None:
        """Put a new object into the table."""
        self.records[record.id] = record
        self.by_id.add(record.id, record)
        self.by_created.add(record.created, record)
        self.by_updated.add(record.updated, record)
        self._by_lead.setdefault(record.lead_id or "", {})[record.id] = record
        self.revision += 1

    def touch(self, record: Record, user_id: str) -> None:
        """Move `date_updated` to now, never back."""
        self.by_updated.remove(record.updated, record)
        record.updated = max(now_ms(), record.updated)
        record.updated_by = user_id
        self.by_updated.add(record.updated, record)
        record.forget()
        self.revision += 1

    def move(self, record: Record, lead_id: str) -> None:
        """Make the object belong to another lead."""
        del self._by_lead[record.lead_id or ""][record.id]
        record.values["lead_id"] = lead_id
        self._by_lead.setdefault(lead_id, {})[record.id] = record

    def remove(self, record: Record) -> None:
        """Delete the object; the control API still knows it."""
        del self.records[record.id]
        self.removed[record.id] = record
        self.by_id.remove(record.id, record)
        self.by_created.remove(record.created, record)
        self.by_updated.remove(record.updated, record)
        del self._by_lead[record.lead_id or ""][record.id]
        self.revision += 1

    def of_lead(self, lead_id: str) -> list[Record]:
        """Return the objects that belong to a lead, oldest first."""
        return list(self._by_lead.get(lead_id, {}).values())
