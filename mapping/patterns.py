"""Regular expressions of the YAML, run so that no pattern and no value can hang the house.

They run on Rust's `regex` engine, which pydantic brings along: linear time, but no look-around.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

MAX_LENGTH = 200


class PatternError(ValueError):
    """The pattern is too long or not one."""


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def check_pattern(pattern: str) -> None:
    """Return if the pattern can be used; raises PatternError with the reason if not."""
    if not pattern or len(pattern) > MAX_LENGTH:
        raise PatternError(f"it must have 1 to {MAX_LENGTH} characters")
    try:
        _compiled(pattern)
    except SchemaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise PatternError(lines[-1].removeprefix("error: ")) from error


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text; `^` and `$` tie it to the ends."""
    return _compiled(pattern).isinstance_python(text)
