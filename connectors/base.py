"""The protocol between the engine and a CRM. A connector speaks its CRM's own terms and knows no database.

One call in, one answer or one of `connectors.errors` out: no retry loop, no global state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from mapping.model import Aspect, Hint, Missing, Receipt, Record, StageMove, Write


class Lane(StrEnum):
    """Whose turn it is when the rate budget is short; the first has precedence."""

    WRITE = "write"  # write-back of a hand-off
    READ = "read"  # reads for webhooks
    POLL = "poll"
    BULK = "bulk"  # backfill


@dataclass(frozen=True)
class Rate:
    """A vendor's documented limit: at most `calls` in `per_s` seconds, of which at most `burst` at once."""

    name: str  # calls of different names do not count together, e.g. `search`
    calls: int
    per_s: float
    burst: int


@dataclass(frozen=True)
class Capabilities:
    """What a CRM's API can do. The engine asks these, never the CRM's name."""

    conditional_write: bool  # the CRM itself refuses a write over an unseen change
    keyed_create: bool  # a create can carry our key and be found by it
    names_actor: bool  # the CRM says who made a change
    signs_webhooks: bool
    subscribes: bool  # webhooks can be installed by API with these credentials
    history: bool  # the CRM keeps who moved a deal when
    batch_read: int  # records in one read
    poll_overlap: timedelta
    rates: tuple[Rate, ...]
    webhook_tolerance: timedelta = timedelta(minutes=5)  # how far a signed delivery's time may be from ours


@dataclass(frozen=True)
class Delivery:
    """One raw webhook request."""

    method: str
    url: str  # the public URL the CRM called
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Look:
    """What the engine wants to know about one record."""

    remote_id: str
    aspects: frozenset[Aspect] = frozenset()
    task_ids: tuple[str, ...] = ()  # tasks of ours whose state matters; read if TASKS is asked for


@dataclass(frozen=True)
class Page:
    """One page of a listing; `cursor` resumes after it."""

    records: tuple[Record, ...]
    cursor: str
    gone: tuple[Missing, ...] = ()
    total: int | None = None  # where the CRM says how many there are in all


@dataclass(frozen=True)
class StageChange:
    """One stage change in the CRM's history, for replays."""

    remote_id: str
    move: StageMove


@dataclass(frozen=True)
class RemoteStage:
    """A stage as the CRM has it."""

    id: str
    name: str
    outcome: Literal["open", "won", "lost"]  # by the CRM's own flag, never by the name


@dataclass(frozen=True)
class RemotePipeline:
    """A pipeline as the CRM has it, stages in its order."""

    id: str
    name: str
    stages: tuple[RemoteStage, ...]


@dataclass(frozen=True)
class RemoteField:
    """A deal field as the CRM has it."""

    name: str  # internal name
    label: str
    type: str
    writable: bool
    options: Mapping[str, str] = field(default_factory=dict)  # stored value -> label


@dataclass(frozen=True)
class RemoteUser:
    """A user as the CRM has it."""

    id: str  # the id that owns a deal
    email: str | None  # lower case
    name: str
    active: bool
    aliases: tuple[str, ...] = ()  # further ids under which history and webhooks name this person


@dataclass(frozen=True)
class Description:
    """What a live CRM account looks like."""

    pipelines: tuple[RemotePipeline, ...]
    fields: tuple[RemoteField, ...]
    users: tuple[RemoteUser, ...]
    account: str  # a name the admin recognises
    may: tuple[str, ...] = ()  # what this token may do (scopes), where the CRM says
    lacks: tuple[str, ...] = ()  # what of that the connector calls for and this token does not have
    timezone: str | None = None  # of the account, as the CRM names it, where it says


@dataclass(frozen=True)
class Subscription:
    """A webhook subscription of ours."""

    id: str
    url: str
    events: tuple[str, ...]
    active: bool
    expires_at: datetime | None = None


class Grants(Protocol):
    """Rotating tokens of one connection, kept encrypted by the house and shared by all processes."""

    def load(self) -> Mapping[str, str]:
        """The latest saved grant, empty if there is none."""

    def save(self, grant: Mapping[str, str]) -> None:
        """Keep a new grant before it is used; the old one is gone."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the one refresh lock of this connection, over all processes."""


class Budget(Protocol):
    """The rate budget of one connection, shared by all processes."""

    def declare(self, rates: Sequence[Rate]) -> None:
        """Say which limits the CRM documents; done once, when the connector is built and before any call."""

    def take(self, rate: str, lane: Lane, weight: int = 1) -> None:
        """Wait shortly for leave to make a call; `CallRefused` if it would take too long."""

    def pause(self, seconds: float) -> None:
        """The CRM itself said to wait: nobody calls before."""


@dataclass(frozen=True)
class Setup:
    """All that a connector is built from."""

    connection: str
    settings: Mapping[str, object] = field(repr=False)  # the connection's YAML block, secrets resolved
    fields: Mapping[
        str, str
    ]  # conveyor field -> CRM field (internal name or label), mapped and write-back ones
    grants: Grants
    budget: Budget


class Connector(Protocol):
    """One CRM account, spoken to in the CRM's own terms. Built as `Connector(setup)`; safe to share by threads."""

    @property
    def capabilities(self) -> Capabilities:
        """What this account's API can do with these credentials."""

    def verify(self, delivery: Delivery) -> None:
        """Return if the delivery is genuine and fresh; `AuthFailed` if not. No I/O."""

    def parse(self, delivery: Delivery) -> list[Hint]:
        """Read a verified delivery; `Unreadable` if it cannot be. Unwanted event types give no hint. No I/O."""

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        """The records as they are now, by remote id asked for, read in the CRM's batches."""

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """Pages of what changed since a cursor, in an order that loses nothing; `None` starts at the present."""

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        """Pages of all records, resumable by cursor."""

    def history(self, since: datetime) -> Iterator[StageChange]:
        """Who moved what when, oldest first, as far as the CRM keeps it."""

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        """Carry out one write; safe to call twice. `Conflict` if a written value differs from what was seen."""

    def describe(self) -> Description:
        """Pipelines, stages, fields and users of the live account."""

    def subscribe(self, callback_url: str) -> list[Subscription]:
        """Make the account send webhooks there; idempotent, touches only our own.

        Where `capabilities.subscribes` is false it changes nothing, and raises `Rejected` with what to click.
        """

    def subscriptions(self) -> list[Subscription]:
        """Our own subscriptions, where the CRM lists them."""

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove one of our own subscriptions."""
