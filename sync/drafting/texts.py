"""Writes guesses as lines of YAML: quoted where needed, comments in one column. Knows no file.

Every guess is followed by how sure it is and why; what a person must look at begins with `unsure:`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapping.document import Plain
from mapping.editing.writing import flow, key_word

UNSURE = "# unsure:"
"""What every guess carries that a person must look at; people search for it."""

LONGEST = 160
"""Characters of a comment; a reason quotes what stands in the CRM, which may be anything."""

WIDEST = 70
"""Where a comment begins at the latest, if its line is not longer."""

ALIGNED = 3
"""How many keys of tables in one line stand under each other."""

Line = tuple[str, str | None]
"""A line of YAML, and its comment."""


def plain(text: str) -> str:
    """A text of the CRM as it may stand in a comment: in one line, without invisible letters, and not too long."""
    seen = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return seen if len(seen) <= LONGEST else f"{seen[:LONGEST]}..."


def comment(confidence: float, reason: str, unsure: bool) -> str:
    """The comment behind a guess: `95%: why`, or `unsure: 40%, why` where a person must look at it."""
    told = f"unsure: {confidence:.0%}, {reason}" if unsure else f"{confidence:.0%}: {reason}"
    return plain(told)


def laid_out(lines: Sequence[Line]) -> str:
    """The lines with their comments in one column."""
    lengths = [len(text) for text, said in lines if said]
    at = min(max(lengths, default=0), WIDEST)
    return "".join(f"{text.ljust(at)}  # {said}\n" if said else f"{text}\n" for text, said in lines)


def table(value: Mapping[str, Plain], widths: Mapping[str, int] | None = None) -> str:
    """A table in one line; a key begins where its width says, counted from the brace."""
    written = "{"
    for place, (key, inner) in enumerate(value.items()):
        written += ", " if place else ""
        written = written.ljust((widths or {}).get(key, 0))
        written += f"{key_word(key, ())}: {flow(inner)}"
    return written + "}"


def columns(rows: Sequence[Mapping[str, Plain]]) -> dict[str, int]:
    """Where the keys of tables in one line begin, if they are to stand under each other."""
    widths: dict[str, int] = {}
    place, at = 0, 1
    while keys := {list(row)[place] for row in rows if len(row) > place < ALIGNED}:
        widths |= dict.fromkeys(keys, at)
        at += max(len(f"{key}: {flow(row[key])}, ") for row in rows for key in keys if key in row)
        place += 1
    return widths
