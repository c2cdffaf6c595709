"""Webhook subscriptions of our own app, where a developer key lets us make them.

Facts: docs/connectors/hubspot.md#subscribing
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.base import Lane, Subscription
from connectors.errors import Missing, Rejected, Unreadable
from connectors.hubspot.client import Client, rows
from connectors.hubspot.paths import path
from connectors.hubspot.settings import Settings

LIFE = ("deal.creation", "deal.deletion", "deal.merge", "deal.restore")
CHANGE = "deal.propertyChange"
PROPERTIES = ("dealstage", "pipeline", "hubspot_owner_id", "dealname", "amount", "deal_currency_code")

Wanted = tuple[str, str | None]  # event type, property


def wanted(mapped: Iterable[str]) -> list[Wanted]:
    """What is to be subscribed to: a deal's life, and each property that the conveyor reads."""
    properties = dict.fromkeys([*PROPERTIES, *mapped])
    return [*((event, None) for event in LIFE), *((CHANGE, each) for each in properties)]


class Subscriptions:
    """The subscriptions of the app that the settings name."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._app = settings.app_id
        self._key = settings.webhook.developer_key

    @property
    def possible(self) -> bool:
        """Whether they can be made by API with these credentials."""
        return self._app is not None and self._key is not None

    def subscribe(self, callback_url: str, wanted: list[Wanted]) -> list[Subscription]:
        """Point the app there and make what is missing; `Rejected` with what to click if it cannot be."""
        if not self.possible:
            raise Rejected(instructions(callback_url, wanted))
        settings = {"targetUrl": callback_url, "throttling": {"maxConcurrentRequests": 10}}
        self._call("PUT", path("webhook_settings", self._app), settings)
        there = {_event(row): row for row in self._rows()}
        for event in wanted:
            self._ensure(event, there.get(event))
        return self.all()

    def all(self) -> list[Subscription]:
        """The app's subscriptions; none where they cannot be listed, or where the app has no target yet."""
        if not self.possible:
            return []
        try:
            settings = self._call("GET", path("webhook_settings", self._app))
        except Missing:
            return []
        return [_subscription(row, str(settings.get("targetUrl") or "")) for row in self._rows()]

    def remove(self, subscription_id: str) -> None:
        """Remove one of the app's subscriptions."""
        if not self.possible:
            raise Rejected(
                "Remove the webhook in the app's own settings in HubSpot: no developer key is set."
            )
        self._call("DELETE", path("subscription", self._app, subscription_id))

    def _ensure(self, event: Wanted, row: dict[str, Any] | None) -> None:
        if row is None:
            body = {"eventType": event[0], "active": True, **({"propertyName": event[1]} if event[1] else {})}
            self._call("POST", path("subscriptions", self._app), body)
        elif not row.get("active"):  # a new subscription starts paused
            self._call("PATCH", path("subscription", self._app, row["id"]), {"active": True})

    def _rows(self) -> list[dict[str, Any]]:
        return rows(self._call("GET", path("subscriptions", self._app)))

    def _call(self, method: str, at: str, body: object = None) -> dict[str, Any]:
        """What HubSpot says, nothing for a removal; `Unreadable` if something else answered in its place."""
        assert self._key is not None
        answer = self._client.with_key(method, at, self._key.get_secret_value(), Lane.READ, body)
        said = answer.json() if answer.body else {}
        if not isinstance(said, dict):
            raise Unreadable("HubSpot's answer about webhooks is not in its documented form.")
        return said


def _event(row: dict[str, Any]) -> Wanted:
    return str(row.get("eventType")), row.get("propertyName") or None


def _subscription(row: dict[str, Any], url: str) -> Subscription:
    event, name = _event(row)
    return Subscription(str(row["id"]), url, (f"{event}:{name}" if name else event,), bool(row.get("active")))


def instructions(callback_url: str, wanted: list[Wanted]) -> str:
    """What an admin clicks where HubSpot offers no API for it."""
    life = ", ".join(event for event, name in wanted if name is None)
    properties = ", ".join(name for _, name in wanted if name)
    return (
        "HubSpot lets webhooks be installed by API only with a public app's id and developer key. "
        f"For a private app: Settings > Integrations > Private Apps > the app > Webhooks: target {callback_url}, "
        f"subscribe to {life}, and to {CHANGE} of {properties}; then activate them all."
    )
