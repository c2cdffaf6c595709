"""Where a deal stands. Copper keeps the outcome apart from the stage; here they are one.

A deal that is not open stands on a pseudo-stage at the end of its pipeline, whatever its stage
(docs/connectors/copper.md#stages). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from connectors.copper.answers import Item, id_text
from connectors.copper.fields import Unknown
from connectors.errors import Rejected, Unreadable
from mapping.model import Value

Outcome = Literal["open", "won", "lost"]

OPEN = "Open"
PSEUDO = "status:"
OUTCOMES: Mapping[str, Outcome] = {"Won": "won", "Lost": "lost", "Abandoned": "lost"}
"""The statuses that close a deal, in the order in which a pipeline shows them at its end."""

STATUS_IDS = {"0": OPEN, "1": "Won", "2": "Lost", "3": "Abandoned"}
"""The numbers by which searches, and perhaps webhooks, name what a record says in words."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline."""

    id: str
    name: str
    pipeline: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with its stages in Copper's order."""

    id: str
    name: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Pipelines:
    """The deal pipelines of an account."""

    all: tuple[Pipeline, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Pipeline]:
        """Pipelines by id."""
        return {pipeline.id: pipeline for pipeline in self.all}

    @cached_property
    def stages(self) -> Mapping[str, Stage]:
        """All stages by id, which is unique over all pipelines."""
        return {stage.id: stage for pipeline in self.all for stage in pipeline.stages}

    def named(self, name: str, pipeline: str | None) -> Stage | None:
        """The one stage of that name, of this pipeline if several have it; names are not unique."""
        found = [stage for stage in self.stages.values() if stage.name == name]
        own = [stage for stage in found if stage.pipeline == pipeline] if len(found) > 1 else found
        return own[0] if len(own) == 1 else None


def pseudo(status: str) -> str:
    """The pseudo-stage of a status."""
    return f"{PSEUDO}{status}"


def stage_of(deal: Item) -> list[str] | None:
    """`[pipeline id, stage id]` as the house has it; `None` for a deal without a stage."""
    pipeline, stage = id_text(deal.get("pipeline_id")), id_text(deal.get("pipeline_stage_id"))
    status = status_of(deal)
    if status != OPEN:
        return [pipeline or "", pseudo(status)]
    return None if stage is None else [pipeline or "", stage]


def status_of(deal: Item) -> str:
    """The status in words; `Unreadable` without one, for an open deal must not be taken for a won one."""
    status = deal.get("status")
    if not isinstance(status, str) or not status:
        raise Unreadable("Copper showed a deal without its status.")
    return status


def to_raw(value: Value, deal: Item | None, pipelines: Pipelines) -> dict[str, object]:
    """The attributes that bring a deal to a stage; `Rejected` if the account has no such stage.

    A pseudo-stage leaves the deal's stage as it is, but for a deal that comes from another pipeline (or is new,
    `deal` is `None`): it is put on the last one. A stage opens a closed deal again. Pipeline and stage always go
    together.
    """
    pipeline, stage = _parts(value)
    if pipeline not in pipelines.by_id:
        raise Unknown(f"Copper has no pipeline {pipeline} (any more); correct the mapping.")
    if not stage.startswith(PSEUDO):
        found = pipelines.stages.get(stage)
        if found is None or found.pipeline != pipeline:
            raise Unknown(
                f"Copper's pipeline {pipelines.by_id[pipeline].name} has no stage {stage} (any more); "
                "correct the mapping."
            )
        return {"status": OPEN, "pipeline_id": int(pipeline), "pipeline_stage_id": int(stage)}
    status = stage.removeprefix(PSEUDO)
    if status not in OUTCOMES:
        raise Rejected(f"A deal in Copper is closed by one of {_known()}, not by {stage!r}.")
    if deal is not None and id_text(deal.get("pipeline_id")) == pipeline:
        return {"status": status}
    raw: dict[str, object] = {"status": status, "pipeline_id": int(pipeline)}
    for last in pipelines.by_id[pipeline].stages[-1:]:
        raw["pipeline_stage_id"] = int(last.id)
    return raw


def read_back(raw: Mapping[str, object], deal: Item | None) -> list[str] | None:
    """What a deal will show once those attributes are written."""
    return stage_of({**(deal or {}), **raw})


def _parts(value: Value) -> Sequence[str]:
    if not isinstance(value, list) or len(value) != 2 or not value[0].isdecimal():
        raise Rejected("A stage in Copper is a pipeline's number and a stage's number or outcome.")
    return value


def _known() -> str:
    return ", ".join(map(pseudo, OUTCOMES))
