"""The `extra_filter` of a subscription: conditions on an event, nested at will."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.close.values import Invalid

Filter = dict[str, Any]


def matches(condition: Filter, value: Any) -> bool:
    """Say whether a value meets a condition that was checked before."""
    return _TYPES[condition["type"]](condition, value)


def checked(condition: Any) -> Filter:
    """Return a well-formed condition. Raises Invalid."""
    if not isinstance(condition, dict) or condition.get("type") not in _TYPES:
        raise Invalid("Invalid filter type.")
    wanted = _KEYS.get(condition["type"], ())
    if set(condition) != {"type", *wanted}:
        raise Invalid(f"A filter of type {condition['type']} needs: {', '.join(wanted) or 'nothing else'}.")
    for part in (*condition.get("filters", ()), *([condition["filter"]] if "filter" in condition else ())):
        checked(part)
    return condition


def _field(condition: Filter, value: Any) -> bool:
    inner = value.get(condition["field"]) if isinstance(value, dict) else None
    return matches(condition["filter"], inner)


def _contains(condition: Filter, value: Any) -> bool:
    return isinstance(value, list | str | dict) and condition["value"] in value


def _any_value(condition: Filter, value: Any) -> bool:
    return isinstance(value, list) and any(matches(condition["filter"], each) for each in value)


_KEYS: dict[str, tuple[str, ...]] = {
    "equals": ("value",),
    "not_equals": ("value",),
    "contains": ("value",),
    "and": ("filters",),
    "or": ("filters",),
    "not": ("filter",),
    "field_accessor": ("field", "filter"),
    "any_array_value": ("filter",),
}
_TYPES: dict[str, Callable[[Filter, Any], bool]] = {
    "equals": lambda condition, value: bool(value == condition["value"]),
    "not_equals": lambda condition, value: bool(value != condition["value"]),
    "is_null": lambda condition, value: value is None,
    "non_null": lambda condition, value: value is not None,
    "contains": _contains,
    "and": lambda condition, value: all(matches(each, value) for each in condition["filters"]),
    "or": lambda condition, value: any(matches(each, value) for each in condition["filters"]),
    "not": lambda condition, value: not matches(condition["filter"], value),
    "field_accessor": _field,
    "any_array_value": _any_value,
}
