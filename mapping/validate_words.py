"""Says in plain words what a value in a file should have been: pydantic's findings, for an admin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic_core import ErrorDetails

from mapping.document import Path
from mapping.problems import nearest, unknown

_ADDED = re.compile(r"<\w+>|\[key\]")


@dataclass(frozen=True)
class Words:
    """A problem without its place."""

    code: str
    message: str
    hint: str | None = None
    at_key: bool = False


def path_of(detail: ErrorDetails) -> Path:
    """Where the value stands; what pydantic adds about its own unions and keys is left out."""
    return tuple(step for step in detail["loc"] if not (isinstance(step, str) and _ADDED.fullmatch(step)))


def describe(detail: ErrorDetails, known: Mapping[Path, tuple[str, ...]]) -> Words:
    """The problem in words; `known` has the keys of each table that was read."""
    path, kind = path_of(detail), detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, known)
    if kind == "missing":
        return Words("missing-key", f"{path[-1]!r} is missing here", _shape_hint(path, known), at_key=True)
    if detail["loc"][-1] == "[key]":
        return Words(kind, detail["msg"], at_key=True)
    if kind in _EXPECTED:
        code, expected = _EXPECTED[kind]
        return Words(
            code, f"expected {expected}, found {_seen(detail['input'])}", _quote_hint(code, detail["input"])
        )
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        return _unknown_word(path, detail)
    if kind in {"too_short", "too_long"}:
        return _wrong_length(path, detail)
    if kind.startswith(("greater_than", "less_than")):
        return Words("number-out-of-range", f"{path[-1]!r}: {detail['msg'].lower()}")
    return Words(kind, detail["msg"])


_EXPECTED: Mapping[str, tuple[str, str]] = {
    "text-expected": ("text-expected", "text"),
    "value-expected": ("value-expected", "a text, a number, true or false"),
    "string_type": ("text-expected", "text"),
    "int_type": ("number-expected", "a whole number"),
    "int_from_float": ("number-expected", "a whole number"),
    "bool_type": ("true-or-false-expected", "true or false"),
    "list_type": ("list-expected", "a list, such as [a, b]"),
    "dict_type": ("table-expected", "a table with keys"),
    "model_type": ("table-expected", "a table with keys"),
    "model_attributes_type": ("table-expected", "a table with keys"),
    "union_tag_not_found": ("condition-expected", "a field, a test of a field, any_of or all_of"),
}


def _seen(value: Any) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return f"the number {value}"
    return f"the text {str(value)[:40]!r}"


def _quote_hint(code: str, value: Any) -> str | None:
    if code == "text-expected" and isinstance(value, (int, Decimal)):
        return f'write "{str(value).lower()}"'
    return None


def _unknown_key(path: Path, known: Mapping[Path, tuple[str, ...]]) -> Words:
    message, hint = unknown("key", str(path[-1]), known.get(path[:-1], ()))
    return Words("unknown-key", message, hint, at_key=True)


def _shape_hint(path: Path, known: Mapping[Path, tuple[str, ...]]) -> str | None:
    keys = known.get(path[:-1])
    return f"known keys: {', '.join(keys)}" if keys else None


def _unknown_word(path: Path, detail: ErrorDetails) -> Words:
    context = detail.get("ctx", {})
    choices = str(context.get("expected") or context.get("expected_tags") or "")
    words = [word.strip(" '") for word in choices.replace(" or ", ", ").split(",")]
    name = str(path[-1] if path and isinstance(path[-1], str) else path[-2] if len(path) > 1 else "word")
    value = context.get("tag", detail["input"])
    if not isinstance(value, str):
        return Words("unknown-word", f"expected one of {', '.join(words)}, found {_seen(value)}")
    meant = nearest(value, words)
    message = f"unknown {name} {value!r}" + (f" - did you mean {meant!r}?" if meant else "")
    return Words("unknown-word", message, f"known: {', '.join(words)}")


def _wrong_length(path: Path, detail: ErrorDetails) -> Words:
    if detail["type"] == "too_long":
        return Words("one-field-each", "one condition names one field", "give each field an entry of its own")
    return Words("empty-list", f"{path[-1]!r} is empty", "fill it in, or leave the line out")
