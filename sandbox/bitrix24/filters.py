"""Filters and orders of list methods, compiled once a call into plain functions over records."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any, Final, TypeAlias

from . import clock
from .errors import invalid_argument
from .fields import Field
from .php import pairs_of, to_int, values_of

Values: TypeAlias = Mapping[str, Any]
Test: TypeAlias = Callable[[Values], bool]
Find: TypeAlias = Callable[[str], Field | None]

_KEY: Final = re.compile(r"^(>=|<=|!=%|!%=|!%|!=|!@|=%|%=|[><=@%!])?(.*)$", re.DOTALL)
_INTEGERS: Final = frozenset(
    {"integer", "user", "crm_company", "crm_contact", "crm_category", "crm_lead", "crm_quote", "enumeration"}
)
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Filtering:
    """How one method filters: its fields, what it does with an unknown one, and how it reads dates."""

    find: Find
    zone: timezone
    strict: bool = True
    date_filter: str = "iso"

    def compile(self, conditions: Any) -> Test:
        """Return the test a filter stands for; raises RestError for a field that cannot be filtered by."""
        parts = pairs_of(conditions)
        either = str(parts.pop("logic", parts.pop("LOGIC", "AND"))).upper() == "OR"
        tests = [test for key, value in parts.items() if (test := self._part(key, value)) is not None]
        if either:
            return lambda values: any(test(values) for test in tests)
        return lambda values: all(test(values) for test in tests)

    def _part(self, key: str, value: Any) -> Test | None:
        if key.isdigit():
            return self.compile(value)
        match = _KEY.match(key)
        prefix, name = (match[1] or "=", match[2]) if match else ("=", key)
        field = self.find(name)
        if field is None:
            if self.strict:
                raise invalid_argument(f"Invalid filter: field '{name}' is not allowed in filter")
            return None
        return self._test(field, prefix, value)

    def _test(self, field: Field, prefix: str, value: Any) -> Test | None:
        if self._ignores(field, value):
            return None
        if "%" in prefix:
            return _like(field, prefix, str(value))
        wanted = [self._operand(field, one) for one in values_of(value)] or [self._operand(field, value)]
        if prefix in _COMPARE:
            return _ordered(field, _COMPARE[prefix], wanted[0])
        return _among(field, wanted, negated=prefix.startswith("!"))

    def _ignores(self, field: Field, value: Any) -> bool:
        """Say whether this portal drops the condition: an offset it does not honour."""
        return self.date_filter == "plain" and field.type == "datetime" and clock.has_offset(str(value))

    def _operand(self, field: Field, value: Any) -> Any:
        if field.type in _INTEGERS:
            return to_int(value)
        if value is None or value == "":
            return None
        read: Callable[[Any, timezone], Any] = _OPERANDS.get(field.type, _text)
        try:
            return read(value, self.zone)
        except ValueError as problem:
            raise invalid_argument(f"Invalid filter: field '{field.name}' has invalid value") from problem


def _text(value: Any, zone: timezone) -> str:
    return str(value).casefold()


def _boolean(value: Any, zone: timezone) -> str:
    return {"1": "y", "0": "n"}.get(str(value), str(value)).casefold()


_OPERANDS: Final[dict[str, Callable[[Any, timezone], Any]]] = {
    "double": lambda value, zone: float(value),
    "datetime": lambda value, zone: clock.read(str(value), zone),
    "date": lambda value, zone: clock.read_date(str(value)),
    "boolean": _boolean,
}


def _kept(field: Field, values: Values) -> Any:
    value = values.get(field.name, field.default)
    if isinstance(value, list | tuple):
        return [one.casefold() if isinstance(one, str) else one for one in value]
    return value.casefold() if isinstance(value, str) and field.type != "date" else value


def _ordered(field: Field, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    def test(values: Values) -> bool:
        value = _kept(field, values)
        return value is not None and wanted is not None and compare(value, wanted)

    return test


def _among(field: Field, wanted: list[Any], *, negated: bool) -> Test:
    empty = field.type in _INTEGERS and 0 in wanted

    def test(values: Values) -> bool:
        value = _kept(field, values)
        if isinstance(value, list):
            found = any(one in wanted for one in value) or (not value and None in wanted)
        else:
            found = value in wanted or (value is None and empty) or (value == "" and None in wanted)
        return found != negated

    return test


def _like(field: Field, prefix: str, pattern: str) -> Test:
    whole = "=" in prefix
    parts = [re.escape(part) for part in pattern.casefold().split("%")] if whole else []
    found = re.compile(".*".join(parts) if whole else f".*{re.escape(pattern.casefold())}.*", re.DOTALL)

    def test(values: Values) -> bool:
        value = _kept(field, values)
        return (found.fullmatch("" if value is None else str(value)) is not None) != prefix.startswith("!")

    return test


def compile_order(order: Any, find: Find, *, strict: bool = True) -> list[tuple[Field, bool]]:
    """Return the fields to sort by and whether each descends; raises RestError for a bad one."""
    result = []
    for name, direction in pairs_of(order).items():
        field = find(name)
        if field is None:
            if strict:
                raise invalid_argument(f"Invalid order: field '{name}' is not allowed in order")
            continue
        if strict and str(direction).upper() not in ("ASC", "DESC"):
            raise invalid_argument(
                "Invalid order: allowed sort directions are ASC, DESC."
                f" But got '{direction}' for field '{name}'"
            )
        result.append((field, str(direction).upper() == "DESC"))
    return result


def sort_key(field: Field) -> Callable[[Values], tuple[bool, Any]]:
    """Return a key that sorts records by one field, empty values first as the database does."""

    def key(values: Values) -> tuple[bool, Any]:
        value = _kept(field, values)
        return (value is not None, 0 if value is None else value)

    return key
