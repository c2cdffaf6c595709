"""Proves and reads the notifications of a channel. A notification is a hint where to look; no I/O.

Facts: docs/connectors/zoho.md#webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from connectors.base import Delivery
from connectors.errors import AuthFailed, Unreadable
from connectors.zoho.records import STANDARD
from connectors.zoho.settings import Webhook
from connectors.zoho.values import ID
from mapping.model import Hint, HintKind

KINDS: Mapping[str, HintKind] = {
    "insert": HintKind.CREATED,
    "create": HintKind.CREATED,
    "update": HintKind.CHANGED,
    "edit": HintKind.CHANGED,
    "restore": HintKind.CHANGED,
    "delete": HintKind.DELETED,
}
LAST_MOMENT_MS = 253402300799000  # the end of the year 9999

Id = Annotated[
    str, BeforeValidator(lambda id: str(id) if isinstance(id, int) else id), Field(pattern=ID.pattern + "$")
]


class Affected(BaseModel):
    """The new values of one record."""

    record_id: Id
    values: dict[str, Any] = {}


class Notification(BaseModel):
    """One delivery, which may be about several records; what is not documented may be missing."""

    module: str
    operation: str
    ids: tuple[Id, ...]
    server_time: Annotated[int, Field(ge=0, le=LAST_MOMENT_MS)] | None = None
    affected_fields: tuple[dict[str, Any], ...] | None = None
    affected_values: tuple[Affected, ...] | None = None

    def changed(self, record_id: str) -> dict[str, object]:
        """The fields of a record that changed, with their new values where they are told."""
        lists = [each.get(record_id) for each in self.affected_fields or ()]
        names = [name for each in lists if isinstance(each, list) for name in each if isinstance(name, str)]
        changed: dict[str, object] = dict.fromkeys(names)
        for each in self.affected_values or ():
            if each.record_id == record_id:
                changed |= each.values
        return changed


def verify(delivery: Delivery, webhook: Webhook | None) -> None:
    """Return if the delivery carries our channel's token; `AuthFailed` if not. There is no signature."""
    if webhook is None:
        raise AuthFailed(
            "No `webhook: {token: ...}` is set for this connection, so notifications are refused; polling goes on."
        )
    try:
        said = json.loads(delivery.body)
    except (ValueError, RecursionError) as error:
        raise AuthFailed("The delivery is no JSON, so nothing proves that Zoho sent it.") from error
    token = said.get("token") if isinstance(said, dict) else None
    if not isinstance(token, str) or not hmac.compare_digest(
        token.encode(), webhook.token.get_secret_value().encode()
    ):
        raise AuthFailed("The notification does not carry the token of our channel.")


def parse(delivery: Delivery, mapped: Mapping[str, str]) -> list[Hint]:
    """The hints of a verified delivery, one a record; none for other modules and operations.

    `mapped`: API name of a deal field -> conveyor field. Nobody is named in a notification, and no time but
    that of its sending.
    """
    try:
        found = Notification.model_validate_json(delivery.body)
    except ValidationError as error:
        raise Unreadable(
            f"The delivery is no notification of Zoho's ({error.error_count()} faults)."
        ) from None
    kind = KINDS.get(found.operation.lower())
    if found.module != "Deals" or kind is None:
        return []
    return list(_hints(found, kind, {**{name: ours for ours, name in STANDARD.items()}, **mapped}))


def _hints(found: Notification, kind: HintKind, mapped: Mapping[str, str]) -> Iterator[Hint]:
    for record_id in dict.fromkeys(found.ids):
        field, value = _field(found.changed(record_id), mapped)
        yield Hint(
            record_id,
            kind,
            source_id=_identity(found, record_id),
            field=field if kind is HintKind.CHANGED else None,
            value=value if kind is HintKind.CHANGED else None,
        )


def _field(changed: Mapping[str, object], mapped: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The change that matters most. A change of owner or pipeline names no field: who made it is to be asked."""
    if isinstance(changed.get("Stage"), str):
        return "stage", str(changed["Stage"])
    if not changed or {"Stage", "Pipeline", "Owner"} & changed.keys():
        return None, None
    known = [mapped[name] for name in changed if name in mapped]
    return (known or list(changed))[0], None


def _identity(found: Notification, record_id: str) -> str | None:
    """What tells doubles; it begins with the time, so that new ones stand side by side in an index."""
    if found.server_time is None:
        return None
    parts = [found.module, record_id, found.operation, sorted(found.changed(record_id))]
    return f"{found.server_time:012x}{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]}"
