"""Pipelines of the layout of Deals and their stages. Deals hold names, never the ids that stand here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.contract import Pipeline as Board
from sandbox.contract import Stage as Column
from sandbox.zoho.numbers import Numbers, fixed

LAYOUT_ID = fixed(91, 23)
LAYOUT_NAME = "Standard"
OPEN, WON, LOST = "Open", "Closed Won", "Closed Lost"
CATEGORIES = {OPEN: ("Pipeline", 41), WON: ("Closed", 42), LOST: ("Omitted", 43)}
COLOURS = {OPEN: "#389ff7", WON: "#25b52a", LOST: "#eb4d4d"}
# display value, actual value, forecast type, probability. Two values of one stage differ, as in real orgs.
STANDARD = (
    ("Qualification", "Qualification", OPEN, 10),
    ("Needs Analysis", "Needs Analysis", OPEN, 20),
    ("Value Proposition", "Value Proposition", OPEN, 40),
    ("Identify Decision Makers", "Id. Decision Makers", OPEN, 60),
    ("Proposal/Price Quote", "Proposal/Price Quote", OPEN, 75),
    ("Negotiation/Review", "Negotiation/Review", OPEN, 90),
    ("Closed Won", "Closed Won", WON, 100),
    ("Closed Lost", "Closed Lost", LOST, 0),
    ("Closed Lost to Competition", "Closed-Lost to Competition", LOST, 0),
)
PARTNER = (
    ("Introduced", "Introduced", OPEN, 20),
    ("In talks", "In talks", OPEN, 50),
    ("Partner won", "Partner won", WON, 100),
)


@dataclass(slots=True)
class Stage:
    """One stage; the same one may stand in several pipelines."""

    id: int
    display: str
    actual: str
    forecast: str
    probability: int

    def as_json(self, sequence: int) -> dict[str, Any]:
        """Return the stage as a pipeline shows it, without its probability."""
        return {
            "display_value": self.display,
            "sequence_number": sequence,
            "colour_code": COLOURS[self.forecast],
            "forecast_category": self.category(),
            "actual_value": self.actual,
            "id": str(self.id),
            "forecast_type": self.forecast,
        }

    def as_option(self, sequence: int) -> dict[str, Any]:
        """Return the stage as the picklist of field Stage shows it."""
        return {
            "display_value": self.display,
            "sequence_number": sequence,
            "colour_code": COLOURS[self.forecast],
            "reference_value": self.actual,
            "actual_value": self.actual,
            "id": str(self.id),
            "type": "used",
            "probability": self.probability,
            "forecast_type": self.forecast,
            "forecast_category": self.category(),
            "deal_category": self.forecast,
        }

    def as_allowed(self) -> dict[str, Any]:
        """Return the stage as a layout shows it among those that a pipeline allows."""
        names = ("display_value", "colour_code", "actual_value", "id", "probability", "forecast_type")
        row = self.as_option(0)
        return {name: row[name] for name in (*names, "forecast_category", "deal_category")}

    def category(self) -> dict[str, str]:
        """Return the forecast category."""
        name, place = CATEGORIES[self.forecast]
        return {"name": name, "id": str(fixed(91, place))}

    def answers_to(self, name: str) -> bool:
        """Say whether a person may mean this stage by that: id, actual or display value."""
        return name in (str(self.id), self.actual, self.display)


@dataclass(slots=True)
class Pipeline:
    """One pipeline; `actual` is what deals hold."""

    id: int
    display: str
    actual: str
    stages: list[Stage]

    def stage(self, name: str | None) -> Stage | None:
        """Return the stage a person names."""
        return next((each for each in self.stages if name is not None and each.answers_to(name)), None)

    def holding(self, actual: str | None) -> Stage | None:
        """Return the stage with this actual value."""
        return next((each for each in self.stages if each.actual == actual), None)

    def answers_to(self, name: str | None) -> bool:
        """Say whether a person may mean this pipeline by that."""
        return name in (str(self.id), self.actual, self.display)

    def as_json(self, default: bool) -> dict[str, Any]:
        """Return the pipeline as its metadata call shows it."""
        return {
            "display_value": self.display,
            "default": default,
            "maps": [stage.as_json(place) for place, stage in enumerate(self.stages, 1)],
            "actual_value": self.actual,
            "id": str(self.id),
        }


def column(stage: Stage) -> Column:
    """Return a stage for the control API."""
    won, lost = stage.forecast == WON, stage.forecast == LOST
    return Column(id=stage.actual, label=stage.display, won=won, lost=lost)


class Pipelines:
    """The pipelines of the one layout."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        standard = [Stage(fixed(6, 801 + place), *row) for place, row in enumerate(STANDARD)]
        partner = [Stage(fixed(6, 901 + place), *row) for place, row in enumerate(PARTNER)]
        lost = next(each for each in standard if each.actual == "Closed Lost")
        self._all = [
            Pipeline(fixed(97, 1), "Standard (Standard)", "Standard (Standard)", standard),
            Pipeline(fixed(97, 2), "Partner deals", "Partner deals", [*partner, lost]),
        ]

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(self._all)

    def first(self) -> Pipeline:
        """Return the default pipeline."""
        return self._all[0]

    def named(self, name: str | None) -> Pipeline | None:
        """Return the pipeline a person names by id, actual or display value."""
        return next((each for each in self._all if each.answers_to(name)), None)

    def holding(self, actual: str | None) -> Pipeline | None:
        """Return the pipeline with the name that a deal holds."""
        return next((each for each in self._all if each.actual == actual), None)

    def stages(self) -> list[Stage]:
        """Return every stage once."""
        return list({stage.id: stage for pipeline in self._all for stage in pipeline.stages}.values())

    def stage(self, pipeline: str | None, stage: str | None) -> Stage | None:
        """Return the stage a deal stands in, by the names it holds."""
        place = self.holding(pipeline)
        found = place.holding(stage) if place else None
        return found or next((each for each in self.stages() if each.actual == stage), None)

    def boards(self) -> list[Board]:
        """Return the pipelines for the control API, whose ids are what deals hold."""
        return [
            Board(
                id=pipeline.actual,
                label=pipeline.display,
                stages=[column(stage) for stage in pipeline.stages],
            )
            for pipeline in self._all
        ]

    def replace(self, boards: Sequence[Board]) -> None:
        """Make these the pipelines. What has a known id or name keeps id and actual value; labels may change."""
        known = {str(stage.id): stage for stage in self.stages()}
        known |= {stage.actual: stage for stage in self.stages()}
        self._all = [self._pipeline(board, known) for board in boards]

    def _pipeline(self, board: Board, known: dict[str, Stage]) -> Pipeline:
        stages = [
            self._stage(column, known, len(board.stages), place) for place, column in enumerate(board.stages)
        ]
        before = self.named(board.id)
        if before:
            return Pipeline(before.id, board.label, before.actual, stages)
        return Pipeline(self._numbers.next(), board.label, board.id, stages)

    def _stage(self, column: Column, known: dict[str, Stage], count: int, place: int) -> Stage:
        forecast = WON if column.won else LOST if column.lost else OPEN
        before = known.get(column.id)
        if before:
            before.display, before.forecast = column.label, forecast
            return before
        probability = {WON: 100, LOST: 0}.get(forecast, round(100 * (place + 1) / (count + 1)))
        stage = Stage(self._numbers.next(), column.label, column.id, forecast, probability)
        known[column.id] = stage
        return stage
