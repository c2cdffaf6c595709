"""The tests that a condition may put to one field's value, one function a test. Their words: condition_words.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from mapping.model import Value
from mapping.patterns import matches
from mapping.ruleset import Duration

Operand = str | tuple[str, ...]
Test = Callable[[Value, Operand, datetime | None], bool | None]

TEXTUAL = frozenset({"none_of"})
"""Tests that say nothing about what an empty field lacks."""


def is_filled(value: Value) -> bool:
    """Whether anything stands there; 0 and false do, blanks and empty lists do not."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != []


def as_number(value: Value) -> Decimal | None:
    """The number that a value is, None if it is none. A comma is never guessed at."""
    if value is None or isinstance(value, (bool, list)):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_moment(value: Value) -> date | datetime | None:
    """The day, or the instant in UTC, that a value is; a time without zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _texts(value: Value) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one).strip() for one in values]


def _same(text: str, operand: str) -> bool:
    if text.casefold() == operand.strip().casefold():
        return True
    number = as_number(text)
    return number is not None and number == as_number(operand)


def _at_least(value: Value, operand: Operand, now: datetime | None) -> bool:
    number = as_number(value)
    return number is not None and number >= Decimal(str(operand))


def _at_most(value: Value, operand: Operand, now: datetime | None) -> bool:
    number = as_number(value)
    return number is not None and number <= Decimal(str(operand))


def _one_of(value: Value, operand: Operand, now: datetime | None) -> bool:
    return any(_same(text, choice) for text in _texts(value) for choice in operand)


def _none_of(value: Value, operand: Operand, now: datetime | None) -> bool:
    return not _one_of(value, operand, now)


def _matches(value: Value, operand: Operand, now: datetime | None) -> bool:
    return any(matches(str(operand), text) for text in _texts(value))


def _before(value: Value, operand: Operand, now: datetime | None) -> bool | None:
    distance = _distance(value, str(operand), now)
    return None if distance is None else distance < timedelta(0)


def _after(value: Value, operand: Operand, now: datetime | None) -> bool | None:
    distance = _distance(value, str(operand), now)
    return None if distance is None else distance > timedelta(0)


def _distance(value: Value, operand: str, now: datetime | None) -> timedelta | None:
    """How much later than the operand the value is; zero if it is no moment at all, None without a clock.

    Where one of both is a day, days are compared, in UTC.
    """
    limit = _limit(operand, now)
    moment = as_moment(value)
    if limit is None:
        return None
    if moment is None:
        return timedelta(0)
    if isinstance(moment, datetime) and isinstance(limit, datetime):
        return moment - limit
    return _day(moment) - _day(limit)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _limit(operand: str, now: datetime | None) -> date | datetime | None:
    duration = as_duration(operand)
    if duration is None:
        return date.fromisoformat(operand)
    if now is None:
        return None
    return now.astimezone(UTC) + timedelta(minutes=duration.amount * _MINUTES[duration.unit])


_MINUTES: Mapping[str, int] = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}


def as_duration(operand: str) -> Duration | None:
    """The duration that an operand of `before` and `after` is, None if it is a date."""
    for unit in ("m", "h", "d", "w"):
        if operand.endswith(unit):
            return Duration(int(operand[:-1]), unit)
    return None


TESTS: Mapping[str, Test] = {
    "at_least": _at_least,
    "at_most": _at_most,
    "one_of": _one_of,
    "none_of": _none_of,
    "matches": _matches,
    "before": _before,
    "after": _after,
}
"""Each test by its name in the YAML: value, operand and clock to passed; None where it takes a clock."""
