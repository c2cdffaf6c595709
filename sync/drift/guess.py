"""What a stage that is new in a CRM may mean on the line; whoever reads it is told how sure that is. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mapping.document import Plain
from mapping.live import LivePipeline, LiveStage
from mapping.ruleset import Conveyor
from sync.drafting.stages import guess_stages


@dataclass(frozen=True)
class Line:
    """A line of a mapping, and the comment beside it."""

    values: dict[str, Plain]
    comment: str


def line_for(stage_id: str, pipeline: LivePipeline, taken: Collection[str | None], line: Conveyor) -> Line:
    """The line for a new stage; it is ignored where nothing says what it means.

    Deals are put onto another stage as before where one with its meaning is `taken`.
    """
    stage = next(each for each in pipeline.stages if each.id == stage_id)
    values: dict[str, Plain] = {"crm": stage.name, "id": stage.id}
    means, reason = _meaning(stage, pipeline, line)
    if means is None:
        return Line({**values, "ignore": True}, "new in the CRM: say what it means, or leave it ignored")
    values["is"] = means
    if means in taken:
        values["write_back"] = False
    return Line(values, f"new in the CRM, unsure: {reason}")


def _meaning(stage: LiveStage, pipeline: LivePipeline, line: Conveyor) -> tuple[str | None, str]:
    if stage.outcome != "open":
        same = (name for name, each in line.stages.items() if each.status == stage.outcome)
        return next(same, None), f"the CRM counts it as {stage.outcome}"
    guess = next(each for each in guess_stages(pipeline.stages) if each.id == stage.id)
    known = line.stages.get(guess.means)
    return (guess.means if known is not None and known.status == "open" else None), guess.reason
