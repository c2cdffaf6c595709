"""What the files may say but the conveyor does not do yet, so that nobody relies on it.

One table: a row is deleted as its behaviour comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapping.document import Document, Path
from mapping.parsed import TEAM, Parsed


@dataclass(frozen=True)
class _Row:
    """A key (with `*` for any name or index), and what is said of it."""

    file: str
    key: str
    message: str


NOT_IN_FORCE = (_Row(TEAM, "team.*.quota", "quotas are not reported yet"),)


def note_what_is_not_in_force(parsed: Parsed) -> None:
    """Report a note at each place that says something without effect."""
    for row in NOT_IN_FORCE:
        document = parsed.documents.get(row.file)
        if document is None or not document.readable:
            continue
        for path in _places(document, row):
            document.report(path, "not-in-force-yet", row.message, severity="note", key=True)


def _places(document: Document, row: _Row) -> Iterator[Path]:
    steps = row.key.split(".")
    for path in document.keys:
        if len(path) == len(steps) and all(s in ("*", name) for s, name in zip(steps, path, strict=True)):
            yield path
