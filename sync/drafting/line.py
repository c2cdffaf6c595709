"""The line that a CRM is drafted onto: a new one after a template, or the one that an admin has already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mapping.ruleset import Conveyor
from sync.drafting.meanings import IGNORE, OPEN_STAGES
from sync.drafting.stages import guess_stages
from sync.drafting.templates import HEAD, Template
from sync.drafting.words import words

CLOSEST = 0.6
"""How sure a stage is at most that the line has no better stage for."""


@dataclass(frozen=True)
class Target:
    """A stage of the line for a meaning; `reason` says why it is another one than the meaning's own."""

    stage: str | None  # None: ignored
    reason: str | None = None


@dataclass(frozen=True)
class Line:
    """What the drafting must know of a line."""

    section_of: Mapping[str, str]  # stage -> section, in the order of the line
    roles_of: Mapping[str, tuple[str, ...]]  # section -> roles
    stage_of: Mapping[str, str]  # meaning -> stage
    called: Mapping[tuple[str, ...], str]  # words of a stage's name or title -> stage
    head: str | None  # the role that may move deals anywhere
    staffed: bool  # it has a team already

    def target(self, means: str, name: str, outcome: str) -> Target:
        """The stage of the line for a CRM stage with this meaning and name."""
        if means == IGNORE:
            return Target(None)
        same = self.called.get(words(name))
        if same is not None and outcome == "open" and same not in self._closed:
            return Target(same, "called the same")
        if means in self.stage_of:
            return Target(self.stage_of[means])
        closest = self._closest(means)
        told = f"the line has no stage for {means}"
        return Target(closest, told if closest else f"{told}, nor one that is near")

    @property
    def _closed(self) -> set[str]:
        return {self.stage_of[outcome] for outcome in ("won", "lost") if outcome in self.stage_of}

    def _closest(self, means: str) -> str | None:
        """The stage that lies nearest on a customer's way, rather the one before."""
        if means not in OPEN_STAGES:
            return None
        place = OPEN_STAGES.index(means)
        others = [each for each in OPEN_STAGES if each in self.stage_of]
        best = min(others, key=lambda other: abs(OPEN_STAGES.index(other) - place + 0.1), default=None)
        return self.stage_of[best] if best else None


def line_of_template(template: Template) -> Line:
    """A new line: its stages are called by their meaning."""
    stages = {stage: section.name for section in template.sections for stage in section.stages}
    return Line(
        section_of=stages,
        roles_of={section.name: section.roles for section in template.sections},
        stage_of={stage: stage for stage in stages},
        called={},
        head=HEAD,
        staffed=False,
    )


def line_of_conveyor(conveyor: Conveyor) -> Line:
    """An admin's line; what its own stages mean is guessed by their names."""
    stages = list(conveyor.stages.values())
    own = {stage.name: stage.name for stage in stages if stage.status == "open" and stage.name in OPEN_STAGES}
    closed: dict[str, str] = {
        stage.status: stage.name for stage in reversed(stages) if stage.status != "open"
    }
    guessed = {guess.means: guess.id for guess in reversed(guess_stages(_as_live(conveyor)))}
    guessed.pop(IGNORE, None)
    common = {words(meaning) for meaning in OPEN_STAGES}  # words that every CRM uses, in its own sense
    called = {words(text): stage.name for stage in stages for text in (stage.title, stage.name)}
    heads = [role.name for role in conveyor.roles.values() if role.may_move is not None]
    return Line(
        section_of={stage.name: stage.section for stage in stages},
        roles_of={section.name: section.roles for section in conveyor.sections},
        stage_of={**guessed, **own, **closed},
        called={said: stage for said, stage in called.items() if said and said not in common},
        head=next(iter(heads), None),
        staffed=True,
    )


@dataclass(frozen=True)
class _LineStage:
    id: str
    name: str
    outcome: Literal["open", "won", "lost"]


def _as_live(conveyor: Conveyor) -> Sequence[_LineStage]:
    return [
        _LineStage(stage.name, f"{stage.name} {stage.title}", stage.status)
        for stage in conveyor.stages.values()
    ]
