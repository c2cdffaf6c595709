"""Where a person puts a deal: pipelines and stages by any of their names, as the values that deals hold."""

from __future__ import annotations

from sandbox.contract import ControlError
from sandbox.contract import Pipeline as Board
from sandbox.zoho.org import Org
from sandbox.zoho.pipelines import Pipeline, column
from sandbox.zoho.records import Record

ALL_STAGES = "default"
"""The pipeline that the control API shows while pipelines are switched off."""


class Places:
    """The pipelines of one org, seen by its people."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def boards(self) -> list[Board]:
        """Return the pipelines; while they are switched off, one of all stages."""
        if self._org.settings.pipelines_enabled:
            return self._org.pipelines.boards()
        stages = [column(stage) for stage in self._org.pipelines.stages()]
        return [Board(id=ALL_STAGES, label="Deals", stages=stages)]

    def shown(self, record: Record) -> tuple[str | None, str | None]:
        """Return pipeline and stage of a deal as the control API shows them."""
        on = self._org.settings.pipelines_enabled
        return record.values.get("Pipeline") if on else ALL_STAGES, record.values.get("Stage")

    def place(self, pipeline: str | None, stage: str | None) -> dict[str, str]:
        """Return the values of a deal there; without a stage, of the first one. Raises ControlError."""
        for each in self._named(pipeline):
            found = each.stages[0] if stage is None else each.stage(stage)
            if found is not None:
                place = {"Stage": found.actual}
                return place | ({"Pipeline": each.actual} if self._org.settings.pipelines_enabled else {})
        raise ControlError(f"there is no stage {stage} in pipeline {pipeline or 'of any name'}")

    def moved(self, record: Record, pipeline: str | None, stage: str | None) -> dict[str, str]:
        """Return where a person moves a deal: a stage is looked for in the deal's own pipeline first."""
        own = self._org.pipelines.holding(record.values.get("Pipeline"))
        if pipeline is None and own is not None and own.stage(stage):
            return self.place(own.actual, stage)
        return self.place(pipeline, stage)

    def _named(self, pipeline: str | None) -> list[Pipeline]:
        pipelines = list(self._org.pipelines)
        if pipeline is None or (pipeline == ALL_STAGES and not self._org.settings.pipelines_enabled):
            return pipelines
        return [each for each in pipelines if each.answers_to(pipeline)]
