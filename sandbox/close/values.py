"""Checks of single values in request bodies; each returns what is kept or raises Invalid with Close's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.close.clock import is_date, offset_text, parse_ms
from sandbox.close.refusals import MISSING_OBJECT, NOT_A_CHOICE, REQUIRED, invalid


class Invalid(Exception):
    """What is wrong with one value: a text, or a mapping for nested ones."""

    def __init__(self, problem: str | dict[str, Any]) -> None:
        super().__init__(problem)
        self.problem = problem


Check = Callable[[Any], Any]
UNKNOWN_KEY = "Unknown field."


def clean(
    given: Mapping[str, Any], checks: Mapping[str, Check], required: Iterable[str] = (), *, strict: bool
) -> dict[str, Any]:
    """Return the checked values; raise the refusal that names every wrong field.

    `strict` refuses keys without a check; otherwise they are dropped.
    """
    problems: dict[str, Any] = {
        name: REQUIRED for name in required if given.get(name) is None or given[name] == ""
    }
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in problems:
            continue
        check = checks.get(name)
        if check is None:
            if strict:
                problems[name] = UNKNOWN_KEY
            continue
        try:
            values[name] = check(value)
        except Invalid as error:
            problems[name] = error.problem
    if problems:
        raise invalid(problems)
    return values


def _of_type(value: Any, type_: type) -> Any:
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        raise Invalid(f"Value must be of {type_.__name__} type.")
    return value


def text(value: Any) -> str:
    """Take a text; null is an empty one."""
    return "" if value is None else str(_of_type(value, str))


def optional_text(value: Any) -> str | None:
    """Take a text or null."""
    return None if value is None else str(_of_type(value, str))


def boolean(value: Any) -> bool:
    """Take true or false."""
    return bool(_of_type(value, bool))


def whole_number(lowest: int | None = None, highest: int | None = None, *, nullable: bool = True) -> Check:
    """Take an integer, or null; a float is refused even when it is whole."""

    def check(value: Any) -> int | None:
        if value is None and nullable:
            return None
        number = int(_of_type(value, int))
        if lowest is not None and number < lowest:
            raise Invalid(f"The value must be at least {lowest}.")
        if highest is not None and number > highest:
            raise Invalid(f"The value must not be larger than {highest}.")
        return number

    return check


def one_of(choices: Iterable[str]) -> Check:
    """Take one of these texts."""
    allowed = frozenset(choices)

    def check(value: Any) -> str:
        if _of_type(value, str) not in allowed:
            raise Invalid(NOT_A_CHOICE)
        return str(value)

    return check


def reference(exists: Callable[[str], bool], *, nullable: bool = False) -> Check:
    """Take the id of an object that exists."""

    def check(value: Any) -> str | None:
        if value is None and nullable:
            return None
        if value is None:
            raise Invalid(REQUIRED)
        if not exists(_of_type(value, str)):
            raise Invalid(MISSING_OBJECT)
        return str(value)

    return check


def moment(tz_hours: float) -> Check:
    """Take a date, kept as it is, or a date with time, kept in UTC; or null."""

    def check(value: Any) -> str | None:
        if value is None or value == "":
            return None
        try:
            ms = parse_ms(_of_type(value, str), tz_hours)
        except ValueError as error:
            raise Invalid("Could not parse datetime") from error
        return str(value) if is_date(value) else offset_text(ms)

    return check


def list_of(check: Check) -> Check:
    """Take a list; what is wrong with its items is told by their places."""

    def check_all(value: Any) -> list[Any]:
        kept: list[Any] = []
        problems: dict[str, Any] = {}
        for place, item in enumerate(_of_type(value or [], list)):
            try:
                kept.append(check(item))
            except Invalid as error:
                problems[str(place)] = error.problem
        if problems:
            raise Invalid({"errors": problems})
        return kept

    return check_all


def embedded(checks: Mapping[str, Check], required: Iterable[str] = ()) -> Check:
    """Take an object with these keys only."""

    def check(value: Any) -> dict[str, Any]:
        given = _of_type(value, dict)
        problems: dict[str, Any] = {name: REQUIRED for name in required if not given.get(name)}
        kept: dict[str, Any] = {}
        for name, item in given.items():
            if name in problems:
                continue
            if name not in checks:
                problems[name] = UNKNOWN_KEY
                continue
            try:
                kept[name] = checks[name](item)
            except Invalid as error:
                problems[name] = error.problem
        if problems:
            raise Invalid(problems)
        return kept

    return check
