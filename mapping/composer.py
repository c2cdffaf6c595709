"""Builds plain values with positions from YAML events. Iterative, so that no depth of nesting can hurt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from mapping.document import Document, Mark, Path, Plain, Table
from mapping.traps import key_trap, read_plain

MAX_DEPTH = 20
MAX_VALUES = 50_000  # about a second of reading
_SPARE = "\0"  # stands in no key that can be typed


class StopReading(Exception):
    """Reading further makes no sense; the reason is reported."""


@dataclass
class _Open:
    """A table or list being read; `key` is set while a table waits for the value of that key."""

    path: Path
    value: Table | list[Plain]
    key: str | None = None

    @property
    def path_of_next(self) -> Path:
        return (*self.path, len(self.value) if isinstance(self.value, list) else self.key or "")

    def store(self, value: Plain) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            if _SPARE not in self.key:
                self.value[self.key] = value
            self.key = None


class Composer:
    """Fills a document from the events of its text."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: list[_Open] = []
        self._count = 0

    def compose(self, events: Iterable[Event]) -> None:
        """Read all events; raises `StopReading` where the rest cannot be understood."""
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self._start_document(event, documents)
            elif isinstance(event, NodeEvent):
                self._node(event)
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self._open.pop()
        if self._document.root is None:
            self._stop(Mark(1, 1), "empty-file", "this file is empty", "fill it in, or delete it")

    def _stop(self, mark: Mark, code: str, message: str, hint: str | None = None) -> None:
        self._document.report_at(mark, code, message, hint)
        raise StopReading

    def _start_document(self, event: DocumentStartEvent, documents: int) -> None:
        if event.version or event.tags:
            self._document.report_at(_mark(event), "directive", "a % directive", "delete that line")
        if documents > 1:
            message = "a second document begins here"
            self._stop(_mark(event), "several-documents", message, "delete the line `---`")

    def _node(self, event: NodeEvent) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            self._stop(_mark(event), "too-large", f"more than {MAX_VALUES} values", "split the file")
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, Table) and parent.key is None:
            self._key(event, parent, parent.value)
        else:
            self._value(event, parent)

    def _key(self, event: NodeEvent, parent: _Open, table: Table) -> None:
        mark = _mark(event)
        self._refuse_machinery(event, mark)
        if not isinstance(event, ScalarEvent):
            self._stop(mark, "key-not-text", "a key must be a word", "write `key: value`")
            return
        parent.key = key = "".join(letter if _is_readable(letter) else "?" for letter in event.value)
        path = (*parent.path, key)
        if key != event.value:
            self._report_unreadable(path, mark)
        trap = None if event.style else key_trap(key, parent.path)
        if trap is not None:
            self._document.damaged.add(path)
            self._document.report_at(mark, *trap)
        if key in table:
            self._report_duplicate(parent, path, mark)
        else:
            self._document.keys[path] = mark
            table[key] = None

    def _report_duplicate(self, parent: _Open, path: Path, mark: Mark) -> None:
        first = self._document.keys[path].line
        message = f"duplicate key {path[-1]!r}: it stands in line {first} already"
        self._document.report_at(mark, "duplicate-key", message, "keep one of them")
        # the second value is read under a name of its own, so that it neither replaces the first nor is lost
        parent.key = f"{path[-1]}{_SPARE}{mark.line}:{mark.column}"
        self._document.damaged.add((*parent.path, parent.key))

    def _value(self, event: NodeEvent, parent: _Open | None) -> None:
        path = parent.path_of_next if parent else ()
        mark = _mark(event)
        if isinstance(event, ScalarEvent) and event.value == "" and not event.style:
            mark = self._document.keys.get(path, mark)  # an empty value has no place of its own
        self._document.values[path] = mark
        if self._refuse_machinery(event, mark):
            self._document.damaged.add(path)
        value = self._scalar(event, path, mark) if isinstance(event, ScalarEvent) else self._push(event, path)
        if parent is None:
            self._document.root = value
        else:
            parent.store(value)

    def _push(self, event: NodeEvent, path: Path) -> Plain:
        if isinstance(event, AliasEvent):
            return None
        if len(self._open) >= MAX_DEPTH:
            self._stop(_mark(event), "too-deep", f"nested deeper than {MAX_DEPTH} levels")
        value: Table | list[Plain] = []
        if isinstance(event, MappingStartEvent):
            value = Table()
            value.path = path
        self._open.append(_Open(path, value))
        return value

    def _scalar(self, event: ScalarEvent, path: Path, mark: Mark) -> Plain:
        if event.style or event.tag is not None:
            return self._quoted(event.value, path, mark)
        value, trap = read_plain(event.value)
        if value is None and path:
            name = f"{path[-1]!r}" if isinstance(path[-1], str) else "this entry"
            hint = "fill it in, write {} for an empty table, or leave the line out"
            trap = ("empty-value", f"{name} has no value", hint)
        if trap is not None:
            self._document.damaged.add(path)
            self._document.report_at(mark, *trap)
        return value

    def _quoted(self, text: str, path: Path, mark: Mark) -> str:
        if not all(map(_is_readable, text)):
            self._report_unreadable(path, mark)
            return ""
        return text

    def _report_unreadable(self, path: Path, mark: Mark) -> None:
        self._document.damaged.add(path)
        message = "an escape that stands for no character"
        self._document.report_at(mark, "unreadable-character", message, "delete it")

    def _refuse_machinery(self, event: NodeEvent, mark: Mark) -> bool:
        """Anchors, aliases and tags: the files hold choices, no machinery."""
        if isinstance(event, AliasEvent):
            self._document.report_at(mark, "alias", f"the alias *{event.anchor}", "write the values out")
            return True
        if event.anchor is not None:
            self._document.report_at(mark, "anchor", f"the anchor &{event.anchor}", "write the values out")
        tag = event.tag if isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent)) else None
        if tag is not None:
            self._document.report_at(mark, "tag", f"the tag {tag}", "delete it; quotes make a text")
        return event.anchor is not None or tag is not None


def _is_readable(letter: str) -> bool:
    """Whether this is a character of its own, and not half of one."""
    return not ("\ud800" <= letter <= "\udfff" or letter == "\0")


def _mark(event: Event) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
