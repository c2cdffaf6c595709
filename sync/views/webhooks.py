"""Webhook subscriptions as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from connectors.base import Subscription
from sync.views.names import iso


class SubscriptionView(TypedDict):
    """One subscription as `conveyor webhooks list --json` prints it."""

    connection: str
    id: str
    url: str
    events: list[str]
    active: bool
    expires_at: str | None


def views(connection: str, subscriptions: Iterable[Subscription]) -> list[SubscriptionView]:
    """The subscriptions of one connection."""
    return [
        SubscriptionView(
            connection=connection,
            id=one.id,
            url=one.url,
            events=list(one.events),
            active=one.active,
            expires_at=iso(one.expires_at),
        )
        for one in subscriptions
    ]
