"""Webhook subscriptions of our own: one for each event of deals, each carrying the token that proves it.

Facts: docs/connectors/copper.md#subscribing
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.base import Lane, Subscription
from connectors.copper.account import OPPORTUNITY
from connectors.copper.answers import Item, own_id, rows_of
from connectors.copper.client import Client
from connectors.copper.webhooks import HEADER, HINTS
from connectors.errors import Missing, Rejected

ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")  # where only a sandbox sends anything


class Subscriptions:
    """The subscriptions of one connection."""

    def __init__(self, client: Client, connection: str, secret: str | None) -> None:
        self._client = client
        self._path = f"/webhooks/{connection}"
        self._secret = secret

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Make what is missing and give the others our token; safe to repeat.

        Raises Rejected without a token or with an address that Copper does not take.
        """
        if self._secret is None:
            raise Rejected(
                "Copper signs nothing: set `webhook: {secret: ...}` of this connection to a long random text first."
            )
        address = urlsplit(callback_url)
        if address.scheme != "https" and address.hostname not in ON_THIS_MACHINE:
            raise Rejected("Copper sends webhooks to addresses with https only; correct `public_url`.")
        there = {row.get("event"): row for row in reversed(self._rows()) if row.get("target") == callback_url}
        for event in HINTS:
            self._ensure(event, callback_url, there.get(event))
        return [one for one in self.all() if one.url == callback_url]

    def all(self) -> list[Subscription]:
        """Our own subscriptions: those that carry our token's header or lead to this connection."""
        return [_subscription(row) for row in self._rows()]

    def remove(self, subscription_id: str) -> None:
        """Remove one of our own; `Rejected` if it is not, or no longer, there."""
        if subscription_id not in {one.id for one in self.all()}:
            raise Rejected("There is no such subscription of ours in Copper.")
        try:
            self._client.delete(f"/webhooks/{subscription_id}")
        except Missing:
            return

    def _ensure(self, event: str, url: str, row: Item | None) -> None:
        headers = {HEADER: self._secret}
        if row is None:
            body = {"target": url, "type": OPPORTUNITY, "event": event, "headers": headers}
            self._client.post("/webhooks", body)
        elif _headers(row).get(HEADER) != self._secret:
            self._client.put(f"/webhooks/{own_id(row)}", {"headers": headers})

    def _rows(self) -> list[Item]:
        return [row for row in rows_of(self._client.get("/webhooks", Lane.READ)) if self._is_ours(row)]

    def _is_ours(self, row: Item) -> bool:
        leads_here = urlsplit(str(row.get("target"))).path.endswith(self._path)
        return row.get("type") == OPPORTUNITY and (leads_here or HEADER in _headers(row))


def _headers(row: Item) -> Mapping[str, object]:
    headers = row.get("headers")
    return headers if isinstance(headers, dict) else {}


def _subscription(row: Item) -> Subscription:
    event = f"{row.get('type')}.{row.get('event')}"
    return Subscription(own_id(row), str(row.get("target")), (event,), active=True)
