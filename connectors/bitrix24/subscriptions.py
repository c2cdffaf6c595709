"""Event handlers of our application. An incoming webhook may not install any: people click one instead."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Subscription
from connectors.bitrix24 import php
from connectors.bitrix24.client import Client, Command
from connectors.bitrix24.webhooks import HINTS
from connectors.errors import Rejected

WHAT_TO_CLICK = (
    "An incoming webhook may not install events. In Bitrix24 open Developer resources > Other > Outgoing "
    "webhook, enter the handler address {url}, choose the events ONCRMDEALADD, ONCRMDEALUPDATE and "
    "ONCRMDEALDELETE, and copy the application token it shows to `webhook: {{application_token: ...}}`. "
    "Moves between pipelines fire no such event; polling finds them."
)


def subscribe(client: Client, callback_url: str) -> list[Subscription]:
    """Bind what is not bound yet; safe to repeat."""
    bound = {one.events[0] for one in subscriptions(client) if one.url == callback_url}
    for event in HINTS.keys() - bound:
        command = Command("event.bind", {"event": event, "handler": callback_url})
        client.call(command.method, command.params)
    return [one for one in subscriptions(client) if one.url == callback_url]


def subscriptions(client: Client) -> list[Subscription]:
    """The handlers of our application for the events we read; an application sees only its own."""
    rows = php.as_rows(client.call("event.get").result)
    return [_subscription(row) for row in rows if _is_ours(row)]


def unsubscribe(client: Client, subscription_id: str) -> None:
    """Unbind one handler; `Rejected` if the id is not one of ours."""
    event, _, url = subscription_id.partition(" ")
    if event not in HINTS or not url:
        raise Rejected("There is no such subscription of ours in Bitrix24.")
    client.call("event.unbind", {"event": event, "handler": url})


def _is_ours(row: Mapping[str, object]) -> bool:
    return str(row.get("event")).upper() in HINTS and str(row.get("offline") or "0") == "0"


def _subscription(row: Mapping[str, object]) -> Subscription:
    event, url = str(row.get("event")).upper(), str(row.get("handler"))
    return Subscription(f"{event} {url}", url, (event,), active=True)
