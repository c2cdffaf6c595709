"""What a field is, and how field and layout metadata show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.numbers import fixed

JSON_TYPES = {
    "integer": "integer",
    "currency": "double",
    "double": "double",
    "percent": "double",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
}
LENGTHS = {"text": 255, "textarea": 32_000, "email": 100, "phone": 30, "website": 450, "picklist": 120}
PROFILES = (("Administrator", fixed(32, 1)), ("Standard", fixed(32, 2)))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module. `mandatory` is checked on every create, `required` only by its layout."""

    name: str
    label: str
    type: str
    id: int
    options: tuple[str, ...] = ()
    lookup: str | None = None
    mandatory: bool = False
    required: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    length: int = 0

    @property
    def size(self) -> int:
        """Return how many characters or digits fit."""
        return self.length or LENGTHS.get(self.type, 16)


def option_rows(field: Field) -> list[dict[str, Any]]:
    """Return the values of a plain picklist."""
    return [
        {
            "display_value": option,
            "sequence_number": place,
            "reference_value": option,
            "actual_value": option,
            "id": str(field.id + place * 100_000),
            "type": "used",
        }
        for place, option in enumerate(field.options, 1)
    ]


def field_row(field: Field, module_id: int, options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a field as GET /settings/fields shows it; `module_id` is that of the lookup's target."""
    writable = not field.read_only
    lookup: dict[str, Any] = {}
    if field.lookup:
        lookup = {
            "display_label": field.label,
            "api_name": field.name,
            "module": {"api_name": field.lookup, "crypt": False, "id": str(module_id)},
            "id": str(field.id + 1),
        }
    return {
        "associated_module": None,
        "webhook": True,
        "operation_type": {
            "web_update": writable,
            "api_create": writable,
            "web_create": writable,
            "api_update": writable,
        },
        "colour_code_enabled_by_system": False,
        "field_label": field.label,
        "tooltip": None,
        "type": "used",
        "field_read_only": field.read_only,
        "display_label": field.label,
        "read_only": field.read_only,
        "association_details": None,
        "businesscard_supported": True,
        "multi_module_lookup": None,
        "id": str(field.id),
        "created_time": None,
        "filterable": True,
        "visible": True,
        "profiles": [
            {"permission_type": "read_write" if writable else "read_only", "name": name, "id": str(id)}
            for name, id in PROFILES
        ],
        "view_type": {"view": True, "edit": writable, "quick_create": False, "create": writable},
        "separator": False,
        "searchable": True,
        "history_tracking_enabled": False,
        "external": None,
        "api_name": field.name,
        "unique": {"case_sensitive": False} if field.unique else {},
        "enable_colour_code": False,
        "pick_list_values": list(options),
        "system_mandatory": field.mandatory,
        "virtual_field": False,
        "json_type": JSON_TYPES.get(field.type, "string"),
        "crypt": None,
        "created_source": "default",
        "display_type": -1,
        "ui_type": 1,
        "modified_time": None,
        "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
        "currency": {},
        "custom_field": field.custom,
        "lookup": lookup,
        "rollup_summary": {},
        "length": field.size,
        "display_field": field.mandatory,
        "pick_list_values_sorted_lexically": False,
        "sortable": True,
        "global_picklist": None,
        "history_tracking": None,
        "data_type": field.type,
        "formula": {},
        "decimal_place": 2 if field.type in ("currency", "double", "percent") else None,
        "mass_update": writable,
        "multiselectlookup": {},
        "auto_number": {},
        "quick_sequence_number": "1",
        "public": False,
        "range": None,
        "convert_mapping": {},
    }


def layout_field_row(
    field: Field, module_id: int, options: Sequence[dict[str, Any]], sequence: int
) -> dict[str, Any]:
    """Return a field as its layout shows it: whether it is required there, and where it stands."""
    row = field_row(field, module_id, [{"maps": [], **option} for option in options])
    del row["email_parser"]
    return row | {"required": field.mandatory or field.required, "sequence_number": sequence}
