"""Our notification channel: made, renewed and removed by API. It lives for days only, so it has to be renewed.

Facts: docs/connectors/zoho.md#subscribing
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Lane, Subscription
from connectors.errors import Rejected, Unreadable
from connectors.zoho import values
from connectors.zoho.client import Client, Json
from connectors.zoho.settings import Webhook

EVENTS = ("Deals.create", "Deals.edit", "Deals.delete")
LIFE = timedelta(days=6)  # a week is the most, and whoever asks for more gets an hour
OURS = "2671"  # the channel numbers that we choose begin with this
LONGEST_URL = 255


class Subscriptions:
    """The channels of one connection: those with our number and our token."""

    def __init__(self, client: Client, connection: str, webhook: Webhook | None) -> None:
        self._client = client
        self._connection = connection
        self._token = webhook.token.get_secret_value() if webhook else None

    @property
    def possible(self) -> bool:
        """Whether a channel can be made: without a token its notifications would prove nothing."""
        return self._token is not None

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Make the channel for this address, or extend its life; `Rejected` with the reason if it cannot be."""
        if self._token is None:
            raise Rejected(
                "Set `webhook: {token: ...}` (up to 50 characters of your own) before subscribing."
            )
        if len(callback_url) > LONGEST_URL:
            raise Rejected(f"Zoho takes addresses of at most {LONGEST_URL} characters for notifications.")
        channel = channel_id(self._connection, callback_url)
        watch = {
            "channel_id": channel,
            "events": list(EVENTS),
            "channel_expiry": values.offset_text(datetime.now(UTC) + LIFE),
            "token": self._token,
            "notify_url": callback_url,
            "return_affected_field_values": True,
            "notify_on_related_action": False,
        }
        details = self._client.call("POST", "/actions/watch", Lane.READ, json={"watch": [watch]}).done(
            "watch"
        )
        expires_at = _earliest(details.get("events"))
        if expires_at is None:
            raise Unreadable("Zoho does not say how long the notification channel lives.")
        return [Subscription(channel, callback_url, EVENTS, _is_alive(expires_at), expires_at)]

    def all(self) -> list[Subscription]:
        """Our channels that Zoho still knows; a dead one vanishes from its list."""
        rows = [
            row for row in self._client.pages("/actions/watch", "watch", Lane.READ, {}) if self._is_ours(row)
        ]
        channels = dict.fromkeys(str(row.get("channel_id")) for row in rows)
        return [_subscription([row for row in rows if str(row.get("channel_id")) == id]) for id in channels]

    def remove(self, subscription_id: str) -> None:
        """Remove one of our channels; one that is gone already is fine."""
        if subscription_id not in {channel.id for channel in self.all()}:
            if subscription_id.startswith(OURS):
                return
            raise Rejected("There is no such notification channel of ours in Zoho.")
        params = {"channel_ids": subscription_id}
        self._client.call("DELETE", "/actions/watch", Lane.READ, params=params).done("watch")

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        is_numbered = str(row.get("channel_id")).startswith(OURS)
        return is_numbered and (self._token is None or row.get("token") in (None, self._token))


def channel_id(connection: str, callback_url: str) -> str:
    """The number of our channel to an address: always the same, so that to subscribe again is to renew."""
    digest = hashlib.sha256(f"{connection} {callback_url}".encode()).digest()
    return f"{OURS}{int.from_bytes(digest[:8]) % 10**11:011d}"


def _subscription(rows: list[Json]) -> Subscription:
    """One channel; it is listed once for each module that it watches."""
    events = dict.fromkeys(str(event) for row in rows for event in row.get("events") or ())
    expires_at = _earliest(rows)
    return Subscription(
        str(rows[0]["channel_id"]),
        str(rows[0].get("notify_url")),
        tuple(events),
        expires_at is None or _is_alive(expires_at),
        expires_at,
    )


def _earliest(rows: object) -> datetime | None:
    found: Iterable[Any] = rows if isinstance(rows, list) else ()
    try:
        told = [values.moment(row["channel_expiry"]) for row in found if row.get("channel_expiry")]
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable("Zoho shows a notification channel whose end is no time.") from error
    return min(told, default=None)


def _is_alive(expires_at: datetime) -> bool:
    return expires_at > datetime.now(UTC)
