"""The small types of the YAML files: names, durations, secrets ... Each refuses with a code and words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from mapping.ruleset import Duration, Mode
from mapping.traps import look_alikes

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""The name of an environment variable that holds a value, such as `${HUBSPOT_TOKEN}`."""

_ASCII_MARKS = r"\s!-,./:-@\[-^`{-~"  # all but `_` and `-`
_NAME = rf"^[^\d\-{_ASCII_MARKS}][^{_ASCII_MARKS}]*$"
_CONNECTION = r"^[a-z0-9][a-z0-9_-]{0,59}$"
_DURATION = r"^[1-9][0-9]{0,3}[mhdw]$"
_RATE = r"^([1-9][0-9]{0,3}) per ([1-9][0-9]{0,3}[mhdw])$"
_PERCENT = r"^([1-9][0-9]?|100)%$"
_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$"
_SECRET = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise PydanticCustomError("text-expected", "expected text")


def _matching(kind: str, pattern: str, what: str) -> Callable[[object], str]:
    """A check for texts of this form; `kind` is the problem's code."""
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        text = _text(value)
        if not compiled.fullmatch(text):
            raise PydanticCustomError(kind, "{text} is not {what}", {"text": repr(text), "what": what})
        return text

    return check


def _one_script(value: object) -> str:
    """A word all of whose letters belong to one alphabet."""
    word = _text(value)
    strange = look_alikes(word)
    if strange:
        context = {"word": repr(word), "letters": ", ".join(dict.fromkeys(strange))}
        message = "{word} mixes Latin letters with look-alikes of another alphabet: {letters}"
        raise PydanticCustomError("look-alike-letters", message, context)
    return word


def _pattern(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Name = Annotated[
    str,
    PlainValidator(_matching("bad-name", _NAME, "a name: use letters, digits, _ and -")),
    BeforeValidator(_one_script),
    _pattern(_NAME),
]
ConnectionName = Annotated[
    str,
    PlainValidator(_matching("bad-name", _CONNECTION, "a connection's name: use a-z, 0-9, _ and -")),
    BeforeValidator(_one_script),
    _pattern(_CONNECTION),
]


def _not_blank(value: object) -> str:
    text = _text(value)
    if not text.strip():
        raise PydanticCustomError("empty-value", "an empty text")
    return text


Text = Annotated[
    str, PlainValidator(_not_blank), WithJsonSchema({"type": "string", "minLength": 1, "pattern": r"\S"})
]


def _remote_id(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _not_blank(value)


RemoteId = Annotated[
    str,
    PlainValidator(_remote_id),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"\S"}, {"type": "integer"}]}),
]
"""An id of the CRM: text, or a whole number as it is."""


def parse_duration(text: str) -> Duration:
    """`30m`, `4h`, `3d`, `2w`; raises ValueError for anything else."""
    if not re.fullmatch(_DURATION, text):
        raise ValueError(text)
    unit: Any = text[-1]
    return Duration(int(text[:-1]), unit)


def _duration(value: object) -> Duration:
    try:
        return parse_duration(_text(value))
    except (ValueError, PydanticCustomError) as error:
        message = "{value} is not a duration: write 30m, 4h, 3d or 2w"
        raise PydanticCustomError("bad-duration", message, {"value": repr(value)}) from error


DurationText = Annotated[Duration, PlainValidator(_duration), _pattern(_DURATION)]


def _rate(value: object) -> tuple[int, Duration]:
    found = re.fullmatch(_RATE, value) if isinstance(value, str) else None
    if found is None:
        message = "{value} is not a rate: write for instance 3 per 1h"
        raise PydanticCustomError("bad-rate", message, {"value": repr(value)})
    return int(found[1]), parse_duration(found[2])


Rate = Annotated[tuple[int, Duration], PlainValidator(_rate), _pattern(_RATE)]


def _percent(value: object) -> int:
    found = re.fullmatch(_PERCENT, value) if isinstance(value, str) else None
    if found is None:
        message = "{value} is not a percentage: write for instance 50%"
        raise PydanticCustomError("bad-percent", message, {"value": repr(value)})
    return int(found[1])


Percent = Annotated[int, PlainValidator(_percent), _pattern(_PERCENT)]


def _clock(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(_CLOCK, value):
        message = '{value} is not a time of day: write for instance "09:00"'
        raise PydanticCustomError("bad-time", message, {"value": repr(value)})
    return time.fromisoformat(value)


Clock = Annotated[time, PlainValidator(_clock), _pattern(_CLOCK)]


def _date(value: object) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(_DATE, value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    message = "{value} is not a date: write for instance 2026-12-24"
    raise PydanticCustomError("bad-date", message, {"value": repr(value)})


Date = Annotated[
    date, PlainValidator(_date), WithJsonSchema({"type": "string", "pattern": _DATE, "format": "date"})
]


def _decimal(value: object) -> Decimal:
    """A number, quoted or not; `read_plain` has refused the forms that could be mistaken."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and re.fullmatch(_DECIMAL, value):
        return Decimal(value)
    message = "{value} is not a number: write for instance 1000"
    raise PydanticCustomError("number-expected", message, {"value": repr(value)})


_DECIMAL = r"^-?[0-9]{1,25}(\.[0-9]{1,12})?$"

Number = Annotated[
    Decimal,
    PlainValidator(_decimal),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": _DECIMAL}]}),
]


def _email(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(_EMAIL, text):
        raise PydanticCustomError("bad-email", "{text} is not an e-mail address", {"text": repr(text)})
    return text.lower()


Email = Annotated[
    str,
    PlainValidator(_email),
    _pattern(_EMAIL),
]


_CURRENCY = r"^[A-Z]{3}$"

CurrencyCode = Annotated[
    str,
    PlainValidator(_matching("bad-currency", _CURRENCY, "a currency: write three letters, such as EUR")),
    _pattern(_CURRENCY),
]


def _reference(value: object) -> str:
    """A text that may name environment variables; everything else with `${` is a slip of the pen."""
    text = _not_blank(value)
    if "${" in REFERENCE.sub("", text):
        raise PydanticCustomError("bad-reference", "a variable of the environment is written ${NAME}")
    return text


def _secret(value: object) -> str:
    text = _reference(value)
    if not REFERENCE.search(text):
        message = "a secret must not stand in the file: write ${NAME} and set NAME in the environment or .env"
        raise PydanticCustomError("secret-in-file", message)
    return text


Setting = Annotated[str, PlainValidator(_reference), WithJsonSchema({"type": "string", "pattern": r"\S"})]
Secret = Annotated[str, PlainValidator(_secret), _pattern(_SECRET)]


def _mode(value: object) -> Mode:
    try:
        return Mode(_text(value))
    except ValueError as error:
        expected = ", ".join(repr(mode.value) for mode in Mode)
        raise PydanticKnownError("literal_error", {"expected": expected}) from error


ModeWord = Annotated[
    Mode, PlainValidator(_mode), WithJsonSchema({"type": "string", "enum": [mode.value for mode in Mode]})
]
Language = Literal["en", "ru", "uk", "bg"]
Names = Annotated[list[Name], Field(min_length=1)]
