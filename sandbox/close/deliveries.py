"""Webhook subscriptions at work: who is told of an event, signatures, waiting, pausing. Their API: webhooks.py."""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.call import compact_json
from sandbox.close.actors import Actor
from sandbox.close.clock import naive_text, now_ms
from sandbox.close.event_filters import matches
from sandbox.close.event_log import CONSOLIDATED, Event, EventLog
from sandbox.close.ids import Identifiers
from sandbox.close.settings import Settings
from sandbox.contract import Services
from sandbox.webhooks import Parcel, Rendered

RESPONSE_S = 15.0
RETRIES = 10
PAUSED_AFTER_S = 3 * 86_400.0
QUEUE_MAX = 100_000
# Deletions wait like updates do, but never join another event.
WAITING = frozenset({CONSOLIDATED, "deleted"})


def signature(key: str, timestamp: str, body: bytes) -> str:
    """Return the value of `close-sig-hash`; the key is the hex text that the subscription shows."""
    return hmac.new(bytes.fromhex(key), timestamp.encode() + body, hashlib.sha256).hexdigest()


@dataclass(eq=False)
class Subscription:
    """One wish to be told of events. `queue` counts deliveries that were not made yet."""

    id: str
    url: str
    events: list[dict[str, Any]]
    verify_ssl: bool
    user_id: str
    signature_key: str = field(default_factory=lambda: secrets.token_hex(32))
    status: str = "active"
    pause_reason: str | None = None
    latest_error: str | None = None
    created: int = field(default_factory=now_ms)
    updated: int = field(default_factory=now_ms)
    epoch: int = 0  # moves when the queue is cleared
    failing_since: int | None = None
    failures: int = 0

    def as_json(self, *, with_key: bool = True) -> dict[str, Any]:
        """Return the subscription as the API shows it, its times without an offset."""
        shown = {
            "id": self.id,
            "url": self.url,
            "status": self.status,
            "verify_ssl": self.verify_ssl,
            "events": self.events,
            "pause_reason": self.pause_reason,
            "latest_error": self.latest_error,
            "health_status": None if self.failing_since is None else "failing",
            "recent_consecutive_fail_buckets_cnt": self.failures,
            "counters": {},
            "created_by": self.user_id,
            "updated_by": self.user_id,
            "date_created": naive_text(self.created),
            "date_updated": naive_text(self.updated),
        }
        return shown | {"signature_key": self.signature_key} if with_key else shown

    def wants(self, event: dict[str, Any]) -> bool:
        """Say whether the subscription is active and one of its wishes is met."""
        return self.status == "active" and any(
            each["object_type"] == event["object_type"]
            and each["action"] == event["action"]
            and (each["extra_filter"] is None or matches(each["extra_filter"], event))
            for each in self.events
        )

    def pause(self, reason: str) -> None:
        """Stop; what waits is lost."""
        self.status, self.pause_reason = "paused", reason
        self.epoch += 1
        self.updated = now_ms()


class Publisher:
    """Makes deliveries of events, one event each."""

    def __init__(
        self, services: Services, log: EventLog, identifiers: Identifiers, settings: Settings
    ) -> None:
        self.settings = settings
        self.subscriptions: dict[str, Subscription] = {}
        self.enabled = True
        self.retries = RETRIES
        self.paused_after_s = PAUSED_AFTER_S
        self.queue_max = QUEUE_MAX
        self._services = services
        self._log = log
        self._identifiers = identifiers
        self._seen = services.journal.recent(1)[0]["n"] if services.journal.recent(1) else 0
        self._epoch = 0
        log.tell, log.joins = self._tell, self._joins

    def subscribe(
        self, url: str, events: list[dict[str, Any]], verify_ssl: bool, user_id: str
    ) -> Subscription:
        """Add a subscription."""
        subscription = Subscription(self._identifiers.new("whsub"), url, events, verify_ssl, user_id)
        self.subscriptions[subscription.id] = subscription
        return subscription

    def set_spacing(self, seconds: float | None) -> None:
        """Set the time before the first repeat; null leaves it as it is."""
        if seconds is not None:
            self._services.deliveries.spacing = seconds

    def stop(self) -> None:
        """Tell nothing any more: the organization is made anew."""
        self._epoch += 1
        self.subscriptions.clear()
        self._services.deliveries.gathering = 0

    def look(self) -> None:
        """Learn from the journal how deliveries went, and pause what only fails."""
        journal = self._services.journal
        newest = journal.recent(1)
        lines = journal.recent(newest[0]["n"] - self._seen) if newest else []
        self._seen = newest[0]["n"] if newest else self._seen
        for line in reversed(lines):
            if line["kind"] == "webhook" and line["events"]:
                self._judge(line["events"][0]["subscription_id"], line["outcome"])

    def _judge(self, subscription_id: str, outcome: str) -> None:
        subscription = self.subscriptions.get(subscription_id)
        if subscription is None or subscription.status == "paused":
            return
        if not outcome.startswith("failed"):
            subscription.failing_since, subscription.failures = None, 0
            return
        now = now_ms()
        subscription.failing_since = subscription.failing_since or now
        subscription.failures += 1
        subscription.latest_error = outcome.removeprefix("failed: ")
        if now - subscription.failing_since >= self.paused_after_s * 1000:
            subscription.pause("consecutive_failures")

    def _joins(self, event: Event, actor: Actor) -> bool:
        same = (event.actor.user_id, event.actor.api_key_id) == (actor.user_id, actor.api_key_id)
        return same or self.settings.consolidates_actors

    def _tell(self, event: Event, renewed: bool) -> None:
        delay = self.settings.consolidation_s
        if renewed:
            return
        if delay <= 0 or event.action not in WAITING:
            self._deliver(event, self.enabled)
            return
        if event.action == CONSOLIDATED:
            self._log.open[event.object_id] = event
        self._services.deliveries.gathering += 1
        asyncio.get_running_loop().call_later(delay, self._waited, event, self.enabled, self._epoch)

    def _waited(self, event: Event, enabled: bool, epoch: int) -> None:
        if epoch != self._epoch:
            return
        self._services.deliveries.gathering -= 1
        if self._log.open.get(event.object_id) is event:
            del self._log.open[event.object_id]
        self._deliver(event, enabled)

    def _deliver(self, event: Event, enabled: bool) -> None:
        if not enabled or not self.subscriptions:
            return
        self.look()
        shown = event.as_json()
        for subscription in self.subscriptions.values():
            if not subscription.wants(shown):
                continue
            if self._services.deliveries.pending() >= self.queue_max:
                subscription.pause("queue_full")
                continue
            payload = {"subscription_id": subscription.id, "event": shown}
            self._services.deliveries.send(self._parcel(subscription, payload))

    def _parcel(self, subscription: Subscription, payload: dict[str, Any]) -> Parcel:
        loop, epoch, own_epoch = asyncio.get_running_loop(), self._epoch, subscription.epoch
        first_timestamp = str(now_ms() // 1000)

        def render(events: Sequence[Any], attempt: int) -> Rendered:
            if attempt:
                loop.call_soon_threadsafe(self.look)
            if (self._epoch, subscription.epoch) != (epoch, own_epoch):
                # A cancelled delivery ends quietly, without a further attempt: the queue was cleared.
                raise concurrent.futures.CancelledError
            body = compact_json(events[0]).encode()
            anew = attempt and self.settings.retries_are_signed_anew
            timestamp = str(now_ms() // 1000) if anew else first_timestamp
            return body, {
                "content-type": "application/json",
                "close-sig-timestamp": timestamp,
                "close-sig-hash": signature(subscription.signature_key, timestamp, body),
            }

        return Parcel(subscription.url, [payload], render, self.retries, RESPONSE_S)
