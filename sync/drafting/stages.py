"""Guesses what the stages of a pipeline mean on the line: by their names, their order, and the CRM's own flags. Pure.

Won and lost come from the flags alone. A stage that the flags call open is never guessed to be either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mapping.live import LiveStage
from sync.drafting.defaults import default_of
from sync.drafting.meanings import IGNORE, KEEPING_STAGES, OPEN_STAGES, SALES_STAGES
from sync.drafting.vocabulary_stages import STAGE_CUES, is_known
from sync.drafting.words import Heard, words

SURE = 0.8
"""A guess with less confidence than this is marked unsure."""

BACKWARDS = 0.3
FARTHEST = 2
"""Customers travel forward: a stage that lies before the one before it costs so much a step, up to so many."""

USUAL_PLACE: Mapping[str, tuple[float, float]] = {
    "prospecting": (0.12, 0.08),
    "qualification": (0.32, 0.1),
    "meeting": (0.43, 0.12),
    "proposal": (0.59, 0.12),
    "negotiation": (0.78, 0.12),
    "delivery": (0.88, 0.12),
    "onboarding": (0.2, 0.15),
    "growth": (0.5, 0.15),
    "renewal": (0.75, 0.1),
    "referral": (0.9, 0.1),
}
"""Where in a pipeline stages with this meaning lie, 0 being its begin and 1 its end, and how far from there."""

PLACE = 0.1
FARTHEST_PLACE = 0.8
STRANGE_PLACE = 0.4
"""What the place in the pipeline counts beside a name, at most, and from when on it makes a guess unsure."""

ELSEWHERE = 1.0
"""What a meaning loses that belongs to the other kind of pipeline: selling, or keeping customers."""

SHARPNESS = 4.5
CLEAR = 0.2
"""By how much a name must say one meaning more strongly than any other."""

BEGUN_WITH = 2.0
"""How strongly a stage speaks for its meaning that the CRM itself began with."""

SETTLED = 0.97
PARTLY = 0.75
NAMELESS = 0.6
"""No guess is surer than the first, none from a name with unknown words than the second, none by place the third."""


@dataclass(frozen=True)
class StageGuess:
    """What a stage means, how sure that is (0 to 1), and why."""

    id: str
    name: str
    outcome: str
    means: str
    confidence: float
    reason: str

    @property
    def unsure(self) -> bool:
        """Whether a person must look at it."""
        return self.confidence < SURE


def guess_stages(stages: Sequence[LiveStage], keeping: str | None = None) -> list[StageGuess]:
    """What each stage means; `keeping` is what a pipeline after the sale is mostly about, None for a sales line."""
    still_open = [stage for stage in stages if stage.outcome == "open"]
    guessed = iter(_guess_open(still_open, keeping))
    return [next(guessed) if stage.outcome == "open" else _closed(stage) for stage in stages]


def _closed(stage: LiveStage) -> StageGuess:
    reason = f"the CRM counts it as {stage.outcome}"
    return StageGuess(stage.id, stage.name, stage.outcome, stage.outcome, 1.0, reason)


def _guess_open(stages: Sequence[LiveStage], keeping: str | None) -> list[StageGuess]:
    heard = _by_default(stages) if keeping is None else {}
    said = [heard.get(stage.name) or _hear_all(stage.name) for stage in stages]
    places = [(index + 0.5) / len(stages) for index in range(len(stages))]
    scores = [
        {meaning: _score(meaning, each, place, keeping) for meaning in (*OPEN_STAGES, IGNORE)}
        for each, place in zip(said, places, strict=True)
    ]
    found = zip(stages, said, places, _totals(scores), strict=True)
    return [_settle(stage, each, place, total) for stage, each, place, total in found]


def _by_default(stages: Sequence[LiveStage]) -> dict[str, dict[str, Heard]]:
    """What the stages mean that the CRM itself began with, by name; empty in a pipeline of the admin's own."""
    crm, meanings = default_of([stage.name for stage in stages]) or ("", {})
    return {name: {meaning: Heard(BEGUN_WITH, f"{crm} begins with it")} for name, meaning in meanings.items()}


def _hear_all(name: str) -> dict[str, Heard]:
    found = {meaning: cues.hear(name) for meaning, cues in STAGE_CUES.items()}
    return {
        IGNORE if meaning == "parked" else meaning: heard
        for meaning, heard in found.items()
        if heard is not None
    }


def _score(meaning: str, said: Mapping[str, Heard], place: float, keeping: str | None) -> float:
    """How well a meaning fits a stage for itself: its name and its place."""
    heard = said[meaning].strength if meaning in said else 0.0
    if meaning == IGNORE:
        return heard + (0.35 if heard else -1.0)
    if (meaning in KEEPING_STAGES) != (keeping is not None):
        return heard - ELSEWHERE
    mostly = 0.5 if meaning == keeping else 0.0
    unheard = 0.3 if meaning == "delivery" and not heard else 0.0
    return heard + mostly - unheard - _out_of_place(meaning, place)


def _out_of_place(meaning: str, place: float) -> float:
    usual, spread = USUAL_PLACE[meaning]
    return min(PLACE * ((place - usual) / spread) ** 2, FARTHEST_PLACE)


State = tuple[str, bool]
"""Where the customer stands on the line, and whether this very stage lies aside from it."""

_STATES: tuple[State, ...] = tuple((meaning, aside) for meaning in OPEN_STAGES for aside in (False, True))


def _totals(scores: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """For each stage and meaning, the best sum over all ways to read the whole pipeline in which it has it."""
    forth = _sweep(scores, _step)
    back = _sweep(scores[::-1], lambda later, earlier: _step(earlier, later))[::-1]
    return [_by_meaning(score, *reached) for score, *reached in zip(scores, forth, back, strict=True)]


def _by_meaning(
    score: Mapping[str, float], forth: Mapping[State, float], back: Mapping[State, float]
) -> dict[str, float]:
    best: dict[str, float] = {}
    for state in _STATES:
        meaning = IGNORE if state[1] else state[0]
        total = forth[state] + back[state] - score[meaning]
        best[meaning] = max(total, best.get(meaning, total))
    return best


def _sweep(
    scores: Sequence[Mapping[str, float]], cost: Callable[[State, State], float]
) -> list[dict[State, float]]:
    """For each stage and state the best sum of it and all before it."""
    swept: list[dict[State, float]] = []
    for score in scores:
        before = swept[-1] if swept else None
        swept.append(
            {
                state: score[IGNORE if state[1] else state[0]]
                + (max(total - cost(other, state) for other, total in before.items()) if before else 0.0)
                for state in _STATES
            }
        )
    return swept


def _step(earlier: State, later: State) -> float:
    """What it costs to go from one stage to the next. A stage that lies aside leaves the customer's place alone."""
    if later[1]:
        return 0.0 if earlier[0] == later[0] else math.inf
    steps = OPEN_STAGES.index(earlier[0]) - OPEN_STAGES.index(later[0])
    return BACKWARDS * min(max(steps, 0), FARTHEST)


def _settle(
    stage: LiveStage, said: Mapping[str, Heard], place: float, total: Mapping[str, float]
) -> StageGuess:
    means = max(total, key=lambda meaning: total[meaning])
    weights = {meaning: math.exp(SHARPNESS * (value - total[means])) for meaning, value in total.items()}
    heard = said.get(means)
    most = _most(stage.name, means, said)
    if means in SALES_STAGES and most != SURE and _out_of_place(means, place) > STRANGE_PLACE:
        most = min(most, PARTLY)
    confidence = min(most, 1 / sum(weights.values()))
    return StageGuess(stage.id, stage.name, "open", means, confidence, _reason(means, heard, said))


def _most(name: str, means: str, said: Mapping[str, Heard]) -> float:
    """How sure a guess may be at most: what is not understood, or speaks for something else too, makes it less so."""
    heard = said.get(means)
    if heard is None or heard.strength < 1:
        return NAMELESS
    if heard.strength >= BEGUN_WITH:
        return SURE
    rivals = [other.strength for meaning, other in said.items() if meaning != means]
    if max(rivals, default=0.0) > heard.strength - CLEAR or not all(is_known(word) for word in words(name)):
        return PARTLY
    return SETTLED


def _reason(means: str, heard: Heard | None, said: Mapping[str, Heard]) -> str:
    others = [f'"{other.cue}" would be {meaning}' for meaning, other in said.items() if meaning != means]
    if heard is None:
        return "; ".join(["by its place", *others[:1]])
    told = heard.cue if heard.strength >= BEGUN_WITH else f'"{heard.cue}"'
    return "; ".join([told, *others[:1]])
