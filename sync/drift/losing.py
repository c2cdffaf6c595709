"""What the line would lose with a line of a mapping. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mapping.ruleset import Conveyor, Place, Stage, StageMap


def lost_with(stage: StageMap, others: Sequence[StageMap], line: Conveyor) -> Place | None:
    """The first rule that has no place in this CRM without the stage; None if one of the others stands for it."""
    if stage.means is None or any(each.means == stage.means for each in others):
        return None
    meant = line.stages[stage.means]
    section = {each.name for each in line.section_by_name[meant.section].stages}
    if not any(each.means in section for each in others):
        return line.section_by_name[meant.section].place
    return next(_rules_of(meant, line), None)


def _rules_of(stage: Stage, line: Conveyor) -> Iterator[Place]:
    if stage.requires or stage.follow_up_after or stage.mode or stage.status != "open":
        yield stage.place
    yield from (task.place for task in stage.playbook)
    yield from (growth.place for growth in line.growth if growth.open == stage.name)
    yield from (practice.place for practice in line.practices if practice.stage == stage.name)
