"""How values are written in YAML so that this program, and every other one, reads them back as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mapping.document import Plain
from mapping.traps import key_trap, read_plain

WIDEST = 110
"""Characters of a line; longer tables and lists are written a line an entry."""

_BARE = re.compile(r"[\w./$(](?:[\w ./$()+@%&*!?'\"-]*[\w./$()+@%!?-])?")
"""What needs no quotes anywhere: no sign of YAML where it could be taken for one."""

_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True)
class Written:
    """A value behind its colon or dash, and the lines below where it needs some, without their indentation."""

    inline: str
    below: tuple[str, ...] = ()


def word(text: str, quote: str = "") -> str:
    """A text in one line, without quotes where none are needed; `quote` is what stood there before."""
    value, trap = read_plain(text)
    if not quote and value == text and trap is None and _BARE.fullmatch(text):
        return text
    if quote == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def key_word(text: str, path: Sequence[str | int]) -> str:
    """A key of the table at this path."""
    bare = re.fullmatch(r"[^\W\d][\w.-]*", text) and key_trap(text, tuple(path)) is None
    return text if bare else '"' + "".join(map(_escaped, text)) + '"'


def scalar(value: Plain, quote: str = "") -> str:
    """A text, number or switch in one line. Raises TypeError for what the files cannot hold."""
    if isinstance(value, str):
        return word(value, quote)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    raise TypeError(f"{type(value).__name__} cannot stand in a file")


def flow(value: Plain, quote: str = "") -> str:
    """Any value in one line, tables and lists in braces and brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_word(key, ())}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value, quote)


def block(value: Plain, room: int = WIDEST, quote: str = "") -> Written:
    """A value behind a key or dash that stands in a line of its own."""
    if isinstance(value, str) and _several_lines(value):
        return _literal(value)
    if not isinstance(value, (dict, list)) or fits(value, room):
        return Written(flow(value, quote))
    return Written("", tuple(lines(value, room)))


def fits(value: Plain, room: int = WIDEST) -> bool:
    """Whether a value may stand in one line."""
    return not value or (len(flow(value)) <= room and not _has_lines(value))


def lines(value: dict[str, Plain] | list[Plain], room: int = WIDEST) -> list[str]:
    """A table or list, a line an entry."""
    if isinstance(value, list):
        return [line for inner in value for line in item(inner, room)]
    return [line for key, inner in value.items() for line in keyed(key, inner, room)]


def keyed(key: str, value: Plain, room: int = WIDEST, path: Sequence[str | int] = ()) -> list[str]:
    """An entry of a table, as lines."""
    name = key_word(key, path)
    return _headed(f"{name}:", block(value, room - len(name) - 2))


def item(value: Plain, room: int = WIDEST, *, flat: bool | None = None) -> list[str]:
    """An entry of a list, as lines; a table in one line where it fits, unless told."""
    one_line = fits(value, room - 2) if flat is None else flat or not value
    if isinstance(value, (dict, list)) and not one_line:
        first, *more = lines(value, room - 2)
        return [f"- {first}", *(f"  {line}" if line else "" for line in more)]
    if isinstance(value, (dict, list)):
        return [f"- {flow(value)}"]
    return _headed("-", block(value, room - 2))


def _headed(head: str, written: Written) -> list[str]:
    first = f"{head} {written.inline}".rstrip()
    return [first, *(f"  {line}" if line else "" for line in written.below)]


def _several_lines(text: str) -> bool:
    """Whether a text can be written as it is, a line a line."""
    rows = text.removesuffix("\n").split("\n")
    fit = all(row.isprintable() and row == row.rstrip() for row in rows)
    return "\n" in text and fit and bool(rows[0]) and not rows[0].startswith(" ") and bool(rows[-1])


def _has_lines(value: Plain) -> bool:
    if isinstance(value, dict):
        return any(map(_has_lines, value.values()))
    if isinstance(value, list):
        return any(map(_has_lines, value))
    return isinstance(value, str) and _several_lines(value)


def _literal(text: str) -> Written:
    return Written("|" if text.endswith("\n") else "|-", tuple(text.removesuffix("\n").split("\n")))


def _escaped(letter: str) -> str:
    if letter in _ESCAPED:
        return _ESCAPED[letter]
    if letter.isprintable() and letter != "\ufeff":
        return letter
    code = ord(letter)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
