"""The activities of an account: notes and calls that people log, and the trail that Copper itself keeps."""

import time
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FIRST_ID: Final = 3_064_242_278
Parent = tuple[str, int]
Type = tuple[str, int]
Place = tuple[int, int]


@dataclass(slots=True)
class Activity:
    """One activity; `via` is "app" for what came through the API. A deleted one stays as a stub."""

    id: int
    parent: Parent
    type: Type
    user_id: int | None
    details: str | None
    activity_date: int
    date_created: int
    date_modified: int
    old_value: Any = None
    new_value: Any = None
    via: str | None = None
    deleted: bool = False
    noted_at: float = field(default_factory=time.monotonic)

    def as_json(self) -> dict[str, Any]:
        """Return the activity, or its stub, as the API shows it."""
        if self.deleted:
            return {"id": self.id, "is_deleted": True}
        return {
            "id": self.id,
            "parent": {"id": self.parent[1], "type": self.parent[0]},
            "type": {"id": self.type[1], "category": self.type[0]},
            "user_id": self.user_id,
            "details": self.details,
            "activity_date": self.activity_date,
            "old_value": self.old_value,
            "new_value": self.new_value,
            "date_created": self.date_created,
            "date_modified": self.date_modified,
        }


class Activities:
    """All activities, ordered by the time they took place; also by parent and by type."""

    def __init__(self, ids_after: int) -> None:
        self._by_id: dict[int, Activity] = {}
        self._all: list[Place] = []
        self._of_parent: defaultdict[Parent, list[Place]] = defaultdict(list)
        self._of_type: defaultdict[Type, list[Place]] = defaultdict(list)
        self._next_id = FIRST_ID + ids_after

    def add(
        self,
        parent: Parent,
        type: Type,
        user_id: int | None,
        now: int,
        *,
        details: str | None = None,
        at: int | None = None,
        values: tuple[Any, Any] = (None, None),
        via: str | None = None,
    ) -> Activity:
        """Keep a new activity that took place at `at`, by default now."""
        moment = now if at is None else at
        made = Activity(self._next_id, parent, type, user_id, details, moment, now, now, *values, via)
        self._next_id += 1
        self._by_id[made.id] = made
        self._insert(made)
        return made

    def move(self, activity: Activity, at: int) -> None:
        """Change when an activity took place."""
        place = (activity.activity_date, activity.id)
        for places in (self._all, self._of_parent[activity.parent], self._of_type[activity.type]):
            del places[bisect_left(places, place)]
        activity.activity_date = at
        self._insert(activity)

    def get(self, id: int) -> Activity | None:
        """Return an activity or its stub."""
        return self._by_id.get(id)

    def of(self, parent: Parent) -> Iterator[Activity]:
        """Return the activities of a record, oldest first."""
        return (self._by_id[id] for _, id in self._of_parent.get(parent, ()))

    def select(
        self,
        parent: Parent | None,
        types: Sequence[Type],
        since: int | None,
        until: int | None,
        lag: float = 0,
    ) -> list[Activity]:
        """Return what matches all and is `lag` seconds old, the latest first; no types means all of them."""
        places = self._all if parent is None else self._of_parent.get(parent, [])
        if parent is None and len(types) == 1:
            places = self._of_type.get(types[0], [])
        start = 0 if since is None else bisect_left(places, (since, 0))
        end = len(places) if until is None else bisect_left(places, (until + 1, 0))
        found = (self._by_id[id] for _, id in reversed(places[start:end]))
        limit = time.monotonic() - lag
        return [each for each in found if each.noted_at <= limit and (not types or each.type in types)]

    def _insert(self, activity: Activity) -> None:
        place = (activity.activity_date, activity.id)
        for places in (self._all, self._of_parent[activity.parent], self._of_type[activity.type]):
            insort(places, place)
