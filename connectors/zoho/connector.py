"""The Zoho CRM connector: puts the parts of this folder behind the protocol, and knows when to ask again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    Setup,
    StageChange,
    Subscription,
)
from connectors.errors import Rejected
from connectors.zoho import activities, changes, create, describe, update, webhooks
from connectors.zoho.client import Client, Json
from connectors.zoho.fields import NoSuchOption
from connectors.zoho.limits import RATES
from connectors.zoho.organisation import Fields, Home, Organisation
from connectors.zoho.read import Reader
from connectors.zoho.records import Reading, reading
from connectors.zoho.rows import IDS, Rows
from connectors.zoho.settings import Settings
from connectors.zoho.subscriptions import Subscriptions
from connectors.zoho.values import ID
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
    """One Zoho CRM organisation (docs/connectors/zoho.md). Safe to share by threads."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._settings = Settings.model_validate(setup.settings)
        self._client = Client(self._settings, setup.grants, setup.budget)
        self._rows = Rows(self._client)
        self._organisation = Organisation(self._client)
        self._reader = Reader(self._client, self._rows, self._reading_of)
        self._subscriptions = Subscriptions(self._client, setup.connection, self._settings.webhook)
        self._latest: tuple[Home, Fields, Reading] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What Zoho's API can do with these credentials. See docs/connectors/zoho.md#capabilities"""
        return Capabilities(
            conditional_write=True,
            keyed_create=True,
            names_actor=True,
            signs_webhooks=False,
            subscribes=self._subscriptions.possible,
            history=True,
            batch_read=IDS,
            poll_overlap=changes.OVERLAP,
            rates=RATES,
        )

    def verify(self, delivery: Delivery) -> None:
        """Compare the channel's token; see `webhooks.verify`."""
        webhooks.verify(delivery, self._settings.webhook)

    def parse(self, delivery: Delivery) -> list[Hint]:
        """Read the notification, a hint for each record; see `webhooks.parse`."""
        return webhooks.parse(delivery, self._mapped_names())

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        """The records as they are now, read in batches of fifty."""
        return self._reader.fetch(looks, lane)

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """What changed or was deleted since; see `changes.changed`."""
        return changes.changed(self._client, self._reader, self._setup.connection, since, lane)

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        """Pages of 200 of all deals by id, resumable by cursor."""
        return self._reader.everything(cursor, lane)

    def history(self, since: datetime) -> Iterator[StageChange]:
        """Who moved what when, oldest first."""
        return self._reader.history(since)

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        """Carry out one write; safe to call twice."""
        with privacy.about(write.body):
            return self._write(write, attempt)

    def _write(self, write: Write, attempt: int) -> Receipt:
        body, client, organisation, rows = write.body, self._client, self._organisation, self._rows
        if isinstance(body, CreateDeal):
            return self._knowing_options(lambda desk: create.create_deal(desk, body))
        if isinstance(body, CloseTask):
            return activities.close_task(client, organisation, rows, body.task_id)
        deal_id = _deal_id(write)
        if isinstance(body, UpdateDeal):
            return self._knowing_options(lambda desk: update.update_deal(desk, deal_id, body))
        if isinstance(body, CreateTask):
            return activities.create_task(client, organisation, rows, deal_id, write.key, body, attempt)
        if isinstance(body, CreateNote):
            return activities.create_note(client, deal_id, write.key, body, attempt)
        assert_never(body)

    def describe(self) -> Description:
        """Pipelines, stages, fields and users as they are now; also refreshes what we remember of them."""
        return describe.describe(self._client, self._organisation)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Make our notification channel, or renew it; see `Subscription.expires_at` for when it dies."""
        return self._subscriptions.subscribe(callback_url)

    def subscriptions(self) -> list[Subscription]:
        """Our notification channels that are alive."""
        return self._subscriptions.all()

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove one of our notification channels."""
        self._subscriptions.remove(subscription_id)

    def _knowing_options(self, carry_out: Callable[[update.Desk], Receipt]) -> Receipt:
        """Carry out a write; one that names an option we do not know, with the fields read again."""
        try:
            return carry_out(self._desk())
        except NoSuchOption:
            self._organisation.doubt(0.0)
        return carry_out(self._desk())

    def _desk(self) -> update.Desk:
        return update.Desk(self._client, self._rows, self._organisation, self._reading_of([], Lane.WRITE))

    def _reading_of(self, rows: Sequence[Json], lane: Lane) -> Reading:
        """How to read these deals; the fields are asked for again if they do not explain them."""
        try:
            known = self._known_reading(lane)
        except Rejected:
            known = None
        if known is None or not all(known.explains(row) for row in rows):
            self._organisation.doubt()
            return self._known_reading(lane)
        return known

    def _known_reading(self, lane: Lane) -> Reading:
        home, fields = self._organisation.home(lane), self._organisation.deal_fields(lane)
        latest = self._latest
        if latest is None or latest[0] is not home or latest[1] is not fields:
            made = reading(self._setup.connection, self._settings.web, home, fields, self._setup.fields)
            latest = self._latest = (home, fields, made)
        return latest[2]

    def _mapped_names(self) -> Mapping[str, str]:
        """API name -> conveyor field, as far as that is known without a call: a mapping may hold labels."""
        latest = self._latest
        if latest is None:
            return {asked: name for name, asked in self._setup.fields.items()}
        return {field.name: name for name, field in latest[2].fields.items()}


def _deal_id(write: Write) -> str:
    if write.remote_id is None or not ID.fullmatch(write.remote_id):
        raise Rejected("This write names no deal of Zoho.")
    return write.remote_id
