"""HubSpot's deliveries to hints. No I/O; whether a delivery is genuine is decided in signature.py.

Facts: docs/connectors/hubspot.md#webhooks
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from connectors.base import Delivery
from connectors.errors import Unreadable
from connectors.hubspot.actors import actor
from connectors.hubspot.values import STANDARD, Property
from mapping.model import Hint, HintKind

DEAL_TYPE = "0-3"
LAST_MOMENT_MS = 253402300799000  # the end of the year 9999

KINDS = {
    "creation": HintKind.CREATED,
    "propertyChange": HintKind.CHANGED,
    "associationChange": HintKind.CHANGED,
    "restore": HintKind.CHANGED,
    "deletion": HintKind.DELETED,
    "privacyDeletion": HintKind.DELETED,
    "merge": HintKind.MERGED,
}

OWN_FIELDS = {
    "dealstage": "stage",
    "pipeline": "stage",
    "hubspot_owner_id": "owner",
    **{each.name: name for name, each in STANDARD.items()},
}
"""Property -> conveyor field, for those that need no line in a mapping."""

Id = Annotated[str, BeforeValidator(lambda id: str(id) if isinstance(id, int) else id), Field(max_length=40)]
Text = Annotated[str, BeforeValidator(lambda text: text if isinstance(text, str) else json.dumps(text))]


class WireEvent(BaseModel):
    """One event as it is sent; a field that an event type does not have is None."""

    subscriptionType: str | None = None
    eventType: str | None = None  # what the documentation calls it
    objectTypeId: str | None = None
    objectId: Id | None = None
    portalId: Id | None = None
    appId: Id | None = None
    occurredAt: Annotated[int, Field(ge=0, le=LAST_MOMENT_MS)] | None = None
    propertyName: str | None = None
    propertyValue: Text | None = None
    changeSource: str | None = None
    sourceId: Id | None = None
    fromObjectId: Id | None = None
    toObjectId: Id | None = None
    primaryObjectId: Id | None = None
    mergedObjectIds: tuple[Id, ...] = ()
    newObjectId: Id | None = None

    @property
    def type(self) -> str:
        """`deal.propertyChange`, also where the newer form says `object.propertyChange` of a deal."""
        name = self.subscriptionType or self.eventType or ""
        return f"deal.{name.removeprefix('object.')}" if self.objectTypeId == DEAL_TYPE else name


EVENTS: TypeAdapter[list[WireEvent]] = TypeAdapter(list[WireEvent])


def parse(
    delivery: Delivery, mapped: Mapping[str, Property], *, portal_id: str | None, our_app: str | None
) -> list[Hint]:
    """The hints of a delivery; events of other objects, types and accounts give none."""
    try:
        events = EVENTS.validate_json(delivery.body)
    except ValidationError as error:
        raise Unreadable(
            f"The delivery is no list of HubSpot events ({error.error_count()} faults)."
        ) from None
    names = {**OWN_FIELDS, **{each.name: field for field, each in mapped.items()}}
    wanted = [event for event in events if portal_id is None or event.portalId in (None, portal_id)]
    return [hint for event in wanted for hint in _hints(event, names, our_app)]


def _hints(event: WireEvent, names: Mapping[str, str], our_app: str | None) -> Iterator[Hint]:
    subject, _, happening = event.type.partition(".")
    kind = KINDS.get(happening)
    if subject != "deal" or kind is None:
        return
    if kind is HintKind.MERGED:
        yield from _merged(event, our_app)
        return
    remote_id = event.objectId or event.fromObjectId
    if remote_id is None:
        raise Unreadable(f"HubSpot's event {event.type} names no deal.")
    field = names.get(event.propertyName or "")
    about_stage_id = event.propertyName == "dealstage" or field != "stage"
    yield _hint(event, remote_id, kind, our_app, field, event.propertyValue if about_stage_id else None)


def _merged(event: WireEvent, our_app: str | None) -> Iterator[Hint]:
    """A merge makes a new deal of two or more: the old ones are gone, the new one is to be looked at."""
    survivor = event.newObjectId or event.primaryObjectId or event.objectId
    if survivor is None:
        raise Unreadable("HubSpot's event deal.merge names no deal.")
    gone = {*event.mergedObjectIds, *filter(None, (event.primaryObjectId, event.objectId))} - {survivor}
    for id in sorted(gone):
        yield _hint(event, id, HintKind.MERGED, our_app, None, survivor)
    yield _hint(event, survivor, HintKind.CHANGED, our_app, None, None)


def _hint(
    event: WireEvent,
    remote_id: str,
    kind: HintKind,
    our_app: str | None,
    field: str | None,
    value: str | None,
) -> Hint:
    return Hint(
        remote_id,
        kind,
        source_id=_identity(event, remote_id),
        occurred_at=datetime.fromtimestamp(event.occurredAt / 1000, UTC) if event.occurredAt else None,
        # When our own app subscribes, its id in the event is the id that our own changes carry.
        actor=actor(event.changeSource, event.sourceId, our_app or event.appId),
        field=field,
        value=value,
    )


def _identity(event: WireEvent, remote_id: str) -> str:
    """What tells doubles: HubSpot's own event id is not unique, and a repeat counts its attempts.

    It begins with the time, so that new ones stand side by side in the database's index.
    """
    parts: list[Any] = [
        event.portalId, event.type, remote_id, event.propertyName, event.propertyValue, event.occurredAt,
        event.toObjectId, event.newObjectId,
    ]  # fmt: skip
    return f"{event.occurredAt or 0:012x}{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]}"
