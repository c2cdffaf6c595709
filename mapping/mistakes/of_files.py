"""Mistakes of a whole file: one that is missing, or that is no text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mapping.loader import check_folder, unreadable_file
from mapping.mistakes.mistake import Mistake, Shown
from mapping.parsed import CASES, CONVEYOR, TEAM
from mapping.problems import Problem
from mapping.source import MAX_BYTES, decode

OF_FILES = (
    Mistake("missing-file", TEAM),
    Mistake("empty-file", CASES, "", "# nothing yet\n"),
    Mistake("file-not-read", "teams.yaml", "", "team: []\n"),
    Mistake("too-large", CONVEYOR, "", "#" * (MAX_BYTES + 1)),
    Mistake("too-deep", CONVEYOR, "name: Acme sales conveyor", f"name: {'[' * 30}{']' * 30}"),
)


def without_texts() -> Iterator[Shown]:
    """What is said of files that have no text at all."""
    found = [
        check_folder(Path("confg"))[1][0],
        unreadable_file(TEAM, PermissionError(13, "Permission denied")),
        decode(TEAM, b"name: Olena \xca."),
    ]
    yield from (Shown("", problem) for problem in found if isinstance(problem, Problem))
