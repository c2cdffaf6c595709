"""Puts further entries into tables and lists, in the style of those that are there. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mapping.document import Path, Plain
from mapping.editing import writing
from mapping.editing.lines import (
    closes_line,
    column,
    comma_behind,
    line_end,
    line_start,
    opens_line,
    replaced,
    with_comment,
)
from mapping.editing.nodes import Node, Way


def add_key(text: str, way: Way, path: Path, key: str, value: Plain, comment: str | None) -> str:
    """The text with one more key at the end of a table that has entries, or is written `{}`."""
    table = way.node
    if table.flow:
        written = f"{writing.key_word(key, path)}: {writing.flow(value)}"
        return _add_in_flow(text, way, len(table.entries), written, comment)
    indent = column(text, table.entries[0].start)
    lines = writing.keyed(key, value, writing.WIDEST - indent, path)
    return _add_lines(text, table, len(table.entries), _with_comment(lines, comment))


def add_item(text: str, way: Way, index: int, value: Plain, comment: str | None) -> str:
    """The text with one more entry at this place of a list that has entries, or is written `[]`."""
    items = way.node
    if items.flow:
        return _add_in_flow(text, way, index, writing.flow(value), comment)
    indent = column(text, items.entries[0].start)
    aligned = _aligned(text, items, value)
    lines = (
        [aligned] if aligned else writing.item(value, writing.WIDEST - indent, flat=_is_flat(items, value))
    )
    return _add_lines(text, items, index, _with_comment(lines, comment))


def _with_comment(lines: Sequence[str], comment: str | None) -> list[str]:
    if not comment:
        return list(lines)
    return [f"{lines[0]}  # {comment}"] if len(lines) == 1 else [f"# {comment}", *lines]


def _add_lines(text: str, node: Node, index: int, lines: Sequence[str]) -> str:
    """Between the entries of a table or list that are lines: behind the one before, else above the first."""
    indent = " " * column(text, node.entries[0].start)
    if index > 0:
        at = line_end(text, node.entries[index - 1].value.end)
        return replaced(text, at, at, "".join(f"\n{_indented(line, indent)}" for line in lines))
    first = node.entries[0].start
    if not opens_line(text, first):  # the list begins in the line of what it belongs to
        return replaced(text, first, first, "".join(f"{line}\n{indent}" for line in lines))
    at = _above_comments(text, line_start(text, first), indent)
    return replaced(text, at, at, "".join(f"{_indented(line, indent)}\n" for line in lines))


def _indented(line: str, indent: str) -> str:
    return f"{indent}{line}" if line else ""


def _above_comments(text: str, at: int, indent: str) -> int:
    """Above the comments that stand right over a line and begin in its column: they belong to it."""
    while at > 0:
        above = line_start(text, at - 1)
        if not text[above:at].startswith(f"{indent}#"):
            break
        at = above
    return at


def _add_in_flow(text: str, way: Way, index: int, written: str, comment: str | None) -> str:
    outermost, node = way.outermost_flow or way.node, way.node
    text = with_comment(text, outermost.end, comment)  # behind everything, so the places before it stay
    if not node.entries:
        return replaced(text, node.start + 1, node.start + 1, written)
    if index < len(node.entries):
        at = node.entries[index].start
        between = f"\n{text[line_start(text, at) : at]}" if opens_line(text, at) else " "
        return replaced(text, at, at, f"{written},{between}")
    return _append_in_flow(text, node, written)


def _append_in_flow(text: str, node: Node, written: str) -> str:
    last = node.entries[-1]
    end, comma = last.value.end, comma_behind(text, last.value.end)
    if not (opens_line(text, last.start) and closes_line(text, end)):
        return replaced(text, end, end, f", {written}")
    indent = text[line_start(text, last.start) : last.start]
    at = line_end(text, end)
    line = f"\n{indent}{written}{',' if comma else ''}"
    text = replaced(text, at, at, line)
    return text if comma else replaced(text, end, end, ",")


def _is_flat(items: Node, value: Plain) -> bool | None:
    """Whether tables of this list are written in one line; None where none shows it, or it would be too long."""
    shown = [entry.value.flow for entry in items.entries if entry.value.entries]
    if not shown or (shown[-1] and not writing.fits(value)):
        return None
    return shown[-1]


def _aligned(text: str, items: Node, value: Plain) -> str | None:
    """A table in one line, its keys under those of the other lines where these agree; None if it is to be lines."""
    if not isinstance(value, dict) or not _is_flat(items, value):
        return None
    line = "- {"
    for place, (key, inner) in enumerate(value.items()):
        line += ", " if place else ""
        line = line.ljust(_column_of_key(text, items, place))
        line += f"{writing.key_word(key, ())}: {writing.flow(inner)}"
    return f"{line}}}"


def _column_of_key(text: str, items: Node, place: int) -> int:
    """Where the keys at this place begin, counted from the dash, if at least two lines agree; else 0."""
    columns = [_columns(text, entry.start, entry.value) for entry in items.entries if entry.value.flow]
    found = [each[place] for each in columns if len(each) > place]
    return found[0] if len(found) > 1 and len(set(found)) == 1 else 0


def _columns(text: str, dash: int, table: Node) -> list[int]:
    in_one_line: Iterable[int] = (entry.start - dash for entry in table.entries)
    return list(in_one_line) if "\n" not in text[dash : table.end] else []
