"""A mistake as an edit of files that have none, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mapping.problems import Problem

LONGEST = 100
"""Characters that are shown of a line."""

_COMMENT = re.compile(r"\s+#.*")


@dataclass(frozen=True)
class Mistake:
    """The first `old` in the file becomes `new`; without `old` the whole file, without `new` it is missing."""

    code: str
    file: str
    old: str = ""
    new: str | None = None

    def made_in(self, files: Mapping[str, str]) -> dict[str, str]:
        """The files with this mistake. Raises ValueError if they do not say what it replaces."""
        wrong = dict(files)
        if self.new is None:
            del wrong[self.file]
        elif not self.old:
            wrong[self.file] = self.new
        elif self.old in wrong[self.file]:
            wrong[self.file] = wrong[self.file].replace(self.old, self.new, 1)
        else:
            raise ValueError(f"{self.file} does not say {self.old!r}")
        return wrong


@dataclass(frozen=True)
class Shown:
    """An example: the line as it stands in the file, and the problem that is told of it."""

    line: str
    problem: Problem


def shown(code: str, files: Mapping[str, str], problems: Iterable[Problem]) -> Shown:
    """The first problem of this kind with its line. Raises LookupError if there is none."""
    found = next((problem for problem in problems if problem.code == code), None)
    if found is None:
        raise LookupError(f"no problem is {code}")
    lines = files.get(found.file, "").split("\n")
    line = lines[found.line - 1] if found.line <= len(lines) else ""
    plain = " ".join(_COMMENT.sub("", line).split())
    return Shown(f"{plain[:LONGEST]}..." if len(plain) > LONGEST else plain, found)
