"""One configuration file as read: plain values, where each of them stands, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from mapping.problems import Problem, Severity

LONGEST_MESSAGE = 300
"""Messages quote what stands in the file, which may be anything."""

Path = tuple[str | int, ...]
"""The way to a value: keys of tables and indexes of lists."""

Plain = str | int | bool | Decimal | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True)
class Mark:
    """A position, both numbers from 1."""

    line: int
    column: int


class Table(dict[str, Plain]):
    """A table that knows where in the file it stands, so that a validator can tell."""

    path: Path = ()


@dataclass
class Document:
    """One file; `readable` is False where nothing can be said about what it means."""

    file: str
    text: str = ""
    root: Plain = None
    readable: bool = True
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    damaged: set[Path] = field(default_factory=set)  # reported already: say nothing more about these

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Where this value (or its key) stands; the nearest enclosing one if it is not there itself."""
        for length in range(len(path), 0, -1):
            part = path[:length]
            if key and part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
        return self.values.get((), Mark(1, 1))

    def has(self, path: Path) -> bool:
        """Whether this key stands in the file, right or wrong."""
        return path in self.keys

    def line(self, path: Path) -> int:
        """The line that a rule is known by: that of its key, or of its first value in a list."""
        return self.mark(path, key=True).line

    def find(self, path: Path, needle: str) -> Mark:
        """Where this text stands in a value of several lines; the value itself if it is not there literally."""
        mark = self.mark(path)
        lines = self.text.split("\n")[mark.line - 1 :]
        for offset, line in enumerate(lines):
            column = line.find(needle, mark.column - 1 if offset == 0 else 0)
            if column >= 0:
                return Mark(mark.line + offset, column + 1)
        return mark

    def report(
        self,
        path: Path,
        code: str,
        message: str,
        hint: str | None = None,
        *,
        severity: Severity = "error",
        key: bool = False,
    ) -> None:
        """Add a problem at a value, or at its key."""
        self.report_at(self.mark(path, key=key), code, message, hint, severity=severity)

    def report_at(
        self, mark: Mark, code: str, message: str, hint: str | None = None, *, severity: Severity = "error"
    ) -> None:
        """Add a problem at a position."""
        said, way_out = _shortened(message), None if hint is None else _shortened(hint)
        self.problems.append(Problem(self.file, mark.line, mark.column, severity, code, said, way_out))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}..."
