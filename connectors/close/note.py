"""The deal's own note, which serves as title, and as the place of our key. Pure.

A deal of Close's has no title of its own: see docs/connectors/close.md#title
"""

from __future__ import annotations

import re

from connectors.errors import Rejected

LONGEST_TITLE = 250
"""Characters; a longer first line is text that somebody wrote, and no title."""

_KEY = "Conveyor deal: "
_KEY_LINE = re.compile(rf"^{re.escape(_KEY)}(\S+)[ \t]*$", re.MULTILINE)


def title_of(note: str | None, lead_name: str | None) -> str | None:
    """The first line of the note, else the name of the lead."""
    place = _title_place(_lines(note))
    return _lines(note)[place].strip() if place is not None else (lead_name or None)


def with_title(note: str | None, title: str) -> str:
    """The note with another first line; all that stands below it is kept."""
    if len(title) > LONGEST_TITLE:
        raise Rejected(f"In Close a deal's title is a line of at most {LONGEST_TITLE} characters.")
    line, lines = " ".join(title.split("\n")).strip(), _lines(note)
    place = _title_place(lines)
    below = lines if place is None else [*lines[:place], *lines[place + 1 :]]
    return "\n".join([line, *below]).rstrip("\n")


def key_of(note: str | None) -> str | None:
    """Our key, if the note holds one."""
    found = _KEY_LINE.findall(note or "")
    return found[-1] if found else None


def with_key(note: str, key: str) -> str:
    """The note with our key as its last line."""
    return f"{note}\n\n{_KEY}{key}" if note else f"{_KEY}{key}"


def _lines(note: str | None) -> list[str]:
    return (note or "").split("\n")


def _title_place(lines: list[str]) -> int | None:
    """The number of the line that is the title: the first that says anything, unless it is long or our key."""
    for place, line in enumerate(lines):
        if line.strip():
            is_title = len(line.strip()) <= LONGEST_TITLE and not _KEY_LINE.fullmatch(line.strip())
            return place if is_title else None
    return None
