"""Webhooks: subscriptions, bodies, gathering. At most once, never repeated, without signature."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.call import compact_json
from sandbox.contract import Services
from sandbox.limits import SlidingWindow
from sandbox.webhooks import Parcel, Rendered

from .account import Account, Actor
from .kinds import OPPORTUNITY, Kind
from .tables import Version

TYPES: Final = ("lead", "person", "company", "opportunity", "project", "task")
EVENTS: Final = ("new", "update", "delete")
IDS_PER_NOTIFICATION: Final = 30
FIRST_ID: Final = 17_065
# Attributes of opportunities go by internal names in notifications.
_INTERNAL: Final = {"monetary_value": "value", "primary_contact_id": "primary_contact"}
_LEFT_OUT: Final = frozenset({"date_stage_changed", "pipeline_is_revenue", "pipeline_stage_id"})


@dataclass
class Subscription:
    """One wish to be told of one event of one type of record."""

    id: int
    target: str
    type: str
    event: str
    created_at: int
    owner: str  # the API key it belongs to; no other key sees it
    secret: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    custom_field_computed_values: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the subscription as the API shows it."""
        return {
            "id": self.id,
            "target": self.target,
            "type": self.type,
            "event": self.event,
            "secret": self.secret,
            "headers": self.headers,
            "custom_field_computed_values": self.custom_field_computed_values,
            "created_at": self.created_at,
        }


@dataclass
class Notification:
    """One delivery in the making."""

    subscription: Subscription
    event: str
    ids: list[int]
    updated: dict[str, Any]

    def takes(self, event: str, id: int, updated: dict[str, Any]) -> bool:
        """Say whether a further record fits: the same event and change, and room for it."""
        fits = (self.event, self.updated) == (event, updated) and id not in self.ids
        return fits and len(self.ids) < IDS_PER_NOTIFICATION

    def body(self) -> dict[str, Any]:
        """Return the body; the keys of `secret` are merged into its top level."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "subscription_id": self.subscription.id,
            "event": self.event,
            "type": self.subscription.type,
            "ids": self.ids,
            "updated_attributes": self.updated,
            "timestamp": moment,
            **self.subscription.secret,
        }


class Events:
    """Turns changes into notifications. What one request or one edit of many changes is told together."""

    def __init__(self, account: Account, services: Services) -> None:
        self._account = account
        self._services = services
        self._waiting: list[Notification] = []
        self._next_id = FIRST_ID
        self.subscriptions: dict[int, Subscription] = {}
        self.windows = (SlidingWindow(600, 60), SlidingWindow(1800, 600))

    def close(self) -> None:
        """Send nothing any more, also not what waits."""
        self.subscriptions.clear()
        self._waiting.clear()
        self._services.deliveries.gathering = 0

    def subscribe(self, target: str, type: str, event: str, **details: Any) -> Subscription:
        """Add a subscription, also one that is there already."""
        now, owner = self._account.now(), self._account.settings.api_key
        made = Subscription(self._next_id, target, type, event, now, owner, **details)
        self._next_id += 1
        self.subscriptions[made.id] = made
        return made

    def own(self) -> dict[int, Subscription]:
        """Return the subscriptions of the key in use; those of a former key go on, but nobody sees them."""
        key = self._account.settings.api_key
        return {id: each for id, each in self.subscriptions.items() if each.owner == key}

    def tell(
        self, kind: Kind, event: str, record: Version, changes: dict[str, tuple[Any, Any]], actor: Actor
    ) -> None:
        """Tell all subscribers of a change."""
        if actor.via_api and not self._account.settings.own_writes_told:
            return
        for subscription in self.subscriptions.values():
            if (subscription.type, subscription.event) == (kind.singular, event):
                computed = subscription.custom_field_computed_values
                updated = self._updated(kind, record, changes, computed) if event == "update" else {}
                self._queue(subscription, event, record.id, updated)

    def _queue(self, subscription: Subscription, event: str, id: int, updated: dict[str, Any]) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        for waiting in reversed(self._waiting):
            if waiting.subscription is subscription:
                if waiting.takes(event, id, updated):
                    waiting.ids.append(id)
                    return
                break
        self._waiting.append(Notification(subscription, event, [id], updated))
        self._services.deliveries.gathering = len(self._waiting)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._services.deliveries.gathering = 0
        for each in waiting:
            body, target = each.body(), each.subscription.target
            if all(window.admit("account") for window in self.windows):
                headers = {"Content-Type": "application/json", **each.subscription.headers}
                self._services.deliveries.send(Parcel(target, [body], _renderer(headers)))
            else:
                self._services.journal.webhook(target, [body], 0, "lost beyond the limit")

    def _updated(
        self, kind: Kind, record: Version, changes: dict[str, tuple[Any, Any]], computed: bool
    ) -> dict[str, Any]:
        updated: dict[str, Any] = {}
        for name, (before, after) in changes.items():
            if name.isdigit():
                definition = self._account.definitions.by_id[int(name)]
                pair = [before, after]
                pair = [definition.computed(each) for each in pair] if computed else pair
                updated.setdefault("custom_fields", {})[name] = pair
            elif name not in _LEFT_OUT:
                updated[_INTERNAL.get(name, name)] = [before, after]
        if kind is OPPORTUNITY:
            updated |= self._moved(record, changes)
        return updated

    def _moved(self, record: Version, changes: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if "status" in changes and self._account.settings.webhook_status == "ids":
            told["status"] = [("Open", "Won", "Lost", "Abandoned").index(each) for each in changes["status"]]
        if "pipeline_stage_id" in changes:
            since, until = changes.get("date_stage_changed", (record.values["date_stage_changed"],) * 2)
            told["stage"] = [self._stage_name(each) for each in changes["pipeline_stage_id"]]
            told["stage_id"] = list(changes["pipeline_stage_id"])
            told["days_in_stage"] = [(until - since) // 86_400, 0]
            told["last_stage_at"] = [since, until]
        return told

    def _stage_name(self, stage_id: int) -> str | None:
        found = self._account.directories.stage(stage_id)
        return found[1].name if found else None


def _renderer(headers: dict[str, str]) -> Any:
    def render(events: Sequence[Any], attempt: int) -> Rendered:
        return compact_json(events[0]).encode(), headers

    return render
