"""How two lines differ: mode and times, roles, sections, stages, growth, practices, safety. In sentences; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mapping import terms
from mapping.phrases import Phrase, phrase
from mapping.ruleset import ANYWHERE, Conveyor, Growth, Practice, Role, Safety, Section, Stage
from sync.planning import wording
from sync.planning.compare import Facts, differences, each, other_order

_OUTCOMES: Mapping[str, Phrase] = {"open": phrase("open"), "won": phrase("won"), "lost": phrase("lost")}


def line_changes(before: Conveyor, after: Conveyor) -> Iterator[Phrase]:
    """All that differs on the line but the hand-offs."""
    yield from differences(phrase("The line"), _line(before), _line(after))
    yield from each(
        before.roles,
        after.roles,
        new=lambda role: phrase("The role {role} is new.", role=role.title),
        gone=lambda role: phrase("The role {role} is gone.", role=role.title),
        changed=_role_changes,
    )
    yield from _section_changes(before, after)
    yield from _stage_changes(before, after)
    yield from _growth_changes(before, after)
    yield from _practice_changes(before, after)


def _line(line: Conveyor) -> Facts:
    return {
        phrase("name"): line.name,
        phrase("mode"): wording.mode(line.mode),
        phrase("time zone"): line.timezone,
        phrase("working time"): wording.hours(line.working_hours),
        phrase("language"): line.language,
        phrase("judgement of people outside the team"): (
            phrase("strict") if line.outsiders == "judge" else phrase("waived")
        ),
        **_safety(line.safety),
    }


def _safety(safety: Safety) -> Facts:
    percent = None if safety.ask_percent is None else f"{safety.ask_percent} %"
    return {
        phrase("most deals moved without being asked"): (
            None if safety.ask_deals is None else str(safety.ask_deals)
        ),
        phrase("largest part of the line moved without being asked"): percent,
        phrase("moves of one deal by the conveyor"): phrase(
            "{number} in {span} at most", number=safety.moves, span=terms.span(safety.moves_per)
        ),
    }


def _role_changes(before: Role, after: Role) -> Iterator[Phrase]:
    def facts(role: Role) -> Facts:
        right = phrase("anywhere") if role.may_move == ANYWHERE else role.may_move
        return {phrase("title"): role.title, phrase("right to move"): right}

    return differences(phrase("The role {role}", role=after.title), facts(before), facts(after))


def _section_changes(before: Conveyor, after: Conveyor) -> Iterator[Phrase]:
    def changed(old: Section, new: Section) -> Iterator[Phrase]:
        subject = phrase("Section {section}", section=new.title)
        yield from differences(subject, _section(old, before), _section(new, after))
        if other_order([stage.name for stage in old.stages], [stage.name for stage in new.stages]):
            yield phrase("Section {section}: its stages stand in another order now.", section=new.title)

    yield from each(
        before.section_by_name,
        after.section_by_name,
        new=lambda one: phrase(
            "Section {section} is new, worked by {roles:and}.",
            section=one.title,
            roles=wording.roles(one.roles, after),
        ),
        gone=lambda one: phrase("Section {section} is gone.", section=one.title),
        changed=changed,
    )
    if other_order([one.name for one in before.sections], [one.name for one in after.sections]):
        yield phrase("The sections stand in another order now.")


def _section(section: Section, line: Conveyor) -> Facts:
    return {
        phrase("title"): section.title,
        phrase("is worked by"): wording.roles(section.roles, line),
        phrase("CRM"): section.crm,
        phrase("skipping stages"): phrase("not allowed") if section.in_order else phrase("allowed"),
        phrase("mode"): wording.mode(section.mode),
    }


def _stage_changes(before: Conveyor, after: Conveyor) -> Iterator[Phrase]:
    def changed(old: Stage, new: Stage) -> Iterator[Phrase]:
        return differences(phrase("Stage {stage}", stage=new.title), _stage(old, before), _stage(new, after))

    return each(
        before.stages,
        after.stages,
        new=lambda one: phrase(
            "Stage {stage} is new, in {section}.",
            stage=one.title,
            section=wording.section(one.section, after),
        ),
        gone=lambda one: phrase(
            "Stage {stage} is gone from {section}.",
            stage=one.title,
            section=wording.section(one.section, before),
        ),
        changed=changed,
    )


def _stage(stage: Stage, line: Conveyor) -> Facts:
    return {
        phrase("title"): stage.title,
        phrase("section"): wording.section(stage.section, line),
        phrase("outcome"): _OUTCOMES[stage.status],
        phrase("asks that"): wording.conditions(stage.requires),
        phrase("gives the task"): tuple(wording.task(one) for one in stage.playbook),
        phrase("follow-up after"): wording.span(stage.follow_up_after),
        phrase("mode"): wording.mode(stage.mode),
    }


def _growth_changes(before: Conveyor, after: Conveyor) -> Iterator[Phrase]:
    opens = phrase("opens")
    old = tuple(_growth(one, before) for one in before.growth)
    new = tuple(_growth(one, after) for one in after.growth)
    return differences(phrase("Growth"), {opens: old}, {opens: new})


def _growth(growth: Growth, line: Conveyor) -> Phrase:
    stage, span = wording.stage(growth.open, line), terms.span(growth.by)
    if growth.relation == "before":
        return phrase(
            "{stage}, {span} before {date}", stage=stage, span=span, date=terms.field(growth.anchor)
        )
    if growth.anchor == "won":
        return phrase("{stage}, {span} after won", stage=stage, span=span)
    return phrase("{stage}, {span} after {date}", stage=stage, span=span, date=terms.field(growth.anchor))


def _practice_changes(before: Conveyor, after: Conveyor) -> Iterator[Phrase]:
    def changed(old: Practice, new: Practice) -> Iterator[Phrase]:
        subject = phrase("Practice {practice}", practice=new.name)
        return differences(subject, _practice(old, before), _practice(new, after))

    return each(
        {one.name: one for one in before.practices},
        {one.name: one for one in after.practices},
        new=lambda one: phrase("Practice {practice} is new.", practice=one.name),
        gone=lambda one: phrase("Practice {practice} is gone.", practice=one.name),
        changed=changed,
    )


def _practice(practice: Practice, line: Conveyor) -> Facts:
    return {
        phrase("stage"): wording.stage(practice.stage, line),
        phrase("at least once in"): wording.span(practice.at_least_once_in),
    }
