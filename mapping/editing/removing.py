"""Takes entries out of tables and lists with their line, and leaves everything else. Text in, text out."""

from __future__ import annotations

from mapping.editing.lines import comma_behind, line_end, opens_line, replaced, without_lines
from mapping.editing.nodes import Entry, Node, Way


def remove(text: str, way: Way) -> str:
    """The text without the value that this way leads to; the comment in its line goes along."""
    parent, entry = way.nodes[-2], way.entries[-1]
    index = next(place for place, each in enumerate(parent.entries) if each is entry)
    if parent.flow:
        return _from_flow(text, parent, index)
    if len(parent.entries) > 1:
        return _from_lines(text, parent, index)
    return _the_only_one(text, parent, entry, way.entries[-2] if len(way.entries) > 1 else None)


def _from_lines(text: str, parent: Node, index: int) -> str:
    entry = parent.entries[index]
    if opens_line(text, entry.start):
        return without_lines(text, entry.start, entry.value.end)
    behind = parent.entries[
        index + 1
    ].start  # it stands in the line of what it belongs to: the next one moves up
    if "#" in text[line_end(text, entry.value.end) : behind]:
        behind = line_end(text, entry.value.end)
    return replaced(text, entry.start, behind, "")


def _the_only_one(text: str, parent: Node, entry: Entry, above: Entry | None) -> str:
    """Without its only entry a table is `{}`, a list `[]`."""
    nothing = "{}" if parent.kind == "table" else "[]"
    if above is None or not opens_line(text, entry.start):
        return replaced(text, entry.start, entry.value.end, nothing)
    text = without_lines(text, entry.start, entry.value.end)
    return replaced(text, above.anchor, above.anchor, f" {nothing}")


def _from_flow(text: str, parent: Node, index: int) -> str:
    entry, end = parent.entries[index], parent.entries[index].value.end
    if index + 1 < len(parent.entries):
        behind = parent.entries[index + 1].start
        if "#" not in text[end:behind]:
            return replaced(text, entry.start, behind, "")
    elif index > 0:
        before = parent.entries[index - 1].value.end
        if "#" not in text[before : entry.start]:
            return replaced(text, before, end, "")
    return _cut_out(text, entry.start, comma_behind(text, end) or end)


def _cut_out(text: str, start: int, end: int) -> str:
    """Without this piece; without the line, if nothing else stood in it."""
    if opens_line(text, start) and not text[end : line_end(text, end)].strip():
        return without_lines(text, start, end)
    return replaced(text, start, end, "")
