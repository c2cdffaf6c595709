"""Takes webhooks in: verifies, reads, and stores what they hint at. Calls no CRM and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection

from connectors.base import Connector, Delivery
from mapping.environment import resolve_text
from mapping.model import EventKind, Hint, Ref
from mapping.ruleset import Ruleset
from store import connections, inbox, links, samples
from store.inbox import NewEvent
from sync.runtime import NotUsable, Runtime

SAMPLE_BYTES = 2000

_SECRET = re.compile(r"(?i)((?:token|secret)[^=:&]{0,12}[=:]\s*)[^&\s]+")
"""What follows a name such as `auth[application_token]`: such a delivery proves itself by it."""

log = structlog.get_logger()


class UnknownConnection(Exception):
    """No connection of that name."""


class Closed(Exception):
    """The connection is set up incompletely, so its deliveries cannot be verified: `conveyor status` says why."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where deliveries may come in under one version of the rules."""

    rules: Ruleset
    public_url: str | None
    connectors: Mapping[str, Connector]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A genuine, readable delivery, ready to be stored."""

    connection: str
    hints: tuple[Hint, ...]


def open_doors(runtime: Runtime, known: Doors | None = None) -> Doors:
    """The doors under the active rules: `known` if these are the same, else new ones; reads the database.

    A connector is built here once, so that no delivery waits for it. Raises `NotConfigured`, and
    `store.database.Unavailable`.
    """
    rules = runtime.rules.get()
    if known is not None and known.rules.hash == rules.hash:
        return known
    built = {name: _connector(runtime, name, rules) for name in rules.connections}
    connectors = {name: connector for name, connector in built.items() if connector is not None}
    return Doors(rules, resolve_text(rules.public_url, runtime.connectors.environment), connectors)


def read(doors: Doors, connection: str, delivery: Delivery) -> Accepted:
    """Verify and read a delivery; pure. Raises `UnknownConnection`, `Closed`, and `AuthFailed` and
    `Unreadable` of `connectors.errors`."""
    connector = doors.connectors.get(connection)
    if connector is None:
        raise Closed(Closed.__doc__) if connection in doors.rules.connections else UnknownConnection
    connector.verify(delivery)
    return Accepted(connection, tuple(connector.parse(delivery)))


def store(runtime: Runtime, batch: Sequence[Accepted]) -> None:
    """Store many deliveries in one transaction, then wake. Raises `store.database.Unavailable` if it cannot."""
    with runtime.store.begin() as tx:
        deal_ids = add(tx, runtime, batch)
    runtime.wake.deals(deal_ids)


def add(tx: Connection, runtime: Runtime, batch: Sequence[Accepted]) -> list[str]:
    """Store deliveries in a transaction of the caller's; returns the deals to wake."""
    now = runtime.now()
    found = [(Ref(a.connection, hint.remote_id), hint) for a in batch for hint in a.hints]
    deals = links.ensure(tx, {ref for ref, _ in found}, now)
    events = [
        NewEvent(
            kind=EventKind.WEBHOOK,
            deal_id=deals[ref],
            connection=ref.connection,
            remote_id=ref.remote_id,
            source_id=hint.source_id,
            hint=hint,
        )
        for ref, hint in found
    ]
    inbox.add(tx, events, now)
    connections.touch_event(tx, {accepted.connection for accepted in batch}, now)
    return list(dict.fromkeys(event.deal_id for event in events))


def keep_sample(runtime: Runtime, connection: str, body: bytes, why: str) -> None:
    """Keep the beginning of a genuine but unreadable delivery for the operator; a bounded number of them."""
    text = _SECRET.sub(r"\1...", body[:SAMPLE_BYTES].decode("utf-8", "backslashreplace"))
    with runtime.store.begin() as tx:
        samples.add(tx, connection, reason=why, body=text, now=runtime.now())


def _connector(runtime: Runtime, name: str, rules: Ruleset) -> Connector | None:
    """The connector of a connection, None if its settings or secrets do not suffice for one."""
    place = str(rules.connections[name].place)
    try:
        return runtime.connector(name, rules)
    except NotUsable as error:
        log.warning("deliveries_refused", connection=name, reason=str(error), answer=503)
    except (ValidationError, LookupError) as error:
        # The error itself may quote settings, which hold secrets.
        log.warning(
            "deliveries_refused", connection=name, reason=f"{place}: {type(error).__name__}", answer=503
        )
    return None
