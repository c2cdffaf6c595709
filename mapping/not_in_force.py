"""What the files may say but the conveyor does not do yet, so that nobody relies on it.

One table: a row is deleted as its behaviour comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapping.document import Document, Path, Plain
from mapping.parsed import TEAM, Parsed


@dataclass(frozen=True)
class _Row:
    """A key (with `*` for any name or index), what is said of it, and with which values."""

    file: str
    key: str
    message: str
    values: frozenset[str] | None = None


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
        if len(path) != len(steps) or any(s not in ("*", name) for s, name in zip(steps, path, strict=True)):
            continue
        if row.values is None or _word(document.root, path) in row.values:
            yield path


def _word(value: Plain, path: Path) -> str:
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return str(value).lower() if isinstance(value, bool) else str(value)
