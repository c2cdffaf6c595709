"""The operands of conditions as the admin writes them: lists of values, patterns, moments."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from mapping.file_types import parse_duration
from mapping.patterns import PatternError, check_pattern

_MOMENT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|[1-9][0-9]{0,3}[mhdw])$"


def _operand(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, Decimal)) and str(value).strip():
        return str(value)
    raise PydanticCustomError("value-expected", "expected a text, a number, true or false")


def _pattern(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("text-expected", "expected text")
    try:
        check_pattern(value)
    except PatternError as error:
        message = "this pattern cannot be used: {reason}"
        raise PydanticCustomError("bad-pattern", message, {"reason": str(error)}) from error
    return value


def _moment(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_MOMENT, value):
        try:
            return str(parse_duration(value) if value[-1] in "mhdw" else date.fromisoformat(value))
        except ValueError:
            pass
    message = "{value} is not a date or a duration: write for instance 2026-12-24 or 30d"
    raise PydanticCustomError("bad-moment", message, {"value": repr(value)})


_SCALAR: dict[str, Any] = {
    "anyOf": [{"type": "string", "pattern": r"\S"}, {"type": "number"}, {"type": "boolean"}]
}
Operand = Annotated[str, PlainValidator(_operand), WithJsonSchema(_SCALAR)]
Operands = Annotated[list[Operand], Field(min_length=1)]
Pattern = Annotated[
    str, PlainValidator(_pattern), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200})
]
Moment = Annotated[str, PlainValidator(_moment), WithJsonSchema({"type": "string", "pattern": _MOMENT})]
