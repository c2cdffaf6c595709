"""Reads calls strictly: unknown parameters, wrong types and pages over the cap are refused, as malformed."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sandbox.call import Call, Refusal
from sandbox.hubspot.errors import error, invalid
from sandbox.hubspot.kinds import KIND_BY_NAME, Kind

Body = TypeVar("Body", bound=BaseModel)
JSON_TYPES = ("application/json", "*/*")


class Query:
    """The query parameters of a call; only the allowed ones are let through."""

    def __init__(self, call: Call, *allowed: str) -> None:
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in call.query:
            if name not in allowed:
                raise invalid(f"Unknown query parameter: {name}")
            self._values[name].append(value)

    def text(self, name: str) -> str | None:
        """Return a single value; an empty one counts as not given."""
        values = self._values[name]
        if len(values) > 1:
            raise invalid(f"Query parameter {name} was given more than once")
        return values[0] or None if values else None

    def names(self, name: str) -> tuple[str, ...]:
        """Return a list, written as repeated parameters or with commas or both."""
        parts = [part.strip() for value in self._values[name] for part in value.split(",")]
        return tuple(dict.fromkeys(part for part in parts if part))

    def flag(self, name: str) -> bool:
        """Return a boolean in any case, false when not given."""
        text = (self.text(name) or "false").lower()
        if text not in ("true", "false"):
            raise invalid(f"Unable to parse value for query parameter: {name}")
        return text == "true"

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number within its bounds."""
        text = self.text(name)
        if text is None:
            return default
        if not text.isdigit():
            raise invalid(f"Unable to parse value for query parameter: {name}")
        if not low <= int(text) <= high:
            raise invalid(f"Invalid {name}: {text} (must be between {low} and {high})")
        return int(text)

    def cursor(self) -> int:
        """Return `after` as the id it is, 0 when not given."""
        text = self.text("after") or "0"
        if not text.isdigit():
            raise invalid("Unable to parse value for query parameter: after")
        return int(text)


def nothing(call: Call) -> None:
    """Refuse any query parameter."""
    Query(call)


def read_body(call: Call, model: type[Body]) -> Body:
    """Return the decoded body; refuse what is not JSON or not of this form."""
    check_json_type(call)
    try:
        return model.model_validate_json(call.body)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise invalid(f"Invalid input JSON on line 1, column 1: {place}: {first['msg']}") from problem


def check_json_type(call: Call) -> None:
    """Refuse a body whose type is not given as JSON."""
    content_type = call.headers.get("content-type", "").partition(";")[0].strip()
    if content_type not in JSON_TYPES:
        raise Refusal(error(415, f"Unsupported media type: {content_type or 'none'}"), "malformed")


def kind_named(name: str) -> Kind:
    """Return an object type by plural, singular or type id."""
    if name not in KIND_BY_NAME:
        raise invalid(f"Unable to infer object type from: {name}")
    return KIND_BY_NAME[name]


def object_id(text: str) -> int:
    """Return a record id; refuse what is not digits."""
    if not text.isdigit():
        raise invalid(f"Unable to parse value for path parameter: {text} is not an object id")
    return int(text)
