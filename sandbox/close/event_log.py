"""The event log: what happened to which object, kept for 30 days, several quick changes told as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.close.actors import Actor
from sandbox.close.clock import naive_text, now_ms
from sandbox.close.ids import Identifiers
from sandbox.close.records import Index

# Updates of one object within the consolidation delay become one event; nothing else does.
CONSOLIDATED = "updated"
Keys = tuple[tuple[str, ...], ...]


@dataclass(slots=True, eq=False)
class Event:
    """One line of the log."""

    id: str
    number: int
    created: int
    updated: int
    organization_id: str
    actor: Actor
    object_type: str
    object_id: str
    lead_id: str | None
    action: str
    data: dict[str, Any] | None
    changed_fields: list[str] = field(default_factory=list)
    previous: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def as_json(self, *, with_data: bool = True) -> dict[str, Any]:
        """Return the event as log and webhooks show it, its times without an offset."""
        actor = self.actor
        return {
            "id": self.id,
            "date_created": naive_text(self.created),
            "date_updated": naive_text(self.updated),
            "organization_id": self.organization_id,
            "user_id": actor.user_id,
            "request_id": actor.request_id,
            "api_key_id": actor.api_key_id,
            "oauth_client_id": actor.oauth_client_id,
            "oauth_scope": actor.oauth_scope,
            "object_type": self.object_type,
            "object_id": self.object_id,
            "lead_id": self.lead_id,
            "action": self.action,
            "changed_fields": self.changed_fields,
            "meta": {"request_method": actor.method, "request_path": actor.path, **self.meta},
            "data": self.data if with_data else None,
            "previous_data": self.previous if with_data else {},
        }

    def filters(self) -> Keys:
        """Return the filters under which the event is found."""
        return (
            ("object_id", self.object_id),
            ("lead_id", self.lead_id or ""),
            ("user_id", self.actor.user_id),
            ("request_id", self.actor.request_id),
            ("object_type", self.object_type, self.action),
        )


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of the fields that differ."""
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))


class EventLog:
    """All events, newest last. `tell` hears of each once, and again when it was consolidated."""

    def __init__(self, organization_id: str, identifiers: Identifiers) -> None:
        self.tell: Callable[[Event, bool], None] = lambda event, renewed: None
        self.open: dict[str, Event] = {}  # by object: updates that later ones still join
        self.joins: Callable[[Event, Actor], bool] = lambda event, actor: False
        self.by_id: dict[str, Event] = {}
        self._organization_id = organization_id
        self._identifiers = identifiers
        self._indexes: dict[tuple[str, ...], Index[Event]] = {}
        self._count = 0

    def created(
        self, actor: Actor, object_type: str, data: dict[str, Any], lead_id: str | None, **meta: Any
    ) -> Event:
        """Note that an object was created."""
        return self._add(actor, object_type, data["id"], lead_id, "created", data, meta=meta)

    def deleted(
        self, actor: Actor, object_type: str, before: dict[str, Any], lead_id: str | None, **meta: Any
    ) -> Event:
        """Note that an object was deleted: only what it was is left."""
        return self._add(
            actor, object_type, before["id"], lead_id, "deleted", None, previous=before, meta=meta
        )

    def changed(
        self,
        actor: Actor,
        object_type: str,
        before: dict[str, Any],
        after: dict[str, Any],
        lead_id: str | None,
        action: str = CONSOLIDATED,
        **meta: Any,
    ) -> Event:
        """Note that an object was changed, or add the change to the event that is still open."""
        names = difference(before, after)
        previous = {name: before.get(name) for name in names}
        earlier = self.open.get(after["id"])
        if action == CONSOLIDATED and earlier is not None and self.joins(earlier, actor):
            return self._join(earlier, actor, previous, after)
        return self._add(
            actor,
            object_type,
            after["id"],
            lead_id,
            action,
            after,
            changed_fields=names,
            previous=previous,
            meta=meta,
        )

    def noted(
        self, actor: Actor, object_type: str, object_id: str, lead_id: str | None, action: str, **meta: Any
    ) -> Event:
        """Note something without data, such as a merge."""
        return self._add(actor, object_type, object_id, lead_id, action, None, meta=meta)

    def found(self, key: tuple[str, ...]) -> Index[Event]:
        """Return the events of one of the filters."""
        return self._indexes.get(key) or Index()

    def actions(self, object_type: str) -> Iterable[str]:
        """Return the actions that were seen with this type."""
        return [key[2] for key in self._indexes if key[:2] == ("object_type", object_type)]

    def _add(
        self,
        actor: Actor,
        object_type: str,
        object_id: str,
        lead_id: str | None,
        action: str,
        data: dict[str, Any] | None,
        **details: Any,
    ) -> Event:
        self._count += 1
        now = now_ms()
        event = Event(
            self._identifiers.new("ev"),
            self._count,
            now,
            now,
            self._organization_id,
            actor,
            object_type,
            object_id,
            lead_id,
            action,
            data,
            **details,
        )
        self._index(event)
        self.tell(event, False)
        return event

    def _join(self, event: Event, actor: Actor, previous: dict[str, Any], after: dict[str, Any]) -> Event:
        for key in event.filters():
            self._indexes[key].remove(event.updated, event)
        event.previous = previous | event.previous
        event.data, event.actor, event.updated = after, actor, max(now_ms(), event.updated)
        event.previous = {name: value for name, value in event.previous.items() if value != after.get(name)}
        event.changed_fields = sorted(event.previous)
        self._index(event)
        self.tell(event, True)
        return event

    def _index(self, event: Event) -> None:
        self.by_id[event.id] = event
        for key in event.filters():
            self._indexes.setdefault(key, Index()).add(event.updated, event)
