"""Where lines begin and end, and what stands in them. Positions are indexes into the text."""

from __future__ import annotations

import re

_COMMA = re.compile(r"\s*,")


def line_start(text: str, at: int) -> int:
    """The first character of the line."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Behind the last character of the line."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def column(text: str, at: int) -> int:
    """How far from the beginning of the line, from 0."""
    return at - line_start(text, at)


def opens_line(text: str, at: int) -> bool:
    """Whether only white space stands before it in its line."""
    return not text[line_start(text, at) : at].strip()


def closes_line(text: str, at: int) -> bool:
    """Whether at most a comma and a comment stand behind it in its line."""
    rest = text[at : line_end(text, at)].strip().removeprefix(",").strip()
    return not rest or rest.startswith("#")


def replaced(text: str, start: int, end: int, new: str) -> str:
    """The text with another piece in place of one."""
    return text[:start] + new + text[end:]


def without_lines(text: str, start: int, end: int) -> str:
    """The text without all lines from that of `start` to that of `end`."""
    first, last = line_start(text, start), line_end(text, end)
    if last == len(text) and first > 0:
        return text[: first - 1]
    return text[:first] + text[last + 1 :]


def comma_behind(text: str, at: int) -> int | None:
    """Behind the comma that comes next, None if something else does."""
    found = _COMMA.match(text, at)
    return found.end() if found else None


def with_comment(text: str, at: int, comment: str | None) -> str:
    """The text with a comment at the end of this line, behind the one that may stand there."""
    if not comment:
        return text
    end = line_end(text, at)
    line = text[at:end]
    mark = "; " if "#" in line else "  # "
    return replaced(text, at + len(line.rstrip()), end, f"{mark}{comment}")
