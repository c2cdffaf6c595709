"""Webhooks: subscriptions, event bodies, signatures, batches. Delivery itself is in sandbox/webhooks.py."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.call import compact_json
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.records import Record, Source, now_ms
from sandbox.webhooks import Deliveries, Parcel, Rendered

EVENTS_PER_DELIVERY = 99
BATCH_SECONDS = 0.005
RETRIES = 10
# The escapes that are decoded in the signed URI; nothing else is.
SIGNED_ESCAPES = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


def signature_v1(secret: str, body: bytes) -> str:
    """Return the value of X-HubSpot-Signature."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def signature_v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """Return the value of X-HubSpot-Signature-v3; `uri` as called, `timestamp` in epoch milliseconds."""
    for escape, character in SIGNED_ESCAPES.items():
        uri = uri.replace(escape, character).replace(escape.lower(), character)
    message = method.encode() + uri.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


@dataclass
class Subscription:
    """One wish to be told of one type of event; property changes need one for each property."""

    id: int
    event_type: str
    property_name: str | None
    active: bool
    created: int = field(default_factory=now_ms)
    updated: int = field(default_factory=now_ms)


class Events:
    """Turns changes into deliveries for the one app of this account."""

    def __init__(self, deliveries: Deliveries, portal_id: int) -> None:
        self._deliveries = deliveries
        self._portal_id = portal_id
        self._waiting: list[dict[str, Any]] = []
        self._random = random.Random(7)
        self._next_id = 4_849_549
        self.app_id = 0
        self.secret = ""
        self.target_url: str | None = None
        self.max_concurrent = 10
        self.retries = RETRIES
        self.subscriptions: dict[int, Subscription] = {}
        self.follows_custom_properties = False

    def subscribe(self, event_type: str, property_name: str | None, active: bool) -> Subscription:
        """Add a subscription."""
        subscription = Subscription(self._next_id, event_type, property_name, active)
        self.subscriptions[subscription.id] = subscription
        self._next_id += 1
        return subscription

    def unsubscribe_all(self) -> None:
        """Remove every subscription."""
        self.subscriptions.clear()
        self.follows_custom_properties = False

    def created(self, record: Record) -> None:
        """Tell of a new record; the values it was born with are told like changes."""
        self._emit(record, "creation", record.source, changeFlag="CREATED")
        for name, value in record.properties.items():
            self.changed(record, name, value, record.source)

    def changed(self, record: Record, name: str, value: str, source: Source) -> None:
        """Tell of a property's new value."""
        self._emit(record, "propertyChange", source, propertyName=name, propertyValue=value)

    def deleted(self, record: Record, source: Source) -> None:
        """Tell of a record moved to the recycle bin."""
        self._emit(record, "deletion", source, changeFlag="DELETED")

    def merged(self, primary: Record, other: Record, into: Record, moved: int, source: Source) -> None:
        """Tell of two records that became a new one."""
        self._emit(
            primary,
            "merge",
            source,
            changeFlag="MERGED",
            primaryObjectId=primary.id,
            mergedObjectIds=[other.id],
            newObjectId=into.id,
            numberOfPropertiesMoved=moved,
        )

    def linked(self, record: Record, target: Kind, target_id: int, removed: bool, source: Source) -> None:
        """Tell of a link that came or went, seen from one of its ends."""
        self._emit(
            record,
            "associationChange",
            source,
            associationType=f"{record.kind.singular}_to_{target.singular}".upper(),
            fromObjectId=record.id,
            toObjectId=target_id,
            associationRemoved=removed,
            isPrimaryAssociation=False,
        )

    def _emit(self, record: Record, what: str, source: Source, **details: Any) -> None:
        if self.target_url is None:
            return
        event_type, name = f"{record.kind.singular}.{what}", details.get("propertyName")
        for subscription in self.subscriptions.values():
            wanted = subscription.event_type == event_type and subscription.property_name == name
            if wanted and subscription.active:
                self._queue(subscription, record, source, details)

    def _queue(
        self, subscription: Subscription, record: Record, source: Source, details: dict[str, Any]
    ) -> None:
        event = {
            "eventId": self._random.randrange(1, 2**32),
            "subscriptionId": subscription.id,
            "portalId": self._portal_id,
            "appId": self.app_id,
            "occurredAt": now_ms(),
            "subscriptionType": subscription.event_type,
            "attemptNumber": 0,
            "objectId": record.id,
            **details,
            "changeSource": source.type,
        }
        # A workflow's events carry no sourceId; the property history does.
        if source.id is not None and source.type != "AUTOMATION_PLATFORM":
            event["sourceId"] = source.id
        if not self._waiting:
            asyncio.get_running_loop().call_later(BATCH_SECONDS, self._flush)
        self._waiting.append(event)
        self._deliveries.gathering = len(self._waiting)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._deliveries.gathering = 0
        if self.target_url is None:
            return
        for start in range(0, len(waiting), EVENTS_PER_DELIVERY):
            batch = waiting[start : start + EVENTS_PER_DELIVERY]
            self._deliveries.send(Parcel(self.target_url, batch, self._render, self.retries))

    def _render(self, events: Sequence[Any], attempt: int) -> Rendered:
        marked = [{**event, "attemptNumber": attempt} for event in events]
        body = compact_json(marked).encode()
        timestamp = str(now_ms())
        return body, {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks",
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature": signature_v1(self.secret, body),
            "X-HubSpot-Signature-v3": signature_v3(
                self.secret, "POST", self.target_url or "", body, timestamp
            ),
            "X-HubSpot-Request-Timestamp": timestamp,
        }
