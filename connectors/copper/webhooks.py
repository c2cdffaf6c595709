"""Notifications of Copper: proven by a token in a header, read as hints where to look, never as what is true.

No I/O. Facts: docs/connectors/copper.md#webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from connectors.base import Delivery
from connectors.copper.account import OPPORTUNITY
from connectors.copper.stages import OPEN, OUTCOMES, STATUS_IDS, pseudo
from connectors.errors import AuthFailed, Unreadable
from mapping.model import Hint, HintKind

HEADER = "X-Conveyor-Token"
"""The header that our subscriptions carry; it is not repeated in the body."""

HINTS = {"new": HintKind.CREATED, "update": HintKind.CHANGED, "delete": HintKind.DELETED}

OWN_FIELDS = {
    "name": "title",
    "value": "amount",
    "monetary_value": "amount",
    "monetary_unit": "currency",
    "assignee": "owner",
    "assignee_id": "owner",
    "customer_source_id": "source",
}
"""Names in a notification -> conveyor fields. They are internal names, and most are not documented."""

Id = Annotated[int, Field(ge=1, lt=10**18)]


class Notification(BaseModel):
    """One notification. Keys of other subscriptions' secrets may stand beside these."""

    type: str
    event: str
    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]
    subscription_id: int | str | None = None
    timestamp: datetime | None = None
    updated_attributes: dict[str, Any] | None = None


def verify(delivery: Delivery, secret: str | None) -> None:
    """Return if the notification carries our token; `AuthFailed` if not. There is no signature to check."""
    if secret is None:
        raise AuthFailed(
            "No `webhook: {secret: ...}` is set for this connection, so notifications are refused; polling goes on."
        )
    given = delivery.headers.get(HEADER.lower(), "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise AuthFailed(
            f"The notification carries another {HEADER} than the configured secret, or none; after a change of the "
            "secret run `conveyor webhooks install` again."
        )


def parse(delivery: Delivery, fields: Mapping[str, str]) -> list[Hint]:
    """The hints of a verified notification; other records and events give none.

    `fields` are conveyor fields by the id of their custom field. Raises Unreadable for what is no notification.
    """
    try:
        told = Notification.model_validate_json(delivery.body)
    except ValidationError as error:
        raise Unreadable(
            f"The delivery is no notification of Copper ({error.error_count()} faults)."
        ) from None
    kind = HINTS.get(told.event)
    if told.type != OPPORTUNITY or kind is None:
        return []
    # What the attributes mean when one notification is about several deals is not documented.
    field, value = _changed(told.updated_attributes or {}, fields) if len(told.ids) == 1 else (None, None)
    at = told.timestamp.replace(tzinfo=told.timestamp.tzinfo or UTC) if told.timestamp else None
    return [
        Hint(str(deal), kind, _identity(told, deal), at, field=field, value=value)
        for deal in dict.fromkeys(told.ids)
    ]


def _changed(attributes: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The conveyor field that changed, stages first, and for a stage the new one."""
    if attributes.keys() & {"stage", "stage_id", "pipeline_stage_id", "status"}:
        return "stage", _stage(attributes)
    named = [OWN_FIELDS[name] for name in attributes if name in OWN_FIELDS]
    custom = attributes.get("custom_fields")
    named += [fields[key] for key in (custom if isinstance(custom, dict) else {}) if key in fields]
    return ("owner" if "owner" in named else next(iter(named), None)), None


def _stage(attributes: Mapping[str, Any]) -> str | None:
    """The new stage; `None` if a deal was opened again and nothing says where."""
    status = next(_new(attributes.get("status")), None)
    status = STATUS_IDS.get(status or "", status)
    if status is not None and status in OUTCOMES:
        return pseudo(status)
    stage = next(
        (new for name in ("stage_id", "pipeline_stage_id") for new in _new(attributes.get(name))), None
    )
    return stage if status in (None, OPEN) else None


def _new(pair: object) -> Iterator[str]:
    """The new one of a pair of old and new."""
    if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str | int):
        yield str(pair[1])


def _identity(told: Notification, deal: int) -> str | None:
    """What tells doubles: a notification has no id of its own."""
    if told.timestamp is None:
        return None
    attributes = json.dumps(told.updated_attributes, sort_keys=True, default=str)
    parts = [told.subscription_id, told.event, told.ids, deal, told.timestamp.isoformat(), attributes]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
