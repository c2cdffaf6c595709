"""One Close organization behind the house's protocol: hands each call to the part that knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import assert_never

from connectors import privacy
from connectors.base import (
    Capabilities,
    Delivery,
    Description,
    Lane,
    Look,
    Page,
    Setup,
    StageChange,
    Subscription,
)
from connectors.close import activities, changes, history, listing, read, webhooks
from connectors.close.account import DOUBTED_S, KEPT_S, Account
from connectors.close.actors import Ours
from connectors.close.calls import RATES
from connectors.close.client import Client
from connectors.close.create import create_deal
from connectors.close.describe import describe
from connectors.close.records import Reading, reading
from connectors.close.settings import Settings
from connectors.close.signature import FRESH, Keys, verify
from connectors.close.subscriptions import Subscriptions
from connectors.close.update import update_deal
from connectors.close.values import UnknownChoice
from connectors.errors import Rejected
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
    """Close, as described in docs/connectors/close.md. Safe to share by threads."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._settings = settings = Settings.model_validate(setup.settings)
        self._client = Client(settings, setup.budget)
        self._account = Account(self._client)
        self._keys = Keys(settings.webhook, setup.grants)
        self._subscriptions = Subscriptions(self._client, setup.grants, has_key=settings.webhook is not None)

    @property
    def capabilities(self) -> Capabilities:
        """What Close's API can do. See docs/connectors/close.md#capabilities"""
        return Capabilities(
            conditional_write=False,
            keyed_create=True,
            names_actor=True,
            signs_webhooks=True,
            subscribes=True,
            history=True,
            batch_read=1,
            poll_overlap=changes.OVERLAP,
            rates=RATES,
            webhook_tolerance=FRESH,
        )

    def verify(self, delivery: Delivery) -> None:
        """Return if Close signed it with our key within four days; else `AuthFailed`."""
        verify(delivery, self._keys)

    def parse(self, delivery: Delivery) -> list[Hint]:
        """The hints of a verified delivery; `Unreadable` if it is no event."""
        names = webhooks.names(self._setup.fields, self._account.known_fields())
        return webhooks.parse(delivery, names, self._ours(self._account.known_user()))

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        """The records as they are now, one call each and more for their aspects."""
        return read.fetch(self._client, self._reading, looks, lane)

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """Pages of what changed since a cursor; see `changes.changed`."""
        return changes.changed(self._client, self._reading, self.fetch, since, lane)

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        """Pages of 200 of all deals, resumable by cursor."""
        return listing.everything(self._client, self._reading, cursor, lane)

    def history(self, since: datetime) -> Iterator[StageChange]:
        """Who moved what when, oldest first; Close keeps it as long as the deal."""
        return history.history(self._client, self._reading, since, datetime.now(UTC))

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        """Carry out one write; safe to call twice."""
        with privacy.about(write.body):
            return self._write(write, attempt)

    def _write(self, write: Write, attempt: int) -> Receipt:
        body, client = write.body, self._client
        if isinstance(body, CreateDeal):
            return self._twice_if_unknown(lambda by: create_deal(client, self._account, by, body, attempt))
        if isinstance(body, CloseTask):
            return activities.close_task(client, body)
        if write.remote_id is None:
            raise Rejected("This write names no opportunity of Close.")
        deal_id = write.remote_id
        if isinstance(body, UpdateDeal):
            return self._twice_if_unknown(lambda by: update_deal(client, self._account, by, deal_id, body))
        if isinstance(body, CreateTask):
            return activities.create_task(client, deal_id, write.key, body, attempt)
        if isinstance(body, CreateNote):
            return activities.create_note(client, deal_id, write.key, body, attempt)
        assert_never(body)

    def describe(self) -> Description:
        """Pipelines, statuses, fields and users of the live account; also refreshes what we remember of it."""
        return describe(self._client, self._account)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Make Close send events there, and keep the key that it signs them with."""
        return self._subscriptions.subscribe(callback_url)

    def subscriptions(self) -> list[Subscription]:
        """The subscription that we made."""
        return self._subscriptions.all()

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove the subscription that we made."""
        self._subscriptions.remove(subscription_id)

    def _twice_if_unknown(self, act: Callable[[Reading], Receipt]) -> Receipt:
        """What a write of values returns; made again with fresh fields if a choice is not among those we know."""
        try:
            return act(self._reading(Lane.WRITE))
        except UnknownChoice:
            self._account.fields(Lane.WRITE, kept_s=0)
        return act(self._reading(Lane.WRITE))

    def _ours(self, user_id: str | None) -> Ours:
        return Ours(self._settings.key_id, user_id)

    def _reading(self, lane: Lane) -> Reading:
        """How to read deals; a field that is not found is looked for once more, as it may be new."""
        ours = self._ours(self._account.identity(lane).user_id)
        for kept_s in (KEPT_S, DOUBTED_S):
            custom = self._account.fields(lane, kept_s)
            try:
                return reading(self._setup.connection, ours, custom, self._setup.fields)
            except Rejected:
                if kept_s == DOUBTED_S:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")
