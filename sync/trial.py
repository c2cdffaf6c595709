"""The made-up world of a case: all rules in force, one CRM with the whole line, a deal, and who moves it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mapping.condition_tests import as_duration
from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    Deal,
    DealStatus,
    Event,
    EventKind,
    Link,
    Record,
    Ref,
    StageMove,
    Values,
)
from mapping.ruleset import (
    Case,
    Check,
    Condition,
    ConnectionMapping,
    Conveyor,
    Member,
    Mode,
    PipelineMap,
    Ruleset,
    Section,
    StageMap,
)
from sync.core import case as core
from sync.core.correct import clock_seconds
from sync.core.decide import decide
from sync.core.directory import Directory

_CRM, _PIPELINE, _DEAL = "crm", "line", "deal"
_SO_LONG = re.compile(r"-?[1-9][0-9]{0,3}[mhdw]")
_AGE = timedelta(days=1)


def as_a_case_sees(rules: Ruleset) -> Ruleset:
    """The rules all in force, in one CRM that has each stage, and with somebody who has each role and no other.

    That person goes by the role's name, so that a case can be moved by a role that nobody on the team has.
    """
    line = rules.conveyor
    anybody = {
        role.name: Member(role.title, role.name, (role.name,), line.place) for role in line.roles.values()
    }
    return replace(
        rules,
        conveyor=_in_force(line),
        mappings={_CRM: _whole_line(line)},
        team={**rules.team, **anybody},
    )


def _in_force(line: Conveyor) -> Conveyor:
    return replace(
        line,
        mode=Mode.ENFORCE,
        sections=tuple(_section_in_force(section) for section in line.sections),
        handoffs=tuple(replace(rule, mode=None) for rule in line.handoffs),
    )


def _section_in_force(section: Section) -> Section:
    stages = tuple(replace(stage, mode=None) for stage in section.stages)
    return replace(section, stages=stages, mode=None, crm=None)


def _whole_line(line: Conveyor) -> ConnectionMapping:
    stages = tuple(StageMap(s.title, s.name, s.name, True, s.place) for s in line.stages.values())
    pipeline = PipelineMap(line.name, _PIPELINE, False, stages, line.place)
    return ConnectionMapping(_CRM, (pipeline,), {}, {}, line.place)


def try_out(case: Case, full: Ruleset, now: datetime) -> core.Outcome:
    """What `decide` makes of the move of a case by rules that `as_a_case_sees` made ready."""
    outcome = decide(played(case, full, now), full)
    if outcome.needs:
        raise AssertionError(f"the case at {case.place} cannot be decided without {outcome.needs}")
    return outcome


def played(case: Case, full: Ruleset, now: datetime) -> core.Case:
    """The deal as it stood, and its record as it shows after the move; all about it is known."""
    created_at, mover = now - _AGE, _person(case.by)
    owner = _owner(case, full, mover)
    fields = {"created_at": created_at.isoformat(), **_fields(case, full, now)}
    stood: Values = {**fields, "stage": [_PIPELINE, case.stage], "owner": owner}
    move = StageMove(now, [_PIPELINE, case.moved_to], Actor(ActorKind.PERSON, mover))
    record = Record(
        ref=Ref(_CRM, _DEAL),
        values={**stood, "stage": move.stage},
        version="moved",
        modified_at=now,
        created_at=created_at,
        modified_by=move.actor,
        moves=(StageMove(created_at, [_PIPELINE, case.stage]), move),
        known=frozenset(Aspect),
    )
    everybody = {email: email for email in full.team}
    return core.Case(
        deal=_deal(case, full, owner, fields, created_at),
        links={_CRM: Link(_CRM, _DEAL, _DEAL, stood, stood, "stood", created_at, created_at)},
        now=now,
        records={_CRM: record},
        events=(Event(1, EventKind.WEBHOOK, _CRM, _DEAL),),
        directories={_CRM: Directory(everybody, everybody)},
        pools={},
        since={_CRM: created_at - _AGE},
    )


def _deal(case: Case, full: Ruleset, owner: str, fields: Values, created_at: datetime) -> Deal:
    stage = full.conveyor.stages[case.stage]
    return Deal(
        id=_DEAL,
        journey=_DEAL,
        home=_CRM,
        status=DealStatus(stage.status),
        section=stage.section,
        stage=stage.name,
        owner=owner,
        fields=fields,
        placed=True,
        stage_since=created_at,
        created_at=created_at,
        updated_at=created_at,
    )


def _person(word: str) -> str:
    """A person of the team by e-mail, or whoever stands for a role."""
    return word.lower() if "@" in word else word


def _owner(case: Case, full: Ruleset, mover: str) -> str:
    """The owner given; else the mover, if they work in the section; else somebody who does."""
    if "owner" in case.values:
        return _person(case.values["owner"])
    roles = full.conveyor.section_by_name[full.conveyor.stages[case.stage].section].roles
    return mover if set(full.team[mover].roles) & set(roles) else roles[0]


def _fields(case: Case, full: Ruleset, now: datetime) -> dict[str, str]:
    """The given values; where the rules compare with a day, `30d` is the one so long from now, `-30d` ago."""
    dated = {
        check.field
        for condition in _conditions(full.conveyor)
        for check in _checks(condition)
        if any(test in ("before", "after") for test, _ in check.tests)
    }
    return {
        name: _moment(value, now) if name in dated and _SO_LONG.fullmatch(value) else value
        for name, value in case.values.items()
        if name != "owner"
    }


def _conditions(line: Conveyor) -> Iterator[Condition]:
    for stage in line.stages.values():
        yield from stage.requires
    for rule in line.handoffs:
        yield from (*rule.requires, *rule.unless)


def _checks(condition: Condition) -> Iterator[Check]:
    if isinstance(condition, Check):
        yield condition
        return
    for inner in condition.conditions:
        yield from _checks(inner)


def _moment(value: str, now: datetime) -> str:
    duration = as_duration(value.removeprefix("-"))
    assert duration is not None
    distance = timedelta(seconds=clock_seconds(duration)) * (-1 if value.startswith("-") else 1)
    moment = now.astimezone(UTC) + distance
    return moment.date().isoformat() if duration.unit in "dw" else moment.isoformat()
