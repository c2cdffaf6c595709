"""Proves and reads one event of a portal. An event is a hint where to look, never what is true; no I/O."""

from __future__ import annotations

import hmac
import re

from connectors.base import Delivery
from connectors.bitrix24 import php
from connectors.bitrix24.settings import Events
from connectors.bitrix24.stages import full_stage_id
from connectors.errors import AuthFailed, Unreadable
from mapping.model import Hint, HintKind

_ID = re.compile(r"[1-9][0-9]{0,17}")

HINTS = {
    "ONCRMDEALADD": HintKind.CREATED,
    "ONCRMDEALUPDATE": HintKind.CHANGED,
    "ONCRMDEALMOVETOCATEGORY": HintKind.CHANGED,
    "ONCRMDEALDELETE": HintKind.DELETED,
}
"""The events that lead to a deal (docs/connectors/bitrix24.md#events); a task event names none."""


def verify(delivery: Delivery, events: Events) -> None:
    """Return if the event carries our portal's token; `AuthFailed` if not. There is no signature to check."""
    if events.application_token is None:
        raise AuthFailed(
            "No application token is configured, so events are refused; polling goes on. Copy the token that "
            "Bitrix24 shows in the outgoing webhook to `webhook: {application_token: ...}`."
        )
    try:
        form = php.form(delivery.body)
    except ValueError as error:
        raise AuthFailed("The delivery is no form, so nothing proves that Bitrix24 sent it.") from error
    if not _equal(form.get("auth[application_token]", ""), events.application_token.get_secret_value()):
        raise AuthFailed("The event carries another application token than the configured one.")
    if events.member_id is not None and not _equal(form.get("auth[member_id]", ""), events.member_id):
        raise AuthFailed("The event comes from another Bitrix24 portal than the configured one.")


def parse(delivery: Delivery) -> list[Hint]:
    """The hint of a verified event, none for an event that leads to no deal; `Unreadable` without a deal id.

    It has no source id, since Bitrix24 gives none, and no time: `ts` is when the event was sent.
    """
    try:
        form = php.form(delivery.body)
    except ValueError as error:
        raise Unreadable("The delivery is not a form as Bitrix24 sends it.") from error
    name = form.get("event", "").upper()
    if not name:
        raise Unreadable("The delivery names no event.")
    kind = HINTS.get(name)
    if kind is None:
        return []
    deal_id = form.get("data[FIELDS][ID]", "")
    if not _ID.fullmatch(deal_id):
        raise Unreadable(f"The event {name} names no deal.")
    stage = full_stage_id(form.get("data[FIELDS][CATEGORY_ID]"), form.get("data[FIELDS][STAGE_ID]"))
    return [Hint(deal_id, kind, field="stage" if stage else None, value=stage)]


def _equal(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())
