"""The Bitrix24 connector: puts the parts of this folder behind the protocol, and knows when to ask again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

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
from connectors.bitrix24 import (
    activities,
    changes,
    create,
    describe,
    listing,
    read,
    subscriptions,
    update,
    webhooks,
)
from connectors.bitrix24.client import COMMANDS, Client
from connectors.bitrix24.portal import Portal
from connectors.bitrix24.records import Item, Reading, reading
from connectors.bitrix24.settings import ApplicationAuth, Settings
from connectors.bitrix24.tokens import RATE, Access, ApplicationAccess, WebhookAccess
from connectors.bitrix24.values import UnknownOption
from connectors.errors import Rejected
from connectors.http import Http
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
    """One Bitrix24 portal (docs/connectors/bitrix24.md). Safe to share by threads."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._settings = Settings.model_validate(setup.settings)
        http = Http()
        self._client = Client(_access(self._settings, setup, http), setup.budget, http)
        self._portal = Portal(self._client)

    @property
    def capabilities(self) -> Capabilities:
        """What Bitrix24's REST can do; only an application can install events."""
        return Capabilities(
            conditional_write=False,
            keyed_create=True,
            names_actor=True,
            signs_webhooks=False,
            subscribes=self._is_application,
            history=True,
            batch_read=COMMANDS,
            poll_overlap=timedelta(minutes=1),
            rates=(Rate(RATE, calls=2, per_s=1.0, burst=40),),
        )

    def verify(self, delivery: Delivery) -> None:
        """Compare the application token; see `webhooks.verify`."""
        webhooks.verify(delivery, self._settings.webhook)

    def parse(self, delivery: Delivery) -> list[Hint]:
        """Read the event; see `webhooks.parse`."""
        return webhooks.parse(delivery)

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        """Read deals in batches; see `read.fetch`."""
        return read.fetch(self._client, lambda items: self._reading(items, lane), looks, lane)

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """What changed or moved since; see `changes.changed`."""
        return changes.changed(
            self._client, lambda items: self._reading(items, lane), self.fetch, since, lane
        )

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        """All deals by id; see `listing.everything`."""
        return listing.everything(self._client, lambda items: self._reading(items, lane), cursor, lane)

    def history(self, since: datetime) -> Iterator[StageChange]:
        """All moves since, by nobody: Bitrix24 does not keep who; see `changes.history`."""
        return changes.history(self._client, since, Lane.BULK)

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        """Carry out one write; safe to repeat with the same key."""
        with privacy.about(write.body):
            return self._write(write, attempt)

    def _write(self, write: Write, attempt: int) -> Receipt:
        body = write.body
        if isinstance(body, CreateDeal | UpdateDeal):
            return self._write_deal(write, body)
        if isinstance(body, CloseTask):
            return activities.close_task(self._client, body.task_id)
        deal_id = _deal_id(write)
        if isinstance(body, CreateTask):
            return activities.create_task(self._client, deal_id, write.key, body, attempt)
        assert isinstance(body, CreateNote)
        return activities.create_note(self._client, deal_id, write.key, body, attempt)

    def _write_deal(self, write: Write, body: CreateDeal | UpdateDeal) -> Receipt:
        def carry_out() -> Receipt:
            reading = self._reading([], Lane.WRITE)
            if isinstance(body, CreateDeal):
                return create.create_deal(self._client, reading, body)
            return update.update_deal(self._client, reading, _deal_id(write), body)

        try:
            return carry_out()
        except UnknownOption:  # nothing was written yet, and the option may be new
            self._portal.forget()
            return carry_out()

    def describe(self) -> Description:
        """What the portal looks like now; also refreshes what we remember of its fields."""
        self._portal.forget()
        return describe.describe(self._client)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Install our events; `Rejected`, saying what to click, with an incoming webhook."""
        if not self._is_application:
            raise Rejected(subscriptions.WHAT_TO_CLICK.format(url=callback_url))
        return subscriptions.subscribe(self._client, callback_url)

    def subscriptions(self) -> list[Subscription]:
        """Our installed events; none are listed with an incoming webhook."""
        return subscriptions.subscriptions(self._client) if self._is_application else []

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove one of our events."""
        if not self._is_application:
            raise Rejected(
                "An outgoing webhook is removed where it was made: in Bitrix24's Developer resources."
            )
        subscriptions.unsubscribe(self._client, subscription_id)

    @property
    def _is_application(self) -> bool:
        return isinstance(self._settings.auth, ApplicationAuth)

    def _reading(self, items: Iterable[Item], lane: Lane) -> Reading:
        """How to read these deals; the fields are asked for again if they do not explain them."""
        try:
            known = self._known_reading(lane)
        except Rejected:
            known = None
        if known is None or not all(known.explains(item) for item in items):
            self._portal.doubt()
            return self._known_reading(lane)
        return known

    def _known_reading(self, lane: Lane) -> Reading:
        return reading(
            self._setup.connection, self._client.portal, self._portal.facts(lane), self._setup.fields
        )


def _access(settings: Settings, setup: Setup, http: Http) -> Access:
    if isinstance(settings.auth, ApplicationAuth):
        return ApplicationAccess(settings.auth, settings.base_url, setup.grants, setup.budget, http)
    return WebhookAccess(settings.auth, settings.base_url)


def _deal_id(write: Write) -> str:
    if write.remote_id is None or not write.remote_id.isdecimal():
        raise Rejected("This write names no deal of Bitrix24.")
    return write.remote_id
