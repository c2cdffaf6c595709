"""Blueprint: which deals a process guards, and which transitions lead on from where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.contract import ControlError
from sandbox.zoho.numbers import fixed
from sandbox.zoho.org import Org
from sandbox.zoho.people import User
from sandbox.zoho.pipelines import Pipeline
from sandbox.zoho.records import Record
from sandbox.zoho.settings import BlueprintSettings, Transition

PROCESS_ID = fixed(77, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """One transition with its id; stages by actual value."""

    id: int
    start: str
    end: str
    asked: Transition


class Blueprint:
    """The one process of the org, when there is one."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._settings: BlueprintSettings | None = None
        self._steps: list[Step] = []
        self._pipeline: str | None = None
        self._stages: set[str] | None = None
        self._deals: set[int] | None = None

    @property
    def name(self) -> str:
        """Return the name of the process."""
        return self._settings.name if self._settings else ""

    @property
    def status(self) -> int:
        """Return the HTTP status of a refused direct edit."""
        return self._settings.status if self._settings else 400

    def configure(self, settings: BlueprintSettings | None) -> None:
        """Set up the process; raise ControlError for an unknown pipeline or stage."""
        self._settings = settings
        self._steps = []
        if settings is None:
            return
        pipeline = self._named_pipeline(settings.pipeline)
        self._pipeline = pipeline.actual if pipeline else None
        self._stages = {self._actual(each) for each in settings.stages} if settings.stages else None
        self._deals = {int(id) for id in settings.deals} if settings.deals else None
        wanted = settings.transitions
        for place, each in enumerate(_onward(self._org, pipeline) if wanted is None else wanted):
            start, end = self._actual(each.start), self._actual(each.end)
            self._steps.append(Step(fixed(78, place + 1), start, end, each))

    def holds(self, record: Record) -> bool:
        """Say whether the deal is in the process."""
        values = record.values
        if self._settings is None or (self._deals is not None and record.id not in self._deals):
            return False
        if self._pipeline is not None and values.get("Pipeline") != self._pipeline:
            return False
        stage = values.get("Stage")
        return stage in (self._stages or {step.start for step in self._steps})

    def steps(self, record: Record, user: User) -> list[Step]:
        """Return the transitions that lead on from here and that this user may see."""
        return [
            step
            for step in self._steps
            if step.start == record.values.get("Stage")
            and (step.asked.users is None or user.email in step.asked.users)
        ]

    def following(self, step: Step) -> list[dict[str, Any]]:
        """Return what may come after a transition."""
        return [
            {"id": str(each.id), "name": each.asked.name, "criteria_matched": True, "type": each.asked.type}
            for each in self._steps
            if each.start == step.end
        ]

    def _named_pipeline(self, name: str | None) -> Pipeline | None:
        if name is None:
            return None
        pipeline = self._org.pipelines.named(name)
        if pipeline is None:
            raise ControlError(f"there is no pipeline {name}")
        return pipeline

    def _actual(self, name: str) -> str:
        for stage in self._org.pipelines.stages():
            if stage.answers_to(name):
                return stage.actual
        raise ControlError(f"there is no stage {name}")


def _onward(org: Org, pipeline: Pipeline | None) -> list[Transition]:
    """Return a transition from each stage to the next one of its pipeline."""
    return [
        Transition(name=f"To {after.display}", start=before.actual, end=after.actual)
        for each in ([pipeline] if pipeline else org.pipelines)
        for before, after in zip(each.stages, each.stages[1:], strict=False)
        if before.forecast == "Open"
    ]
