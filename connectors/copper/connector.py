"""One Copper account behind the house's protocol: hands each call to the part that knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from connectors.copper import activities, changes, create, listing, read, webhooks
from connectors.copper.account import Account, Facts
from connectors.copper.answers import Item
from connectors.copper.client import RATE, Client
from connectors.copper.describe import describe
from connectors.copper.fields import Unknown
from connectors.copper.records import Reading, reading
from connectors.copper.settings import Settings
from connectors.copper.subscriptions import Subscriptions
from connectors.copper.unsure import Unsure
from connectors.copper.update import update_deal
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
    """Copper, as described in docs/connectors/copper.md. Safe to share by threads."""

    def __init__(self, setup: Setup) -> None:
        settings = Settings.model_validate(setup.settings)
        secret = settings.webhook.secret
        self._setup = setup
        self._secret = secret.get_secret_value() if secret else None
        self._client = Client(settings, setup.budget)
        self._account = Account(self._client)
        self._unsure = Unsure()
        self._subscriptions = Subscriptions(self._client, setup.connection, self._secret)

    @property
    def capabilities(self) -> Capabilities:
        """What Copper's API can do. See docs/connectors/copper.md#capabilities"""
        return Capabilities(
            conditional_write=False,
            keyed_create=True,
            names_actor=True,
            signs_webhooks=False,
            subscribes=True,
            history=True,
            batch_read=1,
            poll_overlap=changes.OVERLAP,
            rates=(RATE,),
        )

    def verify(self, delivery: Delivery) -> None:
        """Compare the token in the header; see `webhooks.verify`."""
        webhooks.verify(delivery, self._secret)

    def parse(self, delivery: Delivery) -> list[Hint]:
        """Read the notification; see `webhooks.parse`."""
        fields = {asked: name for name, asked in self._setup.fields.items()}
        return webhooks.parse(delivery, fields)

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        """Read deals one by one, for only that is sure; see `read.fetch`."""
        found = read.fetch(self._client, lambda deals: self._reading(deals, lane), self._name, looks, lane)
        self._account.meet(people for seen in found.values() for people in _named(seen))
        return found

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """Pages of 200 of what changed since a cursor, with five minutes of overlap."""
        return changes.changed(self._client, lambda deals: self._reading(deals, lane), since, lane)

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        """Pages of 200 of all deals, resumable by cursor."""
        return listing.everything(self._client, lambda deals: self._reading(deals, lane), cursor, lane)

    def history(self, since: datetime) -> Iterator[StageChange]:
        """Who moved what when, oldest first, as far as the activities can be read."""
        return changes.history(self._client, self._reading((), Lane.BULK), since, Lane.BULK)

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        """Carry out one write; safe to repeat with the same key."""
        with privacy.about(write.body):
            try:
                return self._write(write, attempt)
            except Unknown:  # the stage or option may be newer than our picture of the account
                self._account.forget()
            return self._write(write, attempt)

    def describe(self) -> Description:
        """What the account looks like now; also refreshes what we remember of it."""
        self._account.forget()
        return describe(self._client, self._account.facts(), self._account.met)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Subscribe to what happens to deals, with our token."""
        return self._subscriptions.subscribe(callback_url)

    def subscriptions(self) -> list[Subscription]:
        """Our own subscriptions."""
        return self._subscriptions.all()

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove one of our own subscriptions."""
        self._subscriptions.remove(subscription_id)

    @property
    def _name(self) -> str:
        return self._setup.connection

    def _write(self, write: Write, attempt: int) -> Receipt:
        body, client = write.body, self._client
        if isinstance(body, CreateDeal):
            create.ensure_fields(client, self._account, self._setup.grants)
            return create.create_deal(client, self._unsure, self._reading((), Lane.WRITE), body, attempt)
        if isinstance(body, CloseTask):
            return activities.close_task(client, body.task_id)
        deal_id = _deal_id(write)
        if isinstance(body, UpdateDeal):
            return update_deal(client, self._reading((), Lane.WRITE), deal_id, body)
        if isinstance(body, CreateTask):
            return activities.create_task(client, deal_id, write.key, body, attempt)
        if isinstance(body, CreateNote):
            return activities.create_note(client, self._unsure, deal_id, write.key, body, attempt)
        assert_never(body)

    def _reading(self, deals: Iterable[Item], lane: Lane) -> Reading:
        """How to read these deals; the account is asked again if what we know does not explain them."""
        try:
            known = self._with(self._account.facts(lane))
        except Rejected:
            known = None
        if known is None or not all(known.explains(deal) for deal in deals):
            self._account.doubt()
            known = self._with(self._account.facts(lane))
        if known.needs_order:
            return self._with(self._account.facts(lane, order=True))
        return known

    def _with(self, facts: Facts) -> Reading:
        return reading(self._name, facts, self._setup.fields)


def _named(seen: Record | Missing) -> Iterator[str]:
    """The users whom a record names."""
    if isinstance(seen, Record):
        owner = seen.values.get("owner")
        actors = (seen.created_by, seen.modified_by, *(move.actor for move in seen.moves))
        yield from (actor.user_id for actor in actors if actor.user_id)
        if isinstance(owner, str):
            yield owner


def _deal_id(write: Write) -> str:
    if write.remote_id is None or not write.remote_id.isdecimal():
        raise Rejected("This write names no deal of Copper.")
    return write.remote_id
