"""What files and a live CRM disagree about: each problem with its place in the file, and with what the CRM has."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.document import Document, Path
from mapping.live import LivePipeline
from mapping.problems import Problem, Severity


@dataclass(frozen=True)
class Remote:
    """What the CRM has at this place: a pipeline, stage or field, by id and name."""

    id: str
    name: str
    within: LivePipeline | None = None  # the pipeline of a stage


@dataclass(frozen=True)
class Difference:
    """One disagreement."""

    problem: Problem
    path: Path  # to the value in the file, or to the list where something is missing
    remote: Remote | None = None

    @property
    def file(self) -> str:
        """The file, relative to the configuration folder."""
        return self.problem.file


class Differences(list[Difference]):
    """Those that were found so far."""

    def add(
        self,
        document: Document,
        path: Path,
        code: str,
        message: str,
        hint: str | None = None,
        *,
        severity: Severity = "error",
        key: bool = False,
        remote: Remote | None = None,
    ) -> None:
        """Add one, which is reported at a value, or at its key."""
        document.report(path, code, message, hint, severity=severity, key=key)
        self.append(Difference(document.problems[-1], path, remote))
