"""Reads calls strictly: unknown parameters, wrong types and pages over the cap are refused, as malformed."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sandbox.call import Call
from sandbox.zoho.clock import parse_time
from sandbox.zoho.errors import INVALID_ID, invalid_param, refused
from sandbox.zoho.values import record_id

PAGE = 200


class Query:
    """The query parameters of a call; only the allowed ones are let through."""

    def __init__(self, call: Call, *allowed: str) -> None:
        self._values: dict[str, str] = {}
        for name, value in call.query:
            if name not in allowed:
                raise invalid_param(name, "the parameter given is not known")
            if name in self._values:
                raise invalid_param(name, "the parameter was given more than once")
            self._values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """Return a parameter; an empty one counts as not given."""
        return self._values.get(name) or None

    def names(self, name: str) -> list[str]:
        """Return a list written with commas."""
        return [part.strip() for part in (self.text(name) or "").split(",") if part.strip()]

    def number(self, name: str, default: int, high: int | None = None) -> int:
        """Return a positive whole number."""
        text = self.text(name)
        if text is None:
            return default
        if not text.isdigit() or int(text) < 1:
            raise invalid_param(name, expected_data_type="integer")
        if high is not None and int(text) > high:
            raise invalid_param(name, maximum=high)
        return int(text)

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """Return one of some words."""
        text = self.text(name)
        if text is None:
            return default
        if text not in allowed:
            raise invalid_param(name, supported_values=sorted(allowed))
        return text

    def ids(self, name: str, most: int) -> list[int]:
        """Return a list of ids."""
        texts = self.names(name)
        if len(texts) > most:
            raise refused("LIMIT_EXCEEDED", {"param_name": name, "limit": most})
        found = [record_id(text) for text in texts]
        if None in found:
            raise invalid_param(name, INVALID_ID)
        return [id for id in found if id is not None]


def path_id(call: Call, name: str = "id") -> int:
    """Return an id of the path; refuse what is none."""
    id = record_id(call.params[name])
    if id is None:
        raise refused("INVALID_DATA", {"resource_path_index": 1}, message=INVALID_ID)
    return id


def time_header(call: Call, name: str) -> int | None:
    """Return the epoch second of a header like If-Modified-Since."""
    text = call.headers.get(name)
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        raise refused("INVALID_DATA", {"header": name, "expected_data_type": "datetime"}) from error


def read_json(call: Call, *allowed: str) -> dict[str, Any]:
    """Return the decoded body, an object with no other keys than these."""
    content_type = call.headers.get("content-type", "").partition(";")[0].strip()
    if content_type not in ("", "application/json"):  # the vendor's own client names none
        raise refused("UNABLE_TO_PARSE_DATA_TYPE", {"content_type": content_type})
    try:
        body = call.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise refused("UNABLE_TO_PARSE_DATA_TYPE") from error
    if not isinstance(body, dict):
        raise refused("INVALID_DATA", {"expected_data_type": "jsonobject"})
    for name in body:
        if name not in allowed:
            raise refused("INVALID_DATA", {"api_name": name, "json_path": f"$.{name}"})
    return body


def rows(body: dict[str, Any], key: str, most: int) -> list[dict[str, Any]]:
    """Return the list of objects in a body: `data`, `watch`, ..."""
    given = body.get(key)
    path = {"api_name": key, "json_path": f"$.{key}"}
    if given is None:
        raise refused("MANDATORY_NOT_FOUND", path)
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise refused("INVALID_DATA", path | {"expected_data_type": "jsonarray"})
    if not given:
        raise refused("MANDATORY_NOT_FOUND", path)
    if len(given) > most:
        raise refused("INVALID_DATA", path | {"maximum_length": most})
    return given
