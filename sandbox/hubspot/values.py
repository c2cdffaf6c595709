"""Property values, always text: how a written one is checked and stored, how a stored one compares."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sandbox.hubspot.properties import Property

DAY = 86_400_000


class InvalidValue(Exception):
    """A value the property cannot hold; `code` is HubSpot's name for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def iso(ms: int) -> str:
    """Return a time in the API's form: UTC, milliseconds left out when they are zero."""
    moment = _seconds(ms // 1000)
    return f"{moment}.{ms % 1000:03d}Z" if ms % 1000 else f"{moment}Z"


@lru_cache(4096)
def _seconds(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def as_ms(text: str) -> int:
    """Return epoch milliseconds of a time in either written form; raise ValueError when it is neither."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return round(moment.timestamp() * 1000)


def stored(definition: Property, value: Any, current: str | None = None) -> str:
    """Return the text to store; raise InvalidValue. `current` is what ";a" in a multi-select appends to."""
    if isinstance(value, (list, dict)):
        raise InvalidValue("INVALID_STRING", f"{definition.name} must be a string")
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if text == "":
        return ""
    return _BY_TYPE.get(definition.type, _text)(definition, text, current)


def comparable(definition: Property, text: str) -> float | str:
    """Return a sort and filter key of a value; raise ValueError when it does not fit the type."""
    if definition.type in ("datetime", "date"):
        return as_ms(text)
    if definition.type == "number":
        return float(text)
    return text if definition.type == "enumeration" else text.lower()


def _text(definition: Property, text: str, current: str | None) -> str:
    if len(text) > 65_536:
        raise InvalidValue("INVALID_LENGTH", f"{definition.name} is longer than 65536 characters")
    return text


def _number(definition: Property, text: str, current: str | None) -> str:
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return text
    raise InvalidValue("INVALID_LONG", f"{text} was not a valid number.")


def _bool(definition: Property, text: str, current: str | None) -> str:
    if text.lower() in ("true", "false"):
        return text.lower()
    raise InvalidValue("INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]")


def _datetime(definition: Property, text: str, current: str | None) -> str:
    try:
        return iso(as_ms(text))
    except ValueError as error:
        raise InvalidValue("INVALID_LONG", f"{text} was not a valid long.") from error


def _date(definition: Property, text: str, current: str | None) -> str:
    try:
        ms = as_ms(text)
    except ValueError as error:
        raise InvalidValue("INVALID_DATE", f"{text} is not a valid date.") from error
    if ms % DAY:
        raise InvalidValue("INVALID_DATE", f"{text} is at a time of day, not midnight UTC")
    return iso(ms)[:10]


def _option(definition: Property, text: str, current: str | None) -> str:
    if not definition.options:
        return text
    chosen = [part for part in text.split(";") if part] if definition.field_type == "checkbox" else [text]
    allowed = [value for value, _ in definition.options]
    for part in chosen:
        if part not in allowed:
            message = f"{part} was not one of the allowed options: [{', '.join(allowed)}]"
            raise InvalidValue("INVALID_OPTION", message)
    if text.startswith(";") and current:
        chosen = list(dict.fromkeys([*current.split(";"), *chosen]))
    return ";".join(chosen)


_BY_TYPE = {"number": _number, "bool": _bool, "datetime": _datetime, "date": _date, "enumeration": _option}
