"""Custom fields: their definitions, and which values each type takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import contract
from sandbox.close.clock import is_date, now_ms, offset_text, parse_ms
from sandbox.close.ids import fixed
from sandbox.close.refusals import MISSING_OBJECT, NOT_A_CHOICE
from sandbox.close.values import Invalid

OBJECT_TYPES = ("opportunity", "lead", "contact", "activity", "custom_object")
TYPES = (
    "text",
    "number",
    "date",
    "datetime",
    "choices",
    "user",
    "contact",
    "custom_object",
    "textarea",
    "hidden",
)
MULTIPLE_TYPES = frozenset({"user", "choices", "contact", "custom_object"})
DEFAULTS = (
    ("budget", "Budget", "number"),
    ("decision_maker", "Decision maker", "text"),
    ("contract_end_date", "Contract end date", "date"),
    ("lost_reason", "Lost reason", "text"),
    ("conveyor_section", "Conveyor section", "text"),
    ("conveyor_accept_by", "Conveyor accept by", "datetime"),
)
# What a field of the control API becomes; Close has no yes-no type.
FROM_CONTROL = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "bool": "choices",
    "enumeration": "choices",
}


@dataclass
class CustomField:
    """One definition. `objects` are the object types that have it; a shared field may have several."""

    id: str
    name: str
    type: str
    objects: tuple[str, ...]
    choices: list[str] | None = None
    multiple: bool = False
    shared: bool = False
    description: str | None = None
    editable_with_roles: list[str] = field(default_factory=list)
    created_by: str | None = None
    updated_by: str | None = None
    created: int = field(default_factory=now_ms)
    updated: int = field(default_factory=now_ms)

    @property
    def key(self) -> str:
        """Return the key of this field's value in an object."""
        return f"custom.{self.id}"

    def as_json(self, organization_id: str) -> dict[str, Any]:
        """Return the definition; a shared field says per object type who may edit it."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "type": self.type,
            "choices": self.choices,
            "accepts_multiple_values": self.multiple,
            "organization_id": organization_id,
            "created_by": self.created_by,
            "updated_by": self.updated_by,
            "date_created": offset_text(self.created),
            "date_updated": offset_text(self.updated),
        }
        if self.shared:
            rights = {"editable_with_roles": self.editable_with_roles, "required": False}
            return shown | {"associations": [{"object_type": each, **rights} for each in self.objects]}
        return shown | {"editable_with_roles": self.editable_with_roles}


class CustomFields:
    """All definitions by id, in the order of the user interface."""

    def __init__(self) -> None:
        self.all: dict[str, CustomField] = {}
        for name, label, type_ in DEFAULTS:
            self.add(CustomField(fixed("cf", name), label, type_, ("opportunity",)))

    def add(self, definition: CustomField) -> None:
        """Add a definition."""
        self.all[definition.id] = definition

    def add_named(self, wanted: contract.DealField) -> None:
        """Add a field of opportunities as the control API asks for it; a name `cf_...` becomes the id."""
        choices = ["Yes", "No"] if wanted.type == "bool" else list(wanted.options) or None
        id = wanted.name if wanted.name.startswith("cf_") else fixed("cf", wanted.name)
        self.add(CustomField(id, wanted.label, FROM_CONTROL[wanted.type], ("opportunity",), choices))

    def of(self, object_type: str) -> list[CustomField]:
        """Return the fields of an object type, shared ones too."""
        return [each for each in self.all.values() if object_type in each.objects]

    def find(self, object_type: str, id: str) -> CustomField | None:
        """Return a field of an object type."""
        definition = self.all.get(id)
        return definition if definition and object_type in definition.objects else None

    def named(self, name: str) -> CustomField | None:
        """Return the field of opportunities that a person means: by id, key, label or the name it was given."""
        bare = name.removeprefix("custom.")
        wanted = {bare, fixed("cf", bare)}
        return next((each for each in self.of("opportunity") if each.id in wanted or each.name == bare), None)


Exists = Callable[[str, str], bool]


def checked(definition: CustomField, value: Any, exists: Exists) -> Any:
    """Return a value as it is kept; `exists(type, id)` knows users and contacts. Raises Invalid."""
    if value is None:
        return None
    if definition.multiple:
        values = value if isinstance(value, list) else [value]
        return [_single(definition, each, exists) for each in values] or None
    return _single(definition, value, exists)


def _single(definition: CustomField, value: Any, exists: Exists) -> Any:
    if definition.type == "number":
        return _number(value)
    if not isinstance(value, str):
        raise Invalid("Value must be of str type.")
    if definition.type in ("date", "datetime"):
        return _moment(definition.type, value)
    if definition.type == "choices" and value not in (definition.choices or ()):
        raise Invalid(NOT_A_CHOICE)
    if definition.type in ("user", "contact", "custom_object") and not exists(definition.type, value):
        raise Invalid(MISSING_OBJECT)
    return value or None


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid("Value must be of float or int type.")
    return value


def _moment(type_: str, value: str) -> str:
    try:
        moment = parse_ms(value, 0)
    except ValueError as error:
        raise Invalid("Could not parse datetime") from error
    if (type_ == "date") is not is_date(value):
        raise Invalid("Invalid ISO 8601 datetime.")
    return value if type_ == "date" else offset_text(moment)


def checked_choices(type_: str, choices: Sequence[str] | None) -> list[str] | None:
    """Return the choices of a new definition. Raises Invalid where the type needs some and has none."""
    if type_ == "choices" and not choices:
        raise Invalid("This field is required.")
    return list(choices) if type_ == "choices" and choices else None
