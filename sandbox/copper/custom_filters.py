"""The `custom_fields` of a search body: tests of custom field values, by the type of the field."""

from typing import Any, Final

from .account import Account
from .custom_fields import Definition
from .errors import Invalid
from .filters import Test, number_of, numbers_of
from .kinds import Kind
from .tables import Values

_KEYS: Final = frozenset(
    {"custom_field_definition_id", "value", "minimum_value", "maximum_value", "option", "allow_empty"}
)
_RANGES: Final = ("Date", "Percentage", "Currency")


def tests_of(account: Account, kind: Kind, given: Any) -> list[Test]:
    """Return a test for each entry; raises Invalid. Text fields cannot be searched."""
    if not isinstance(given, list):
        raise Invalid("is not a list", malformed=True)
    return [_test(account, kind, entry) for entry in given]


def _test(account: Account, kind: Kind, entry: Any) -> Test:
    if not isinstance(entry, dict) or not set(entry) <= _KEYS:
        raise Invalid("is invalid", malformed=True)
    id = entry.get("custom_field_definition_id")
    definition = account.definitions.by_id.get(id) if type(id) is int else None
    if definition is None or kind.singular not in definition.available_on:
        raise Invalid("custom field definition is invalid", malformed=True)
    if definition.data_type in _RANGES:
        return _range(definition, entry)
    if definition.data_type in ("Dropdown", "MultiSelect"):
        return _choice(definition, entry)
    return _exactly(definition, entry)


def _value(definition: Definition, values: Values) -> Any:
    return values["custom_fields"].get(definition.id, definition.unset)


def _range(definition: Definition, entry: dict[str, Any]) -> Test:
    if not {"minimum_value", "maximum_value"} & entry.keys():
        raise Invalid("minimum_value or maximum_value is needed", malformed=True)
    least = number_of(entry.get("minimum_value", float("-inf")))
    most = number_of(entry.get("maximum_value", float("inf")))

    def test(values: Values) -> bool:
        value = _value(definition, values)
        return value is not None and least <= value <= most

    return test


def _exactly(definition: Definition, entry: dict[str, Any]) -> Test:
    if definition.data_type not in ("Float", "Checkbox") or "value" not in entry:
        raise Invalid(f"{definition.data_type} fields cannot be searched", malformed=True)
    wanted = entry["value"]
    if definition.data_type == "Checkbox":
        if not isinstance(wanted, bool):
            raise Invalid("is not a boolean", malformed=True)
    else:
        wanted = float(number_of(wanted))
    return lambda values: _value(definition, values) == wanted


def _choice(definition: Definition, entry: dict[str, Any]) -> Test:
    wanted, option = numbers_of(entry.get("value", [])), entry.get("option", "ANY")
    empty = bool(entry.get("allow_empty"))
    if option not in ("ANY", "ALL", "NONE"):
        raise Invalid("option is not included in the list", malformed=True)

    def test(values: Values) -> bool:
        value = _value(definition, values)
        chosen = set(value) if isinstance(value, list) else {value} - {None}
        if not chosen:
            return empty or option == "NONE"
        matches = {"ANY": bool(chosen & wanted), "ALL": wanted <= chosen, "NONE": not chosen & wanted}
        return matches[str(option)]

    return test
