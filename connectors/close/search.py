"""Looks for contacts and leads by what people know of them. An index that lags, so nothing is proven by it.

Facts: docs/connectors/close.md#search
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Lane
from connectors.close.calls import SEARCH
from connectors.close.client import Client, Json, rows_of
from connectors.close.values import text_of

MOST = 50
CONTACT_FIELDS = ("id", "lead_id", "name", "emails", "date_created")
LEAD_FIELDS = ("id", "name", "display_name", "date_created")


def contact_by_email(client: Client, email: str) -> Json | None:
    """The oldest contact with this address, which Close compares by its words and we exactly."""
    has_address = {
        "type": "has_related",
        "this_object_type": "contact",
        "related_object_type": "contact_email",
        "related_query": _field_is("contact_email", "email", email),
    }
    found = _found(client, "contact", has_address, CONTACT_FIELDS)
    return _oldest([row for row in found if text_of(row.get("lead_id")) and _has(row, email)])


def lead_by_name(client: Client, name: str) -> Json | None:
    """The oldest lead of this name, upper and lower case alike."""
    found = _found(client, "lead", _field_is("lead", "display_name", name), LEAD_FIELDS)
    return _oldest([row for row in found if _plain(row.get("name")) == _plain(name)])


def _found(client: Client, kind: str, condition: Mapping[str, object], fields: tuple[str, ...]) -> list[Json]:
    query = {"type": "and", "queries": [{"type": "object_type", "object_type": kind}, condition]}
    body = {"query": query, "_fields": {kind: list(fields)}, "_limit": MOST}
    return rows_of(client.call(SEARCH, Lane.WRITE, body=body))


def _field_is(kind: str, name: str, value: str) -> dict[str, object]:
    return {
        "type": "field_condition",
        "field": {"type": "regular_field", "object_type": kind, "field_name": name},
        "condition": {"type": "text", "mode": "phrase", "value": value},
    }


def _oldest(rows: list[Json]) -> Json | None:
    return min(rows, key=lambda row: (str(row.get("date_created")), str(row.get("id"))), default=None)


def _has(row: Json, email: str) -> bool:
    listed = (each.get("email") for each in row.get("emails") or () if isinstance(each, dict))
    return any(_plain(address) == _plain(email) for address in listed)


def _plain(text: object) -> str:
    return " ".join(str(text or "").split()).casefold()
