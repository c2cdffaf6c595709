"""The corpus of pipelines: as companies have them, with what each stage really means there. Measures guesses by it.

Every second file by name is held out: the vocabulary is tuned on the others only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from connectors.base import RemotePipeline, RemoteStage
from sync.drafting.pipelines import PipelineGuess, guess_pipeline

FOLDER = Path(__file__).parents[3] / "fixtures" / "pipelines"


@dataclass(frozen=True)
class Example:
    """One pipeline; `truth` is empty where it is no sales line."""

    name: str
    crm: str
    language: str
    pipeline: RemotePipeline
    truth: tuple[str, ...]


@cache
def examples() -> tuple[Example, ...]:
    """All of them, by name."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.yaml")))


def tuned_on() -> tuple[Example, ...]:
    """The half that the vocabulary may know."""
    return examples()[::2]


def held_out() -> tuple[Example, ...]:
    """The half that it must not know."""
    return examples()[1::2]


def _read(path: Path) -> Example:
    found = YAML(typ="safe").load(path.read_text())
    stages = tuple(RemoteStage(row["id"], row["name"], row["outcome"]) for row in found["stages"])
    pipeline = RemotePipeline(found["pipeline"]["id"], found["pipeline"]["name"], stages)
    truth = tuple(row["means"] for row in found["stages"]) if found["sales_line"] else ()
    return Example(path.stem, found["crm"], found["language"], pipeline, truth)


@dataclass
class Measure:
    """How good guesses are: stages in all, and what is wrong with which of them."""

    stages: int = 0
    unsure: int = 0
    wrong: list[str] = field(default_factory=list)
    wrong_and_sure: list[str] = field(default_factory=list)
    wrong_outcome: list[str] = field(default_factory=list)
    wrong_pipelines: list[str] = field(default_factory=list)

    @property
    def right(self) -> float:
        """The part of the stages that are right."""
        return 1 - len(self.wrong) / self.stages

    @property
    def marked(self) -> float:
        """The part of the stages that are marked unsure."""
        return self.unsure / self.stages

    def __str__(self) -> str:
        lines = [
            f"{self.right:.1%} of {self.stages} stages right, {self.marked:.1%} marked unsure",
            *(f"pipeline: {line}" for line in self.wrong_pipelines),
            *(f"wrong: {line}" for line in self.wrong),
            *(f"WRONG AND SURE: {line}" for line in self.wrong_and_sure),
            *(f"WRONG OUTCOME: {line}" for line in self.wrong_outcome),
        ]
        return "\n".join(lines)


@cache
def measured(chosen: tuple[Example, ...]) -> Measure:
    """Guess each of these pipelines, and compare."""
    measure = Measure()
    for example in chosen:
        guess = guess_pipeline(example.pipeline)
        if guess.ignored != (not example.truth):
            line = (
                f"{example.name}: {guess.name!r} is {'ignored' if guess.ignored else 'kept'} ({guess.reason})"
            )
            measure.wrong_pipelines.append(line)
            if not guess.unsure:
                measure.wrong_and_sure.append(f"pipeline {line}")
        _compare(example, guess, measure)
    return measure


def _compare(example: Example, guess: PipelineGuess, measure: Measure) -> None:
    """Stages of a pipeline that is wrongly ignored are wrong; those of one that is no sales line do not count."""
    meant = {stage.id: stage for stage in guess.stages}
    for stage, truth in zip(example.pipeline.stages, example.truth, strict=bool(example.truth)):
        measure.stages += 1
        found = meant.get(stage.id)
        said = found.means if found else "ignore"
        unsure = guess.unsure or (found is not None and found.unsure)
        line = f"{example.name}: {stage.name!r} is {truth}, not {said} ({found.reason if found else guess.reason})"
        measure.unsure += unsure
        if said != truth:
            measure.wrong.append(line)
            if not unsure:
                measure.wrong_and_sure.append(line)
        if found and said != truth and {said, truth} & {"won", "lost"}:
            measure.wrong_outcome.append(line)
