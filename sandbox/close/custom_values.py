"""Custom fields in request bodies: keys `custom.cf_...`, also with `.add` and `.remove`, and who may write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.close.custom_fields import CustomField, checked
from sandbox.close.organization import Organization
from sandbox.close.refusals import forbidden
from sandbox.close.values import Check, Invalid

PREFIX = "custom."
ADD, REMOVE = ".add", ".remove"
NOT_EDITABLE = "You do not have permission to edit this custom field."


def custom_checks(
    organization: Organization, object_type: str, names: Iterable[str], role: str | None
) -> dict[str, Check]:
    """Return a check for each custom key of a body; `role` null is a person who may write all fields."""
    return {name: _check(organization, object_type, name, role) for name in names if name.startswith(PREFIX)}


def _check(organization: Organization, object_type: str, name: str, role: str | None) -> Check:
    bare, part = _split(name)
    definition = organization.fields.find(object_type, bare)

    def check(value: Any) -> Any:
        if definition is None:
            raise Invalid("Custom field does not exist.")
        _allowed(organization, definition, role)
        if part and not definition.multiple:
            raise Invalid("This custom field does not accept multiple values.")
        return checked(definition, value, organization.exists)

    return check


def _split(name: str) -> tuple[str, str]:
    bare = name.removeprefix(PREFIX)
    for part in (ADD, REMOVE):
        if bare.endswith(part):
            return bare.removesuffix(part), part
    return bare, ""


def _allowed(organization: Organization, definition: CustomField, role: str | None) -> None:
    roles = definition.editable_with_roles
    if role is None or not roles or role in roles:
        return
    if organization.settings.forbidden_field_status == 403:
        raise forbidden(NOT_EDITABLE)
    raise Invalid(NOT_EDITABLE)


def merged(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the values after a write: lists added to and removed from, unset custom fields gone."""
    result = dict(kept)
    for name, value in given.items():
        bare, part = _split(name) if name.startswith(PREFIX) else (name, "")
        key = PREFIX + bare if part else name
        before = result.get(key) or []
        if part == ADD:
            value = [*before, *(each for each in value or () if each not in before)]
        elif part == REMOVE:
            value = [each for each in before if each not in (value or ())]
        result[key] = value
        if key.startswith(PREFIX) and value in (None, []):
            del result[key]
    return result
