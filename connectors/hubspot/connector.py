"""One HubSpot account behind the house's protocol: hands each call to the part that knows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import assert_never

from connectors import privacy
from connectors.base import (
    Capabilities,
    Delivery,
    Description,
    Lane,
    Look,
    Page,
    Rate,
    Setup,
    StageChange,
    Subscription,
)
from connectors.errors import AuthFailed, Rejected
from connectors.hubspot import activities, signature, webhooks
from connectors.hubspot.catalogue import Catalogue
from connectors.hubspot.client import BATCH, GENERAL, SEARCH, Client
from connectors.hubspot.create import create
from connectors.hubspot.describe import describe
from connectors.hubspot.read import Reading
from connectors.hubspot.settings import OAuthAuth, Settings
from connectors.hubspot.subscriptions import Subscriptions, wanted
from connectors.hubspot.sweep import OVERLAP
from connectors.hubspot.write import update
from mapping.model import (
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    Hint,
    Missing,
    Receipt,
    Record,
    UpdateDeal,
    Write,
)


class Connector:
    """HubSpot, as described in docs/connectors/hubspot.md. Safe to share by threads."""

    def __init__(self, setup: Setup) -> None:
        self._settings = settings = Settings.model_validate(setup.settings)
        self._our_app = str(settings.app_id) if settings.app_id else None
        self._client = client = Client(settings, setup.grants, setup.budget)
        self._catalogue = Catalogue(client, setup.fields)
        self._reading = Reading(setup.connection, client, self._catalogue, self._our_app)
        self._subscriptions = Subscriptions(client, settings)

    @property
    def capabilities(self) -> Capabilities:
        """What this account's API can do with them. See docs/connectors/hubspot.md#capabilities"""
        return Capabilities(
            conditional_write=False,
            keyed_create=True,
            names_actor=True,
            signs_webhooks=True,
            subscribes=self._subscriptions.possible,
            history=True,
            batch_read=BATCH,
            poll_overlap=OVERLAP,
            rates=_rates(self._settings),
        )

    def verify(self, delivery: Delivery) -> None:
        """Return if HubSpot signed it with our secret within five minutes; else `AuthFailed`."""
        secret = self._settings.webhook.secret
        if secret is None:
            raise AuthFailed(
                "No `webhook: {secret: ...}` is set for this connection, so nothing can be verified."
            )
        signature.verify(delivery, secret.get_secret_value())

    def parse(self, delivery: Delivery) -> list[Hint]:
        """The hints of a verified delivery; `Unreadable` if it is no list of events."""
        portal = str(self._settings.portal_id) if self._settings.portal_id else None
        return webhooks.parse(delivery, self._catalogue.known(), portal_id=portal, our_app=self._our_app)

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        """The records as they are now, read in batches of 100 (50 with history)."""
        return self._reading.fetch(looks, lane)

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """Pages of 200 of what changed since a cursor, with five minutes of overlap."""
        return self._reading.changed(since, lane)

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        """Pages of 100 of all deals, resumable by cursor."""
        return self._reading.everything(cursor, lane)

    def history(self, since: datetime) -> Iterator[StageChange]:
        """Who moved what when, oldest first, as far as HubSpot keeps it."""
        return self._reading.history(since)

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        """Carry out one write; safe to call twice."""
        with privacy.about(write.body):
            return self._write(write, attempt)

    def _write(self, write: Write, attempt: int) -> Receipt:
        body, client = write.body, self._client
        if isinstance(body, CreateDeal):
            return create(client, self._catalogue, self._reading, body)
        if isinstance(body, CloseTask):
            return activities.close_task(client, body)
        if write.remote_id is None:
            raise Rejected("This write names no HubSpot deal.")
        if isinstance(body, UpdateDeal):
            return update(client, self._reading, write.remote_id, body)
        if isinstance(body, CreateTask):
            return activities.make_task(client, write.remote_id, body, write.key, attempt)
        if isinstance(body, CreateNote):
            return activities.make_note(client, write.remote_id, body, write.key, attempt)
        assert_never(body)

    def describe(self) -> Description:
        """Pipelines, stages, fields and users of the live account."""
        return describe(self._client, self._catalogue)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Make the app send webhooks there; `Rejected` with what to click where there is no API for it."""
        mapped = self._catalogue.mapped(Lane.READ)
        return self._subscriptions.subscribe(callback_url, wanted(each.name for each in mapped.values()))

    def subscriptions(self) -> list[Subscription]:
        """The app's own subscriptions, where a developer key lists them."""
        return self._subscriptions.all()

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove one of the app's own subscriptions."""
        self._subscriptions.remove(subscription_id)


def _rates(settings: Settings) -> tuple[Rate, ...]:
    """The vendor's limits by kind of credentials. See docs/connectors/hubspot.md#limits"""
    calls = settings.calls_per_10s or (110 if isinstance(settings.auth, OAuthAuth) else 100)
    return (Rate(GENERAL, calls, 10.0, burst=calls // 10), Rate(SEARCH, 5, 1.0, burst=1))
