"""What a live account looks like: pipelines with their pseudo-stages, fields, users.

Facts: docs/connectors/copper.md#account
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from connectors.base import Description, Lane, RemoteField, RemotePipeline, RemoteStage, RemoteUser
from connectors.copper.account import Facts
from connectors.copper.answers import Item, item_of, own_id
from connectors.copper.client import Client
from connectors.copper.fields import Field
from connectors.copper.stages import OUTCOMES, Pipeline, pseudo
from connectors.errors import Missing

MOST_LEFT = 50  # users who are not listed that one description asks for, one call each


def describe(client: Client, facts: Facts, met: Iterable[str], lane: Lane = Lane.READ) -> Description:
    """The account as it is now; `met` are ids of users who turned up in deals.

    One call, one more for each further two hundred users, and one for each who turned up and is not listed.
    """
    return Description(
        pipelines=tuple(_pipeline(pipeline) for pipeline in facts.pipelines.all),
        fields=tuple(_field(field) for field in facts.fields),
        users=tuple(_users(client, met, lane)),
        account=f"{facts.name} (Copper {facts.id})",
        timezone=facts.timezone,
    )


def _pipeline(pipeline: Pipeline) -> RemotePipeline:
    stages = [RemoteStage(stage.id, stage.name, "open") for stage in pipeline.stages]
    closed = [RemoteStage(pseudo(status), status, outcome) for status, outcome in OUTCOMES.items()]
    return RemotePipeline(pipeline.id, pipeline.name, (*stages, *closed))


def _field(field: Field) -> RemoteField:
    return RemoteField(field.name, field.label, field.type, field.writable, field.options)


def _users(client: Client, met: Iterable[str], lane: Lane) -> Iterator[RemoteUser]:
    """Those who are listed, and those who are not but can be asked for: they have left."""
    listed = {user.id: user for user in (_user(row) for row in client.found("users", {}, lane))}
    yield from listed.values()
    for key in [key for key in met if key not in listed][-MOST_LEFT:]:
        try:
            yield replace(_user(item_of(client.get(f"/users/{key}", lane))), active=False)
        except Missing:
            continue


def _user(row: Item) -> RemoteUser:
    """A user. That somebody left shows only in that they are not listed."""
    email = str(row.get("email") or "").strip().lower() or None
    return RemoteUser(own_id(row), email, str(row.get("name") or "") or email or own_id(row), active=True)
