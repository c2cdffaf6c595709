"""Guesses which pipelines are a sales line, which keep customers after the sale, and which are neither. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mapping.live import LivePipeline
from sync.drafting.meanings import SALES_STAGES
from sync.drafting.stages import SURE, StageGuess, guess_stages
from sync.drafting.vocabulary_pipelines import AFTER_THE_SALE, NO_SALES_LINE, SALES
from sync.drafting.vocabulary_stages import STAGE_CUES
from sync.drafting.words import Cues, Heard

NAMED = 0.9
"""How sure a pipeline's own name makes it; its stages' names alone make it less so."""

HINTED = 0.6
ENOUGH = 0.5
"""The part of the stages that must speak of something else than selling, or of selling."""

FEWEST = 2

SALE = tuple(STAGE_CUES[meaning] for meaning in SALES_STAGES)
OFFERS = (STAGE_CUES["proposal"], STAGE_CUES["negotiation"])

Said = tuple[str, Heard]
"""A kind of pipeline, and what speaks for it."""


@dataclass(frozen=True)
class PipelineGuess:
    """What a pipeline is for: on the line with its stages, or ignored."""

    id: str
    name: str
    ignored: bool
    confidence: float
    reason: str
    stages: tuple[StageGuess, ...] = ()

    @property
    def unsure(self) -> bool:
        """Whether a person must look at whether it belongs to the line at all."""
        return self.confidence < SURE


def guess_pipelines(pipelines: Sequence[LivePipeline]) -> list[PipelineGuess]:
    """What each pipeline is for. Where none looks like a sales line, the first with stages is taken for one."""
    guessed = [guess_pipeline(pipeline) for pipeline in pipelines]
    if all(guess.ignored for guess in guessed):
        at = next((index for index, pipeline in enumerate(pipelines) if pipeline.stages), None)
        if at is not None:
            reason = f"the CRM has no better one, but {guessed[at].reason}"
            guessed[at] = _on_the_line(pipelines[at], None, HINTED, reason)
    return guessed


def guess_pipeline(pipeline: LivePipeline) -> PipelineGuess:
    """What one pipeline is for, looked at by itself."""
    if not pipeline.stages:
        return PipelineGuess(pipeline.id, pipeline.name, True, 1.0, "it has no stages")
    other, after, sells = (_said(pipeline.name, table) for table in (NO_SALES_LINE, AFTER_THE_SALE, SALES))
    named_so = _strength(other) > max(_strength(after), _strength(sells))
    if other is not None and named_so and not _clearly_sells(pipeline):
        return _ignored(pipeline, other, NAMED if _agrees(pipeline, other[0]) else HINTED)
    if after is not None and _strength(after) >= _strength(sells):
        return _on_the_line(pipeline, after[0], NAMED, f'"{after[1].cue}": customers after the sale')
    told = _said_by_stages(pipeline)
    if told is not None and sells is None:
        return _ignored(pipeline, told, HINTED)
    if other is not None:
        reason = f'sells, though "{other[1].cue}" could be {other[0]}'
        return _on_the_line(pipeline, None, HINTED, reason)
    if sells is not None:
        return _on_the_line(pipeline, None, NAMED, f'"{sells[1].cue}"')
    if _reads_like_a_sale(pipeline):
        return _on_the_line(pipeline, None, NAMED, "its stages read like a sale")
    return _on_the_line(pipeline, None, HINTED, "nothing says that it is something else")


def _said(name: str, table: Mapping[str, Cues]) -> Said | None:
    found = [(kind, said) for kind, cues in table.items() if (said := cues.hear(name)) is not None]
    return max(found, key=_strength, default=None)


def _strength(said: Said | None) -> float:
    return said[1].strength if said is not None else 0.0


def _said_by_stages(pipeline: LivePipeline) -> Said | None:
    """What else than selling most of its open stages speak of."""
    names = [stage.name for stage in pipeline.stages if stage.outcome == "open"]
    said = [found for name in names if (found := _said(name, NO_SALES_LINE)) is not None]
    if len(said) < max(FEWEST, ENOUGH * len(names)):
        return None
    ((kind, _),) = Counter(kind for kind, _ in said).most_common(1)
    return next(found for found in said if found[0] == kind)


def _agrees(pipeline: LivePipeline, kind: str) -> bool:
    """Whether the stages speak more of what the pipeline's name does than of offers and contracts."""
    return _count(pipeline, [NO_SALES_LINE[kind]]) > _count(pipeline, OFFERS) or not _reads_like_a_sale(
        pipeline
    )


def _clearly_sells(pipeline: LivePipeline) -> bool:
    """Whether there are offers and contracts, whatever the pipeline is called: who repairs flats sells repairs."""
    sale, other = _count(pipeline, SALE), _count(pipeline, NO_SALES_LINE.values())
    return _reads_like_a_sale(pipeline) and sale > other and _count(pipeline, OFFERS) >= FEWEST


def _reads_like_a_sale(pipeline: LivePipeline) -> bool:
    still_open = sum(stage.outcome == "open" for stage in pipeline.stages)
    return _count(pipeline, SALE) >= max(FEWEST, ENOUGH * still_open)


def _count(pipeline: LivePipeline, vocabulary: Iterable[Cues]) -> int:
    """How many open stages speak of any of these."""
    cues = tuple(vocabulary)
    names = [stage.name for stage in pipeline.stages if stage.outcome == "open"]
    return sum(any(each.hear(name) for each in cues) for name in names)


def _ignored(pipeline: LivePipeline, said: Said, confidence: float) -> PipelineGuess:
    reason = f'no sales line: "{said[1].cue}" speaks of {said[0]}'
    return PipelineGuess(pipeline.id, pipeline.name, True, confidence, reason)


def _on_the_line(
    pipeline: LivePipeline, keeping: str | None, confidence: float, reason: str
) -> PipelineGuess:
    stages = tuple(guess_stages(pipeline.stages, keeping))
    return PipelineGuess(pipeline.id, pipeline.name, False, confidence, reason, stages)
