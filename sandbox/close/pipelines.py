"""Pipelines and statuses of opportunities, and the second, independent list of lead statuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import contract
from sandbox.close.clock import naive_text, now_ms
from sandbox.close.ids import fixed

ACTIVE, WON, LOST = "active", "won", "lost"
STATUS_TYPES = (ACTIVE, WON, LOST)
SALES = (
    ("Appointment scheduled", ACTIVE),
    ("Qualified to buy", ACTIVE),
    ("Presentation scheduled", ACTIVE),
    ("Decision maker bought-in", ACTIVE),
    ("Quote re-sent", ACTIVE),
    ("Contract sent", ACTIVE),
    ("Closed won", WON),
    ("Closed lost", LOST),
    ("Old stage", ACTIVE),
)
PARTNERS = (("Introduced", ACTIVE), ("In talks", ACTIVE), ("Partner won", WON), ("Partner lost", LOST))
LEAD_STATUSES = ("Potential", "Bad Fit", "Qualified", "Customer")


@dataclass
class Status:
    """One stage. A deleted one is kept, since opportunities and their history may still name it."""

    id: str
    label: str
    type: str
    pipeline_id: str

    def in_pipeline(self) -> dict[str, Any]:
        """Return the status as its pipeline lists it."""
        return {"id": self.id, "label": self.label, "type": self.type}

    def as_json(self, organization_id: str) -> dict[str, Any]:
        """Return the status as /status/opportunity/ shows it."""
        return {**self.in_pipeline(), "pipeline_id": self.pipeline_id, "organization_id": organization_id}


@dataclass
class Pipeline:
    """One ordered list of statuses."""

    id: str
    name: str
    statuses: list[Status]
    created_by: str | None = None
    updated_by: str | None = None
    created: int = field(default_factory=now_ms)
    updated: int = field(default_factory=now_ms)

    def as_json(self, organization_id: str) -> dict[str, Any]:
        """Return the pipeline as /pipeline/ shows it, its times without an offset."""
        return {
            "id": self.id,
            "name": self.name,
            "organization_id": organization_id,
            "created_by": self.created_by,
            "updated_by": self.updated_by,
            "date_created": naive_text(self.created),
            "date_updated": naive_text(self.updated),
            "statuses": [status.in_pipeline() for status in self.statuses],
        }


class Pipelines:
    """All pipelines; `statuses` holds those that can be chosen, `known` former ones too."""

    def __init__(self) -> None:
        self.all: list[Pipeline] = []
        self.known: dict[str, Status] = {}
        self.lead_statuses: list[Status] = [
            Status(fixed("stat", f"Lead{label}"), label, ACTIVE, "") for label in LEAD_STATUSES
        ]
        for name, statuses in (("Sales", SALES), ("Partner deals", PARTNERS)):
            pipeline = Pipeline(fixed("pipe", name), name, [])
            self.all.append(pipeline)
            for label, type_ in statuses:
                self.add_status(pipeline, Status(fixed("stat", label), label, type_, pipeline.id))

    @property
    def statuses(self) -> dict[str, Status]:
        """Return the statuses that can be chosen."""
        return {status.id: status for pipeline in self.all for status in pipeline.statuses}

    def add_status(self, pipeline: Pipeline, status: Status) -> None:
        """Append a status."""
        pipeline.statuses.append(status)
        self.known[status.id] = status

    def get(self, pipeline_id: str | None) -> Pipeline | None:
        """Return a pipeline."""
        return next((each for each in self.all if each.id == pipeline_id), None)

    def status(self, status_id: str | None) -> Status | None:
        """Return a status that can be chosen."""
        status = self.known.get(status_id or "")
        pipeline = self.get(status.pipeline_id) if status else None
        return status if pipeline and status in pipeline.statuses else None

    def by_label(self, label: str) -> Status | None:
        """Return the first status of this label, in whichever pipeline."""
        return next((each for each in self.statuses.values() if each.label == label), None)

    def lead_status(self, status_id: str | None) -> Status | None:
        """Return a lead status."""
        return next((each for each in self.lead_statuses if each.id == status_id), None)

    def replace(self, wanted: Sequence[contract.Pipeline]) -> None:
        """Make these the pipelines."""
        self.all = []
        for each in wanted:
            pipeline = Pipeline(each.id, each.label, [])
            self.all.append(pipeline)
            for stage in each.stages:
                type_ = WON if stage.won else LOST if stage.lost else ACTIVE
                self.add_status(pipeline, Status(stage.id, stage.label, type_, pipeline.id))

    def as_boards(self) -> list[contract.Pipeline]:
        """Return the pipelines in the words of the control API."""
        return [
            contract.Pipeline(
                id=pipeline.id,
                label=pipeline.name,
                stages=[
                    contract.Stage(id=each.id, label=each.label, won=each.type == WON, lost=each.type == LOST)
                    for each in pipeline.statuses
                ],
            )
            for pipeline in self.all
        ]
