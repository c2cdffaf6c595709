"""How two lines differ: mode and times, roles, sections, stages, growth, practices, safety. In sentences; pure."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.ruleset import Conveyor, Growth, Practice, Role, Section, Stage
from sync.planning import wording
from sync.planning.compare import Facts, differences, each, other_order


def line_changes(before: Conveyor, after: Conveyor) -> Iterator[str]:
    """All that differs on the line but the hand-offs."""
    yield from differences("The line", _line(before), _line(after))
    yield from each(
        before.roles,
        after.roles,
        new=lambda role: f"The role {role.title} is new.",
        gone=lambda role: f"The role {role.title} is gone.",
        changed=_role_changes,
    )
    yield from _section_changes(before, after)
    yield from _stage_changes(before, after)
    yield from _growth_changes(before, after)
    yield from _practice_changes(before, after)


def _line(line: Conveyor) -> Facts:
    safety = line.safety
    return {
        "name": line.name,
        "mode": wording.mode(line.mode),
        "time zone": line.timezone,
        "working time": wording.hours(line.working_hours),
        "language": line.language,
        "judgement of people outside the team": "strict" if line.outsiders == "judge" else "waived",
        "most deals moved without being asked": None if safety.ask_deals is None else str(safety.ask_deals),
        "largest part of the line moved without being asked": (
            None if safety.ask_percent is None else f"{safety.ask_percent} %"
        ),
        "moves of one deal by the conveyor": f"{safety.moves} in {wording.span(safety.moves_per)} at most",
    }


def _role_changes(before: Role, after: Role) -> Iterator[str]:
    def facts(role: Role) -> Facts:
        return {"title": role.title, "right to move": role.may_move}

    return differences(f"The role {after.title}", facts(before), facts(after))


def _section_changes(before: Conveyor, after: Conveyor) -> Iterator[str]:
    def changed(old: Section, new: Section) -> Iterator[str]:
        yield from differences(f"Section {new.title}", _section(old, before), _section(new, after))
        if other_order([stage.name for stage in old.stages], [stage.name for stage in new.stages]):
            yield f"Section {new.title}: its stages stand in another order now."

    yield from each(
        before.section_by_name,
        after.section_by_name,
        new=lambda one: (
            f"Section {one.title} is new, worked by {wording.listed(wording.roles(one.roles, after))}."
        ),
        gone=lambda one: f"Section {one.title} is gone.",
        changed=changed,
    )
    if other_order([one.name for one in before.sections], [one.name for one in after.sections]):
        yield "The sections stand in another order now."


def _section(section: Section, line: Conveyor) -> Facts:
    return {
        "title": section.title,
        "is worked by": wording.roles(section.roles, line),
        "CRM": section.crm,
        "skipping stages": "not allowed" if section.in_order else "allowed",
        "mode": wording.mode(section.mode),
    }


def _stage_changes(before: Conveyor, after: Conveyor) -> Iterator[str]:
    def changed(old: Stage, new: Stage) -> Iterator[str]:
        return differences(f"Stage {new.title}", _stage(old, before), _stage(new, after))

    return each(
        before.stages,
        after.stages,
        new=lambda stage: f"Stage {stage.title} is new, in {wording.section(stage.section, after)}.",
        gone=lambda stage: f"Stage {stage.title} is gone from {wording.section(stage.section, before)}.",
        changed=changed,
    )


def _stage(stage: Stage, line: Conveyor) -> Facts:
    return {
        "title": stage.title,
        "section": wording.section(stage.section, line),
        "outcome": stage.status,
        "asks that": wording.conditions(stage.requires),
        "gives the task": tuple(wording.task(one) for one in stage.playbook),
        "follow-up after": wording.span(stage.follow_up_after),
        "mode": wording.mode(stage.mode),
    }


def _growth_changes(before: Conveyor, after: Conveyor) -> Iterator[str]:
    old = tuple(_growth(one, before) for one in before.growth)
    new = tuple(_growth(one, after) for one in after.growth)
    return differences("Growth", {"opens": old}, {"opens": new})


def _growth(growth: Growth, line: Conveyor) -> str:
    anchor = growth.anchor.replace("_", " ")
    return f"{wording.stage(growth.open, line)}, {wording.span(growth.by)} {growth.relation} {anchor}"


def _practice_changes(before: Conveyor, after: Conveyor) -> Iterator[str]:
    def changed(old: Practice, new: Practice) -> Iterator[str]:
        return differences(f"Practice {new.name}", _practice(old, before), _practice(new, after))

    return each(
        {one.name: one for one in before.practices},
        {one.name: one for one in after.practices},
        new=lambda one: f"Practice {one.name} is new.",
        gone=lambda one: f"Practice {one.name} is gone.",
        changed=changed,
    )


def _practice(practice: Practice, line: Conveyor) -> Facts:
    return {
        "stage": wording.stage(practice.stage, line),
        "at least once in": wording.span(practice.at_least_once_in),
    }
