"""The compiled rules: all YAML, validated, immutable, named by its hash. Holds no logic but look-ups.

Built by `mapping.loader.load_ruleset`; every rule knows the file and line it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Literal

ANYWHERE = "anywhere"


class Mode(StrEnum):
    """What a broken rule leads to."""

    OBSERVE = "observe"  # record only; nothing is written into a CRM
    WARN = "warn"  # also tell people
    ENFORCE = "enforce"  # also put right


@dataclass(frozen=True)
class Place:
    """Where in the YAML something is written."""

    file: str  # relative to the configuration folder, e.g. `conveyor.yaml`
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Duration:
    """`30m`, `4h`, `3d`, `2w`: of working time where working hours are given, a day being a working day."""

    amount: int
    unit: Literal["m", "h", "d", "w"]

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


@dataclass(frozen=True)
class WorkingHours:
    """When people work; `days` are 0 (Monday) to 6, `holidays` a country or region: `BG`, `DE-BY`."""

    days: tuple[int, ...]
    start: time
    end: time
    holidays: str | None = None


@dataclass(frozen=True)
class Check:
    """One field must be filled in, and pass each test: (`at_least`, `1000`), (`one_of`, (...)) ..."""

    field: str
    tests: tuple[tuple[str, str | tuple[str, ...]], ...] = ()  # no test: filled in is enough
    ask: str | None = None


@dataclass(frozen=True)
class AnyOf:
    """At least one of these must hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AllOf:
    """All of these must hold."""

    conditions: tuple[Condition, ...]


Condition = Check | AnyOf | AllOf


@dataclass(frozen=True)
class PlaybookTask:
    """A task made in the CRM when a deal enters a stage."""

    task: str
    due: Duration
    required: bool
    place: Place


@dataclass(frozen=True)
class Stage:
    """One stage of the conveyor."""

    name: str
    section: str
    status: Literal["open", "won", "lost"]
    place: Place
    title: str
    requires: tuple[Condition, ...] = ()
    playbook: tuple[PlaybookTask, ...] = ()
    follow_up_after: Duration | None = None
    mode: Mode | None = None


@dataclass(frozen=True)
class Section:
    """One section of the conveyor, worked by its roles."""

    name: str
    title: str
    roles: tuple[str, ...]
    stages: tuple[Stage, ...]
    place: Place
    crm: str | None = None  # the connection this section lives in
    in_order: bool = False
    mode: Mode | None = None


@dataclass(frozen=True)
class Role:
    """A role on the line."""

    name: str
    title: str
    may_move: str | None = None  # `anywhere`


@dataclass(frozen=True)
class Assign:
    """Who receives a hand-off."""

    to: str  # a role
    by: Literal["round_robin", "least_loaded", "weighted", "same_as_before", "person"]
    person: str | None = None
    otherwise: str | None = None  # `else` of the YAML
    if_nobody: Literal["wait"] = "wait"


@dataclass(frozen=True)
class HandoffRule:
    """The rule for passing a deal from one section to the next."""

    name: str
    from_section: str
    to_section: str
    assign: Assign
    place: Place
    on: Literal["won"] | None = None
    requires: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    accept_within: Duration | None = None
    remind_at: tuple[int, ...] = ()  # percent of the deadline
    if_late: tuple[Literal["reassign", "escalate", "return"], ...] = ()
    return_reasons: tuple[str, ...] = ()
    brief: str | None = None
    carry: tuple[str, ...] = ()
    mode: Mode | None = None


@dataclass(frozen=True)
class Growth:
    """What makes a customer come again."""

    open: str
    anchor: str  # `contract_end`, `won`
    relation: Literal["before", "after"]
    by: Duration
    place: Place


@dataclass(frozen=True)
class Practice:
    """What must not quietly fade."""

    name: str
    stage: str
    at_least_once_in: Duration
    place: Place


@dataclass(frozen=True)
class Safety:
    """Limits on what the conveyor does by itself."""

    ask_deals: int | None = None
    ask_percent: int | None = None
    moves: int = 3
    moves_per: Duration = Duration(1, "h")  # of clock time


@dataclass(frozen=True)
class Conveyor:
    """The canonical line: sections in the order in which a customer travels."""

    name: str
    timezone: str
    mode: Mode
    outsiders: Literal["allow", "judge"]
    roles: Mapping[str, Role]
    sections: tuple[Section, ...]
    handoffs: tuple[HandoffRule, ...]
    safety: Safety
    place: Place
    working_hours: WorkingHours | None = None
    growth: tuple[Growth, ...] = ()
    practices: tuple[Practice, ...] = ()
    language: str = "en"

    @cached_property
    def stages(self) -> Mapping[str, Stage]:
        """Every stage by its name, in the order of the line."""
        return {stage.name: stage for section in self.sections for stage in section.stages}

    @cached_property
    def section_by_name(self) -> Mapping[str, Section]:
        return {section.name: section for section in self.sections}

    @cached_property
    def section_order(self) -> Mapping[str, int]:
        return {section.name: index for index, section in enumerate(self.sections)}

    def handoff(self, from_section: str, to_section: str) -> HandoffRule | None:
        """The rule for this boundary, if there is one."""
        return next(
            (r for r in self.handoffs if (r.from_section, r.to_section) == (from_section, to_section)), None
        )

    def handoff_on_won(self, section: str) -> HandoffRule | None:
        """The rule by which winning a deal in this section hands it on, if there is one."""
        return next((r for r in self.handoffs if r.from_section == section and r.on == "won"), None)

    def mode_of(self, *, rule: HandoffRule | None = None, stage: str | None = None) -> Mode:
        """The mode in force: a rule's own, else its stage's, else its section's, else the line's."""
        found = self.stages.get(stage) if stage else None
        section = self.section_by_name.get(found.section) if found else None
        for own in (rule, found, section):
            if own is not None and own.mode is not None:
                return own.mode
        return self.mode


@dataclass(frozen=True)
class Away:
    """An absence; both days included, in the line's time zone."""

    start: date
    until: date
    covered_by: str | None = None


@dataclass(frozen=True)
class Quota:
    """What a person is to sell."""

    amount: str
    currency: str
    per: Literal["week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Member:
    """A person of the team; `email` is their name everywhere in the house, lower case."""

    name: str
    email: str
    roles: tuple[str, ...]
    place: Place
    capacity: int | None = None
    weight: int = 1
    away: tuple[Away, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)  # connection -> account id
    quota: Quota | None = None
    language: str | None = None
    timezone: str | None = None
    working_hours: WorkingHours | None = None


@dataclass(frozen=True)
class StageMap:
    """One CRM stage and what it means on the line."""

    name: str  # as people see it
    id: str
    means: str | None  # a conveyor stage; None: ignored
    write_back: bool
    place: Place


@dataclass(frozen=True)
class PipelineMap:
    """One CRM pipeline; `stages` is empty where the whole pipeline is ignored."""

    name: str
    id: str
    ignore: bool
    stages: tuple[StageMap, ...]
    place: Place


@dataclass(frozen=True)
class ConnectionMapping:
    """How one connection's stages and fields map onto the line."""

    connection: str
    pipelines: tuple[PipelineMap, ...]
    fields: Mapping[str, str]  # conveyor field -> CRM field (internal name or label)
    write_back: Mapping[str, str]  # `section`, `accept_by` -> CRM field
    place: Place

    @cached_property
    def stage_by_id(self) -> Mapping[tuple[str, str], StageMap]:
        """(pipeline id, stage id) -> its line in the mapping."""
        return {(p.id, s.id): s for p in self.pipelines for s in p.stages}

    @cached_property
    def ignored_pipelines(self) -> frozenset[str]:
        return frozenset(p.id for p in self.pipelines if p.ignore)


@dataclass(frozen=True)
class ConnectionSettings:
    """One connection as the YAML has it; secrets are still `${NAMES}` and are resolved when it is opened."""

    name: str
    crm: str
    place: Place
    poll_every: Duration
    settings: Mapping[str, object] = field(
        default_factory=dict
    )  # auth, webhook, region, base_url ... unresolved


@dataclass(frozen=True)
class Case:
    """One of the rules' own tests: a deal, a move by a role or a person, and what must become of it."""

    stage: str
    values: Mapping[str, str]
    moved_to: str
    by: str
    then: Literal["moved", "handed_off", "returned"]
    place: Place


@dataclass(frozen=True)
class Ruleset:
    """All YAML, validated and compiled."""

    hash: str
    files: Mapping[str, str]  # relative path -> text, as the admin wrote it
    public_url: str | None
    connections: Mapping[str, ConnectionSettings]
    conveyor: Conveyor
    mappings: Mapping[str, ConnectionMapping]
    team: Mapping[str, Member]  # by e-mail
    cases: tuple[Case, ...] = ()

    def holders(self, role: str) -> tuple[Member, ...]:
        """The people with this role, in the order of the team file."""
        return tuple(member for member in self.team.values() if role in member.roles)

    def working_time(self, email: str | None) -> tuple[WorkingHours | None, str]:
        """When somebody works, and in which time zone: as the line does, but for what they have of their own."""
        line, member = self.conveyor, self.team.get(email or "")
        if member is None:
            return line.working_hours, line.timezone
        return member.working_hours or line.working_hours, member.timezone or line.timezone

    def may_move_anywhere(self, email: str) -> bool:
        member = self.team.get(email)
        roles = self.conveyor.roles
        return member is not None and any(roles[r].may_move == ANYWHERE for r in member.roles if r in roles)
