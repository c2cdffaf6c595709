"""Puts the guesses about one CRM together: what its stages, fields and people are on the line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Description
from sync.drafting.fields import FieldGuess, guess_fields
from sync.drafting.line import Line
from sync.drafting.people import Activity, PersonGuess, Place, Workplace, guess_people
from sync.drafting.pipelines import PipelineGuess, guess_pipelines
from sync.drafting.stages import SURE, StageGuess
from sync.drafting.vocabulary_stages import PLAIN_OUTCOMES

NOBODY = "somebody@example.com"
"""Who stands in the team where the CRM shows nobody."""

ALMOST = 0.6
"""How sure a stage is at most that had to be put onto another one of the line."""


@dataclass(frozen=True)
class Looked:
    """What was seen in one CRM."""

    connection: str
    crm: str
    description: Description
    activity: Activity


@dataclass(frozen=True)
class StageDraft:
    """One line of a mapping."""

    id: str
    name: str
    outcome: str
    stage: str | None  # of the line; None: ignored
    write_back: bool
    confidence: float
    reason: str

    @property
    def unsure(self) -> bool:
        """Whether a person must look at it."""
        return self.confidence < SURE


@dataclass(frozen=True)
class PipelineDraft:
    """One pipeline of a mapping, with its stages or ignored."""

    guess: PipelineGuess
    stages: tuple[StageDraft, ...]


@dataclass(frozen=True)
class Draft:
    """All that was guessed about one CRM."""

    connection: str
    crm: str
    account: str
    pipelines: tuple[PipelineDraft, ...]
    fields: tuple[FieldGuess, ...]
    people: tuple[PersonGuess, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def stages_used(self) -> frozenset[str]:
        """The stages of the line that this CRM has."""
        return frozenset(each.stage for one in self.pipelines for each in one.stages if each.stage)

    @property
    def unsure(self) -> int:
        """How many guesses a person must look at."""
        guesses: list[PipelineGuess | StageDraft | FieldGuess | PersonGuess] = [
            *(one.guess for one in self.pipelines),
            *(stage for one in self.pipelines for stage in one.stages),
            *self.fields,
            *self.people,
        ]
        return sum(guess.unsure for guess in guesses)


def draft_of(looked: Looked, line: Line) -> Draft:
    """What this CRM's pipelines, fields and people are on this line."""
    guesses = guess_pipelines(looked.description.pipelines)
    pipelines = tuple(PipelineDraft(guess, _stages(guess, line)) for guess in guesses)
    people, left_out = guess_people(looked.description.users, looked.activity, _workplace(pipelines, line))
    return Draft(
        connection=looked.connection,
        crm=looked.crm,
        account=looked.description.account,
        pipelines=pipelines,
        fields=tuple(guess_fields(looked.description.fields)),
        people=tuple(people or [_nobody(line)]),
        left_out=tuple(left_out),
        notes=looked.activity.notes,
    )


def _stages(guess: PipelineGuess, line: Line) -> tuple[StageDraft, ...]:
    drafted = [_stage(stage, line) for stage in guess.stages]
    chosen = {
        stage: _written_back([each for each in drafted if each.stage == stage])
        for stage in dict.fromkeys(each.stage for each in drafted if each.stage)
    }
    return tuple(
        StageDraft(
            each.id,
            each.name,
            each.outcome,
            each.stage,
            each.stage is None or chosen[each.stage] == each.id,
            each.confidence,
            each.reason,
        )
        for each in drafted
    )


def _stage(guess: StageGuess, line: Line) -> StageDraft:
    target = line.target(guess.means, guess.name, guess.outcome)
    confidence, reason = guess.confidence, guess.reason
    if target.reason == "called the same":
        confidence, reason = 1.0, target.reason
    elif target.reason:
        confidence, reason = min(confidence, ALMOST), f"{target.reason}; {reason}"
    return StageDraft(guess.id, guess.name, guess.outcome, target.stage, True, confidence, reason)


def _written_back(same: Sequence[StageDraft]) -> str:
    """Of several CRM stages with one meaning, the one to write: it says just that, else it comes first."""
    plain = [each for each in same if (cues := PLAIN_OUTCOMES.get(each.outcome)) and cues.hear(each.name)]
    return (plain or same)[0].id


def _workplace(pipelines: Sequence[PipelineDraft], line: Line) -> Workplace:
    return Workplace(_section_of(pipelines, line), line.roles_of, line.head, line.staffed)


def _section_of(pipelines: Sequence[PipelineDraft], line: Line) -> Mapping[Place, str]:
    return {
        (one.guess.id, stage.id): line.section_of[stage.stage]
        for one in pipelines
        for stage in one.stages
        if stage.stage is not None
    }


def _nobody(line: Line) -> PersonGuess:
    roles = tuple(dict.fromkeys(role for roles in line.roles_of.values() for role in roles))
    return PersonGuess("Somebody", NOBODY, roles, 0.0, "the CRM shows nobody who could be on the team")
