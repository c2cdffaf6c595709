"""The fields of a deal: Close's own, those that admins add, and which of them a mapping means. No calls.

Facts: docs/connectors/close.md#fields
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.close.values import Field
from connectors.errors import Rejected, Unreadable

CUSTOM = "custom."
KEY_LABEL = "Conveyor deal key"
"""A custom text field of this name keeps our key; without one it is a line in the deal's note."""

NO_FIELD = "none"
TITLE = "title"

STANDARD: Mapping[str, Field] = {
    "title": Field("note", "note", "Note (first line)", TITLE),
    "amount": Field("value", "value", "Value", "money"),
    "currency": Field("value_currency", "value_currency", "Currency", "text", writable=False),
    "source": Field("", "", "Source", NO_FIELD, writable=False),
    "created_at": Field("date_created", "date_created", "Created", "datetime", writable=False),
}
"""The house's standard fields that live on the deal itself."""

OWN = (
    Field("value", "value", "Value", "money"),
    Field(
        "value_period",
        "value_period",
        "Value period",
        "choices",
        choices=("one_time", "monthly", "annual"),
    ),
    Field("confidence", "confidence", "Confidence", "number"),
    Field("note", "note", "Note", "textarea"),
    Field("date_won", "date_won", "Close date", "date"),
    Field("date_lost", "date_lost", "Date lost", "datetime", writable=False),
    Field("contact_id", "contact_id", "Contact", "contact"),
    Field("lead_id", "lead_id", "Lead", "lead", writable=False),
    Field("lead_name", "lead_name", "Lead name", "text", writable=False),
    Field("annualized_value", "annualized_value", "Annualized value", "money", writable=False),
    Field("expected_value", "expected_value", "Expected value", "money", writable=False),
)
"""Close's own fields that a mapping may name."""


def custom_fields(body: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields in an answer of the custom field schema; `Unreadable` if it has none."""
    rows = body.get("fields")
    if not isinstance(rows, list):
        raise Unreadable("Close's answer about the custom fields is not in its documented form.")
    return tuple(_custom(row) for row in rows if isinstance(row, dict) and row.get("id"))


def _custom(row: Mapping[str, Any]) -> Field:
    id = str(row["id"])
    return Field(
        CUSTOM + id,
        id,
        str(row.get("name") or id),
        str(row.get("type") or "text"),
        multiple=row.get("accepts_multiple_values") is True,
        choices=tuple(str(choice) for choice in row.get("choices") or ()),
    )


def resolve(known: Iterable[Field], mapped: Mapping[str, str]) -> dict[str, Field]:
    """Conveyor field -> field; `Rejected`, saying what to do, for a name that none has or several have."""
    fields = (*OWN, *known)
    by_name = {name: field for field in fields for name in (field.key, field.name)}
    return {name: by_name.get(asked) or _labelled(fields, asked) for name, asked in mapped.items()}


def _labelled(fields: Iterable[Field], asked: str) -> Field:
    found = [field for field in fields if field.label.casefold() == asked.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(field.name for field in found)
        raise Rejected(f"Several fields of opportunities in Close are called {asked!r}: name one of {names}.")
    raise Rejected(
        f"Opportunities in Close have no field {asked!r} (any more): correct the mapping or add the field there."
    )


def key_field(known: Iterable[Field]) -> Field | None:
    """The custom field that keeps our key, where an admin made one."""
    found = (field for field in known if field.label.casefold() == KEY_LABEL.casefold())
    return next((field for field in found if field.type in ("text", "hidden") and not field.multiple), None)
