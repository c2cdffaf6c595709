"""What the form of the Mapping page says: what each stage is to mean, by the names of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mapping.ruleset import ConnectionMapping
from sync.mapping_edits import NewStage, StageKey

STAGE = "stage"
"""`stage.0.3` says what the fourth stage of the first pipeline of the file is to mean."""

NEW, NAME = "new", "name"
"""`new.0.abc` says it for the stage `abc`, which the first pipeline does not have yet; `name.0.abc`, its name."""


def wanted(form: Mapping[str, str]) -> dict[StageKey, str]:
    """What each stage is to mean."""
    return {(at, int(stage)): means for at, stage, means in _fields(form, STAGE) if stage.isdecimal()}


def new_stages(form: Mapping[str, str], mapping: ConnectionMapping) -> list[NewStage]:
    """The stages that are to be mapped for the first time; those that are left as they are, are left out."""
    found = [
        NewStage(at, stage, form.get(f"{NAME}.{at}.{stage}", stage), means)
        for at, stage, means in _fields(form, NEW)
        if means and at < len(mapping.pipelines)
    ]
    return [new for new in found if all(new.id != s.id for s in mapping.pipelines[new.pipeline].stages)]


def _fields(form: Mapping[str, str], kind: str) -> Iterator[tuple[int, str, str]]:
    """The pipeline by its place, the rest of the name, and the value, of the fields of this kind."""
    for name, value in form.items():
        parts = name.split(".", 2)
        if len(parts) == 3 and parts[0] == kind and parts[1].isdecimal():
            yield int(parts[1]), parts[2], value
