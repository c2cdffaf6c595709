"""Where each key and value of a YAML text begins and ends, to the character. Reads; changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from mapping.document import Path

_BETWEEN = r"\s*(?:#[^\n]*\n\s*)*"
"""What may stand between two parts: white space and comments."""

_DASH, _COLON = re.compile(f"{_BETWEEN}-"), re.compile(r"\s*:")

Kind = Literal["scalar", "list", "table"]


@dataclass
class Node:
    """A value: its content from `start` to `end`, without the comments behind it."""

    kind: Kind
    start: int
    end: int
    style: str = ""  # of a scalar: a quote, | or >
    flow: bool = False  # a table or list in braces or brackets
    entries: list[Entry] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing stands there at all."""
        return self.start == self.end


@dataclass
class Entry:
    """A value in its table or list; `anchor` is right behind its colon or dash."""

    key: str | None
    start: int  # of the key, of the dash; in brackets of the value
    anchor: int
    value: Node


@dataclass(frozen=True)
class Way:
    """The nodes from the root of a file down to one of its values, and the entries between them."""

    nodes: tuple[Node, ...]
    entries: tuple[Entry, ...]

    @property
    def node(self) -> Node:
        """The value itself."""
        return self.nodes[-1]

    @property
    def in_flow(self) -> bool:
        """Whether the value stands within braces or brackets."""
        return any(node.flow for node in self.nodes[:-1])

    @property
    def outermost_flow(self) -> Node | None:
        """The brace or bracket around everything, if there is one."""
        return next((node for node in self.nodes if node.flow), None)


def read_nodes(text: str) -> Node:
    """The root of a text that `mapping.source.read` could read."""
    return _Reader(text).read()


def find(root: Node, path: Path) -> Way | None:
    """The way to a value, None if it is not there."""
    nodes, entries = [root], list[Entry]()
    for step in path:
        entry = _entry(nodes[-1], step)
        if entry is None:
            return None
        entries.append(entry)
        nodes.append(entry.value)
    return Way(tuple(nodes), tuple(entries))


def _entry(node: Node, step: str | int) -> Entry | None:
    if isinstance(step, str):
        return next((entry for entry in node.entries if node.kind == "table" and entry.key == step), None)
    fits = node.kind == "list" and 0 <= step < len(node.entries)
    return node.entries[step] if fits else None


class _Reader:
    """Builds nodes from the parser's events; their number and depth were limited by whoever read the text first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def read(self) -> Node:
        return self._node(next(event for event in self._events if isinstance(event, NodeEvent)))

    def _node(self, event: Event) -> Node:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        kind: Kind = "list" if isinstance(event, SequenceStartEvent) else "table"
        flow = isinstance(event, (MappingStartEvent, SequenceStartEvent)) and bool(event.flow_style)
        node = Node(kind, event.start_mark.index, event.end_mark.index, flow=flow)
        for inner in self._events:
            if isinstance(inner, (MappingEndEvent, SequenceEndEvent)):
                node.end = inner.end_mark.index if flow else node.entries[-1].value.end
                break
            node.entries.append(self._keyed(inner) if kind == "table" else self._item(inner, node))
        return node

    def _keyed(self, event: Event) -> Entry:
        end = event.end_mark.index
        colon = _COLON.match(self._text, end)
        key = event.value if isinstance(event, ScalarEvent) else ""
        return self._placed(key, event.start_mark.index, colon.end() if colon else end)

    def _placed(self, key: str, start: int, anchor: int) -> Entry:
        return Entry(key, start, anchor, _at(anchor, self._node(next(self._events))))

    def _item(self, event: Event, items: Node) -> Entry:
        value = self._node(event)
        if items.flow:
            return Entry(None, value.start, value.start, value)
        behind = items.entries[-1].value.end if items.entries else items.start
        dash = _DASH.match(self._text, behind)
        anchor = dash.end() if dash else value.start
        return Entry(None, anchor - 1, anchor, _at(anchor, value))

    def _scalar(self, event: ScalarEvent) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        style = event.style or ""
        if style in ("|", ">"):
            end = start + len(_content(self._text[start:end]))
        return Node("scalar", start, end, style)


def _content(block: str) -> str:
    """A text of several lines without the empty lines behind it, unless they belong to it."""
    keeps_lines = "+" in block.split("\n", 1)[0].split("#")[0]
    return block.removesuffix("\n") if keeps_lines else block.rstrip()


def _at(anchor: int, value: Node) -> Node:
    """A value that is not written stands right behind its colon or dash."""
    if value.kind == "scalar" and value.empty:
        value.start = value.end = anchor
    return value
