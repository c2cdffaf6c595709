"""One difference between YAML and CRM, and the edit that mends it where there is a safe one. Pure.

What is safe is proposed: a new name is written down, a line that means nothing any more goes, a new stage gets a line
that says how sure it is. What could take something from a rule is left to a person, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mapping import editing
from mapping.differences import Difference, Remote
from mapping.document import Plain
from mapping.live import Live, LivePipeline
from mapping.ruleset import ConnectionMapping, Conveyor, PipelineMap, StageMap
from sync.drift.guess import line_for
from sync.drift.losing import lost_with

IN_PLACE, WITHIN_PIPELINES, OF_PIPELINES = 0, 1, 2
REMOVED_FIRST = 1


@dataclass(frozen=True)
class Change:
    """An edit of one file. Those with a higher `order` come later, so that no edit moves the place of another."""

    difference: Difference
    order: tuple[int, ...]
    edit: Callable[[str], str]


@dataclass(frozen=True)
class Left:
    """A difference that is left to a person, and why."""

    difference: Difference
    why: str


@dataclass(frozen=True)
class Drifted:
    """The mapping that a CRM drifted away from, the line, and what the CRM looks like."""

    mapping: ConnectionMapping
    line: Conveyor
    live: Live

    def there(self, stage: StageMap) -> bool:
        """Whether the CRM still has the stage of this line."""
        own = next(pipeline.id for pipeline in self.mapping.pipelines if stage in pipeline.stages)
        return any(p.id == own and any(s.id == stage.id for s in p.stages) for p in self.live.pipelines)


def change_for(difference: Difference, drifted: Drifted) -> Change | Left | None:
    """What to do about a difference; None where what is done about another one mends it too."""
    find = _CHANGES.get(difference.problem.code)
    if find is None:
        return Left(difference, difference.problem.hint or "decide what is right")
    return find(difference, drifted)


def _renamed(difference: Difference, drifted: Drifted) -> Change:
    return _set_to(difference, _there(difference).name)


def _set_to(difference: Difference, value: str) -> Change:
    return Change(difference, (IN_PLACE,), partial(editing.set_value, path=difference.path, value=value))


def _stage_gone(difference: Difference, drifted: Drifted) -> Change | Left:
    """Made anew under its old name, it has another id; else its line goes, if no rule goes with it."""
    pipeline, place = _index(difference.path[1]), _index(difference.path[3])
    mapping = drifted.mapping
    stages = mapping.pipelines[pipeline].stages
    if difference.remote is not None and difference.remote.id not in {stage.id for stage in stages}:
        return _set_to(difference, difference.remote.id)
    if not any(map(drifted.there, stages)):
        return Left(difference, "the CRM has none of the stages of this pipeline")
    gone, left = stages[place], list(filter(drifted.there, mapping.stage_by_id.values()))
    lost = lost_with(gone, left, drifted.line)
    if lost is not None:
        return Left(difference, f"no other stage of {mapping.connection} is {gone.means}, which {lost} needs")
    order = (WITHIN_PIPELINES, -pipeline, -place, -REMOVED_FIRST, 0)
    return Change(difference, order, partial(editing.remove, path=difference.path[:-1]))


def _pipeline_gone(difference: Difference, drifted: Drifted) -> Change | Left:
    index = _index(difference.path[1])
    if not drifted.mapping.pipelines[index].ignore:
        return Left(difference, "its stages are mapped: map another pipeline in its place, or delete it")
    if len(drifted.mapping.pipelines) == 1:
        return Left(difference, "it is the only pipeline of the file")
    return Change(difference, (OF_PIPELINES, -index), partial(editing.remove, path=difference.path[:2]))


def _new_pipeline(difference: Difference, drifted: Drifted) -> Change:
    remote = _there(difference)
    value: Plain = {"pipeline": {"crm": remote.name, "id": remote.id}, "ignore": True}
    comment = "new in the CRM: not on the line"
    edit = partial(editing.add_item, path=difference.path, value=value, comment=comment)
    return Change(difference, (WITHIN_PIPELINES,), edit)


def _new_stage(difference: Difference, drifted: Drifted) -> Change | None:
    remote, index = _there(difference), _index(difference.path[1])
    assert remote.within is not None
    mapped = drifted.mapping.pipelines[index]
    if any(stage.name == remote.name and not drifted.there(stage) for stage in mapped.stages):
        return None
    taken = {stage.means for stage in mapped.stages if stage.write_back and drifted.there(stage)}
    line = line_for(remote.id, remote.within, taken, drifted.line)
    place = _place(remote.id, remote.within, mapped)
    ids = [stage.id for stage in remote.within.stages]
    order = (WITHIN_PIPELINES, -index, -place, 0, -ids.index(remote.id))
    edit = partial(
        editing.add_item, path=difference.path, value=line.values, index=place, comment=line.comment
    )
    return Change(difference, order, edit)


def _place(stage_id: str, pipeline: LivePipeline, mapped: PipelineMap) -> int:
    """Behind the line of the nearest stage before it in the CRM that has one."""
    known = {stage.id: index for index, stage in enumerate(mapped.stages)}
    ids = [stage.id for stage in pipeline.stages]
    before = [known[each] for each in ids[: ids.index(stage_id)] if each in known]
    return before[-1] + 1 if before else 0


def _field_gone(difference: Difference, drifted: Drifted) -> Change | Left:
    """Whether a rule needs it is found when the files are checked without it."""
    if difference.path[0] != "fields":
        return Left(difference, difference.problem.hint or "choose another field")
    return Change(difference, (IN_PLACE, 1), partial(editing.remove, path=difference.path))


def _new_field(difference: Difference, drifted: Drifted) -> Change:
    remote = _there(difference)
    field = str(difference.path[-1])
    edit = partial(
        editing.add_key,
        path=difference.path[:-1],
        key=field,
        value=remote.id,
        comment="new in the CRM, unsure",
    )
    return Change(difference, (IN_PLACE, 2), edit)


def _there(difference: Difference) -> Remote:
    assert difference.remote is not None, f"{difference.problem.code} says nothing of the CRM"
    return difference.remote


def _index(step: str | int) -> int:
    assert isinstance(step, int), "a list was expected here"
    return step


_CHANGES: Mapping[str, Callable[[Difference, Drifted], Change | Left | None]] = {
    "renamed": _renamed,
    "stage-gone": _stage_gone,
    "stage-without-meaning": _new_stage,
    "pipeline-gone": _pipeline_gone,
    "pipeline-not-mapped": _new_pipeline,
    "field-gone": _field_gone,
    "field-to-map": _new_field,
}
