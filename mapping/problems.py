"""What is wrong in the YAML, said so that the admin can put it right at once. Finds nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process, utils

Severity = Literal["error", "warning", "note"]

SIMILAR_ENOUGH = 70  # percent; below that a suggestion misleads more often than it helps
MOST_NAMES = 30
"""So many known words help; more of them hide the one that was meant."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake at one place; `code` names its kind and stays the same between versions."""

    file: str  # relative to the configuration folder
    line: int  # from 1
    column: int  # from 1
    severity: Severity
    code: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` lists every reason, warnings and notes too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda found: (found.file, found.line, found.column)))
        super().__init__("\n".join(str(problem) for problem in self.problems if problem.severity == "error"))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant, None if none comes close."""
    found = process.extractOne(
        word, list(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=SIMILAR_ENOUGH
    )
    return found[0] if found else None


def unknown(kind: str, word: str, known: Sequence[str]) -> tuple[str, str | None]:
    """Message and hint for a name that does not exist, e.g. `unknown stage 'x' - did you mean 'y'?`."""
    meant = nearest(word, known)
    message = f"unknown {kind} {word!r}"
    if meant is not None:
        message += f" - did you mean {meant!r}?"
    more = ", ..." if len(known) > MOST_NAMES else ""
    return message, f"known: {', '.join(known[:MOST_NAMES])}{more}" if known else None
