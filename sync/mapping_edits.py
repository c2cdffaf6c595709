"""Edits of a mapping file by machine: which CRM stage means what, also one that is new in the CRM.

Text in, text out, comments kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mapping.document import Plain
from mapping.editing import add_item, remove, set_value
from mapping.parsed import MAPPINGS
from mapping.ruleset import ConnectionMapping

IGNORED = "-"
"""What a stage is set to that is to stand nowhere on the line; no stage has this name."""

StageKey = tuple[int, int]
"""Pipeline and stage by their places in the file."""


@dataclass(frozen=True, slots=True)
class NewStage:
    """A stage of a CRM that its mapping does not have yet, and what it is to mean."""

    pipeline: int  # by its place in the file
    id: str
    name: str
    means: str


def file_of(connection: str) -> str:
    """The mapping file of a connection."""
    return f"{MAPPINGS}/{connection}.yaml"


def changes(mapping: ConnectionMapping, wanted: Mapping[StageKey, str]) -> dict[StageKey, str]:
    """Those of the wanted meanings that are not the present ones; places that the file does not have are left out."""
    now = {
        (p, s): stage.means or IGNORED
        for p, pipeline in enumerate(mapping.pipelines)
        for s, stage in enumerate(pipeline.stages)
    }
    return {key: means for key, means in wanted.items() if key in now and now[key] != means}


def edited(text: str, mapping: ConnectionMapping, changed: Mapping[StageKey, str]) -> str:
    """The text of this mapping's file with these stages meaning something else. Raises `CannotEdit`."""
    for (pipeline, stage), means in changed.items():
        place = ("pipelines", pipeline, "stages", stage)
        was_ignored = mapping.pipelines[pipeline].stages[stage].means is None
        if means == IGNORED:
            text = remove(set_value(text, (*place, "ignore"), True), (*place, "is"))
        elif was_ignored:
            text = remove(set_value(text, (*place, "is"), means), (*place, "ignore"))
        else:
            text = set_value(text, (*place, "is"), means)
    return text


def with_new(text: str, mapping: ConnectionMapping, new: Iterable[NewStage]) -> str:
    """The text with a line for each of these stages, at the end of its pipeline. Raises `CannotEdit`.

    Deals are put onto another stage as before, where one of the pipeline has the same meaning.
    """
    for stage in new:
        values: dict[str, Plain] = {"crm": stage.name, "id": stage.id}
        if stage.means == IGNORED:
            values["ignore"] = True
        else:
            values["is"] = stage.means
            if any(each.means == stage.means for each in mapping.pipelines[stage.pipeline].stages):
                values["write_back"] = False
        text = add_item(text, ("pipelines", stage.pipeline, "stages"), values)
    return text


def write_where_unchanged(folder: Path | None, file: str, before: str, after: str) -> bool:
    """Bring the admin's file to the new text, unless somebody else changed it meanwhile; whether it was written.

    A folder that this process cannot see or write is left alone: the version in the database is what counts.
    """
    if folder is None:
        return False
    path = folder / file
    try:
        if path.read_bytes() != before.encode():
            return False
        path.write_bytes(after.encode())
    except OSError:
        return False
    return True
