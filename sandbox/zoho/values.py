"""Values of fields: how a written one is checked and what of it is stored. How it is shown: showing.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.zoho.clock import parse_date, parse_time
from sandbox.zoho.errors import Problem
from sandbox.zoho.fields import Field

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
Check = Callable[[Field, Any, str], Any]
_ID = re.compile(r"\d{1,19}")


def stored(field: Field, value: Any, path: str) -> Any:
    """Return what is kept of a JSON value, None for an empty one; raises Problem. Lookups become ids."""
    if value is None or value == "":
        return None
    check: Check = _BY_TYPE.get(field.type, _text)
    return check(field, value, path)


def record_id(value: Any) -> int | None:
    """Return an id given as a string of digits, or None: a number would lose its last digits elsewhere."""
    return int(value) if isinstance(value, str) and _ID.fullmatch(value) else None


def wrong_type(field: Field, expected: str, path: str) -> Problem:
    """Return the refusal of a value of another JSON type."""
    return Problem(
        "INVALID_DATA", {"expected_data_type": expected, "api_name": field.name, "json_path": path}
    )


def _text(field: Field, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise wrong_type(field, "text", path)
    if len(value) > field.size:
        details = {"maximum_length": field.size, "api_name": field.name, "json_path": path}
        raise Problem("INVALID_DATA", details)
    return value


def _email(field: Field, value: Any, path: str) -> str:
    text = _text(field, value, path)
    if not _EMAIL.fullmatch(text):
        raise wrong_type(field, "email", path)
    return text


def _integer(field: Field, value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(field, "integer", path)
    if abs(value) >= 10**9:
        raise Problem("INVALID_DATA", {"maximum_length": 9, "api_name": field.name, "json_path": path})
    return value


def _bigint(field: Field, value: Any, path: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise wrong_type(field, "bigint", path)
    return value


def _number(field: Field, value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(field, "double", path)
    if abs(value) >= 10**16:
        raise Problem("INVALID_DATA", {"maximum_length": 16, "api_name": field.name, "json_path": path})
    return value if isinstance(value, int) else int(value) if value.is_integer() else value


def _boolean(field: Field, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(field, "boolean", path)
    return value


def _date(field: Field, value: Any, path: str) -> str:
    try:
        return parse_date(value)
    except (TypeError, ValueError) as error:
        raise wrong_type(field, "date", path) from error


def _datetime(field: Field, value: Any, path: str) -> int:
    try:
        return parse_time(value)
    except (TypeError, ValueError) as error:
        raise wrong_type(field, "datetime", path) from error


def _options(field: Field, value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise wrong_type(field, "jsonarray", path)
    return list(value)


def _lookup(field: Field, value: Any, path: str) -> int:
    if not isinstance(value, dict):
        raise wrong_type(field, "jsonobject", path)
    id = record_id(value.get("id"))
    if id is None:
        details = {"api_name": "id", "json_path": f"{path}.id", "expected_data_type": "bigint"}
        raise Problem("INVALID_DATA", details)
    return id


_BY_TYPE: dict[str, Check] = {
    "email": _email,
    "integer": _integer,
    "bigint": _bigint,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "multiselectpicklist": _options,
    "lookup": _lookup,
    "ownerlookup": _lookup,
}
