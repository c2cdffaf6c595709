"""What a person types into a field of the user interface, as the JSON value that the API would be sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.contract import ControlError
from sandbox.zoho.fields import Field


def typed(field: Field, value: Any) -> Any:
    """Return the JSON value; raise ControlError for what does not fit. Times without offset are UTC."""
    if value in (None, ""):
        return None
    read = READERS.get(field.type)
    try:
        return read(value) if read else str(value) if not isinstance(value, list) else value
    except ValueError as error:
        raise ControlError(f"{value} is no {field.type} for field {field.name}") from error


def number(value: Any) -> int | float:
    """Return a number without a fraction of zero."""
    found = float(str(value))
    return int(found) if found.is_integer() else found


def _time(value: Any) -> str:
    moment = datetime.fromisoformat(str(value)).replace(microsecond=0)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _date(value: Any) -> str:
    return datetime.fromisoformat(str(value)).date().isoformat()


def _flag(value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError(value)
    return str(value).lower() == "true"


READERS: dict[str, Callable[[Any], Any]] = {
    "currency": number,
    "double": number,
    "percent": number,
    "integer": number,
    "datetime": _time,
    "date": _date,
    "boolean": _flag,
}
