"""Our webhook subscription: made once, its key kept, woken where Close paused it. Touches no other.

Facts: docs/connectors/close.md#subscribing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Grants, Lane, Subscription
from connectors.close import calls
from connectors.close.client import Client, Json, rows_of
from connectors.close.records import item_id
from connectors.close.signature import KEY, SUBSCRIPTION, URL
from connectors.close.values import text_of
from connectors.errors import Missing, Rejected, Unreadable

_TICKED_OFF = {
    "type": "field_accessor",
    "field": "changed_fields",
    "filter": {"type": "contains", "value": "is_complete"},
}
EVENTS: tuple[Mapping[str, object], ...] = (
    {"object_type": "opportunity", "action": "created"},
    {"object_type": "opportunity", "action": "updated"},
    {"object_type": "opportunity", "action": "deleted"},
    {"object_type": "task.lead", "action": "completed"},
    {"object_type": "task.lead", "action": "updated", "extra_filter": _TICKED_OFF},
    {"object_type": "task.lead", "action": "deleted"},
)


class Subscriptions:
    """The subscription of one connection; which one it is stands beside its key."""

    def __init__(self, client: Client, grants: Grants, *, has_key: bool) -> None:
        self._client = client
        self._grants = grants
        self._has_key = has_key  # in the settings

    def subscribe(self, url: str) -> list[Subscription]:
        """Make the one for this address, or bring the one that is there up to date; safe to repeat."""
        with self._grants.lock():
            row = self._usable(url)
            if row is None:
                row = self._client.call(
                    calls.CREATE_WEBHOOK,
                    Lane.READ,
                    body={"url": url, "events": [*EVENTS], "verify_ssl": url.startswith("https://")},
                )
                self._keep(row, _key(row))
            elif _differs(row, url):
                wanted = {"url": url, "events": [*EVENTS], "status": "active"}
                self._client.call(calls.UPDATE_WEBHOOK, Lane.READ, item_id(row), body=wanted)
                row = self._client.call(calls.WEBHOOK, Lane.READ, item_id(row))
        return [_subscription(row)]

    def all(self) -> list[Subscription]:
        """Our subscription, where we made one and it is still there."""
        kept = self._grants.load()
        ours = (row for row in self._rows() if item_id(row) == kept.get(SUBSCRIPTION))
        return [_subscription(row) for row in ours]

    def remove(self, subscription_id: str) -> None:
        """Delete our subscription; `Rejected` for any other, which is not ours to touch."""
        with self._grants.lock():
            if self._grants.load().get(SUBSCRIPTION) != subscription_id:
                raise Rejected("There is no such subscription of ours in Close.")
            self._delete(subscription_id)
            self._grants.save({})

    def _usable(self, url: str) -> Json | None:
        """The subscription to go on with; one for our address whose key nobody knows is deleted."""
        kept, rows = self._grants.load(), self._rows()
        ours = next((row for row in rows if item_id(row) == kept.get(SUBSCRIPTION)), None)
        for row in rows:
            if row is ours or row.get("url") != url:
                continue
            key = self._shown_key(row)
            if ours is None and (key or self._has_key):
                self._keep(row, key)
                ours = row
            else:
                self._delete(item_id(row))
        return ours

    def _shown_key(self, row: Json) -> str | None:
        """The key as Close shows it: in the list, or alone, or, as far as it has been seen, no more at all."""
        return text_of(row.get(KEY)) or text_of(
            self._client.call(calls.WEBHOOK, Lane.READ, item_id(row)).get(KEY)
        )

    def _keep(self, row: Json, key: str | None) -> None:
        kept = {SUBSCRIPTION: item_id(row), URL: str(row.get("url"))}
        self._grants.save({**kept, KEY: key} if key else kept)

    def _delete(self, subscription_id: str) -> None:
        try:
            self._client.call(calls.DELETE_WEBHOOK, Lane.READ, subscription_id)
        except Missing:
            return

    def _rows(self) -> list[Json]:
        return rows_of(self._client.call(calls.WEBHOOKS, Lane.READ))


def _key(row: Json) -> str:
    key = text_of(row.get(KEY))
    if key is None:
        raise Unreadable("Close made a subscription without telling its key: remove it there and try again.")
    return key


def _differs(row: Json, url: str) -> bool:
    there = {_name(each) for each in row.get("events") or () if isinstance(each, dict)}
    return row.get("status") != "active" or row.get("url") != url or there != {_name(each) for each in EVENTS}


def _name(event: Mapping[str, Any]) -> str:
    return f"{event.get('object_type')}.{event.get('action')}"


def _subscription(row: Json) -> Subscription:
    events = tuple(sorted(_name(each) for each in row.get("events") or () if isinstance(each, dict)))
    return Subscription(item_id(row), str(row.get("url")), events, active=row.get("status") == "active")
