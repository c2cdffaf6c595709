"""Pipelines and stages, by the values that deals hold: the actual ones, which a rename may leave as they were.

Facts: docs/connectors/zoho.md#pipelines
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.base import RemotePipeline, RemoteStage

IMPLICIT = "default"
"""The pipeline of an organisation that has switched pipelines off."""

Outcome = Literal["open", "won", "lost"]
OUTCOMES: Mapping[str, Outcome] = {"closed won": "won", "closed lost": "lost"}


@dataclass(frozen=True)
class Stage:
    """One stage: what deals hold, and what people see."""

    actual: str
    display: str
    outcome: Outcome


@dataclass(frozen=True)
class Pipeline:
    """One pipeline of one layout; `layout` is `None` in that of an organisation without pipelines."""

    id: str
    name: str
    stages: tuple[Stage, ...]
    layout: str | None = None
    is_default_layout: bool = True

    def stage(self, actual: str) -> Stage | None:
        """The stage that deals show as this value."""
        return next((stage for stage in self.stages if stage.actual == actual), None)

    def as_remote(self) -> RemotePipeline:
        """The pipeline in the house's terms."""
        stages = (RemoteStage(stage.actual, stage.display, stage.outcome) for stage in self.stages)
        return RemotePipeline(self.id, self.name, tuple(stages))


def pipeline_of(row: Mapping[str, Any], layout: str, *, is_first: bool) -> Pipeline:
    """A pipeline out of `/settings/pipeline`."""
    actual, display = _values(row)
    return Pipeline(actual, display, _stages(row.get("maps") or ()), layout, is_first)


def implicit(options: Iterable[Mapping[str, Any]]) -> Pipeline:
    """The one pipeline that the options of `Stage` make up where pipelines are off."""
    used = [option for option in options if option.get("type", "used") != "unused"]
    return Pipeline(IMPLICIT, "Deals", _stages(used))


def _stages(rows: Iterable[Mapping[str, Any]]) -> tuple[Stage, ...]:
    in_order = sorted(rows, key=lambda row: int(row.get("sequence_number") or 0))
    return tuple(_stage(row) for row in in_order if _values(row)[0] not in ("", "-None-"))


def _stage(row: Mapping[str, Any]) -> Stage:
    return Stage(*_values(row), OUTCOMES.get(str(row.get("forecast_type")).lower(), "open"))


def _values(row: Mapping[str, Any]) -> tuple[str, str]:
    actual = str(row.get("actual_value") or row.get("display_value") or "")
    return actual, str(row.get("display_value") or actual)
