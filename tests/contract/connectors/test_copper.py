"""Copper against the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from connectors.base import Delivery

from .sandbox_client import Sandbox
from .suite import ConnectorContract

KEY = "copper-sandbox-key"
EMAIL = "integration@acme.example"
SECRET = "sandbox-webhook-token"


class TestCopper(ConnectorContract):
    """The shared contract."""

    crm = "copper"
    fields: ClassVar[Mapping[str, str]] = {"budget": "Budget total"}
    custom: ClassVar[Mapping[str, str]] = {"Budget total": "number"}
    stages = (["213214", "987791"], ["213214", "987793"])
    field_types: ClassVar = frozenset({"string", "date", "enumeration"})  # there are days, but no times

    def settings(self, url: str) -> dict[str, object]:
        """An API key of the integration's user."""
        return {
            "crm": "copper",
            "auth": {"api_key": KEY, "user_email": EMAIL},
            "webhook": {"secret": SECRET},
            "base_url": url,
        }

    def subscribing(self, sandbox: Sandbox) -> dict[str, object]:
        """The same key; the sandbox may send to this machine."""
        sandbox.ask("PUT", "/credentials", {"http_targets": True})
        return self.settings(sandbox.url)

    def unknown_event(self, delivery: Delivery) -> Delivery:
        """An event type of years to come."""
        return replace(delivery, body=delivery.body.replace(b'"update"', b'"archive"'))

    def send_webhooks(self, sandbox: Sandbox, url: str) -> None:
        """As `subscribe` would, but to a plain address on this machine."""
        sandbox.ask("PUT", "/webhooks", {"url": url, "token": SECRET})

    def revoke(self, sandbox: Sandbox) -> None:
        """As by deleting the key."""
        sandbox.ask("PUT", "/credentials", {"api_key": "another-key"})

    def forgeries(self, delivery: Delivery) -> list[Delivery]:
        """Nothing proves the body: only the header can be wrong."""
        return [
            replace(delivery, headers={}),
            replace(delivery, headers={**delivery.headers, "x-conveyor-token": ""}),
            replace(delivery, headers={**delivery.headers, "x-conveyor-token": f"{SECRET}x"}),
        ]
