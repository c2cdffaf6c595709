"""Writes another value where one stands, in its style. Text in, text out."""

from __future__ import annotations

import re

from mapping.document import Plain
from mapping.editing import writing
from mapping.editing.lines import column, line_end, line_start, replaced
from mapping.editing.nodes import Entry, Node, Way

_HEAD = re.compile(r"[^\s#]*")  # of a text of several lines: | or >, and what belongs to it


def replace(text: str, way: Way, value: Plain) -> str:
    """The text with another value at the end of this way, which is not the root."""
    node, entry = way.node, way.entries[-1]
    quote = node.style if node.style in ("'", '"') else ""
    if way.in_flow:
        return _put(text, entry, node.start, node.end, writing.flow(value, quote))
    indent = " " * (column(text, entry.start) + 2)
    written = writing.block(value, writing.WIDEST - len(indent), quote)
    start, end, end_below = _extent(text, entry, node)
    line = line_end(text, end)
    below = "".join(f"\n{indent}{row}" if row else "\n" for row in written.below)
    text = replaced(text, line, max(line, end_below), below)
    return _put(text, entry, start, end, written.inline)


def _extent(text: str, entry: Entry, node: Node) -> tuple[int, int, int]:
    """From where to where the value stands in its first line, and where the lines below it end."""
    if node.style in ("|", ">"):
        head = _HEAD.match(text, node.start)
        return node.start, head.end() if head else node.start, node.end
    if node.kind == "scalar" or node.flow:
        return node.start, node.end, node.end
    end_below = line_end(text, node.end)
    if line_start(text, node.start) > entry.anchor:
        return entry.anchor, entry.anchor, end_below
    return node.start, min(line_end(text, node.start), end_below), end_below


def _put(text: str, entry: Entry, start: int, end: int, written: str) -> str:
    """A space stands between a colon or dash and what follows, and none where nothing does."""
    if not written and not text[entry.anchor : start].strip(" "):
        start = entry.anchor
    if written and start == entry.anchor != entry.start:
        written = f" {written}"
    return replaced(text, start, end, written)
