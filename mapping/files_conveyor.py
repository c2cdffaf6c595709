"""`conveyor.yaml`: the line itself, as the admin writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from mapping.file_block import Block
from mapping.file_hours import WorkingHoursBlock
from mapping.file_types import (
    ConnectionName,
    DurationText,
    Email,
    Language,
    ModeWord,
    Name,
    Names,
    Number,
    Percent,
    Rate,
    Text,
)
from mapping.file_values import Moment, Operands, Pattern

Method = Literal["round_robin", "least_loaded", "weighted", "same_as_before", "person"]


class Tests(Block):
    """What a field must pass; none of them: it must be filled in."""

    at_least: Number | None = None
    at_most: Number | None = None
    one_of: Operands | None = None
    none_of: Operands | None = None
    matches: Pattern | None = None
    before: Moment | None = None
    after: Moment | None = None
    ask: Text | None = None


class AnyOfBlock(Block):
    """At least one of these."""

    any_of: Conditions


class AllOfBlock(Block):
    """All of these."""

    all_of: Conditions


def _shape(value: object) -> str | None:
    if isinstance(value, str):
        return "<field>"
    if isinstance(value, dict):
        return next((f"<{word}>" for word in ("any_of", "all_of") if word in value), "<tests>")
    return None


ConditionForm = str | AnyOfBlock | AllOfBlock | dict[str, Tests]
"""What a condition is once it is read."""

Condition = Annotated[
    Annotated[Name, Tag("<field>")]
    | Annotated[AnyOfBlock, Tag("<any_of>")]
    | Annotated[AllOfBlock, Tag("<all_of>")]
    | Annotated[dict[Name, Tests], Field(min_length=1, max_length=1), Tag("<tests>")],
    Discriminator(_shape),
]
Conditions = Annotated[list[Condition], Field(min_length=1)]


class RoleBlock(Block):
    """A role on the line."""

    title: Text | None = None
    may_move: Literal["anywhere"] | None = None


class PlaybookBlock(Block):
    """A task made when a deal enters the stage."""

    task: Text
    due: DurationText
    required: bool = False


class StageBlock(Block):
    """One stage."""

    title: Text | None = None
    status: Literal["open", "won", "lost"] = "open"
    requires: Conditions | None = None
    playbook: Annotated[list[PlaybookBlock], Field(min_length=1)] | None = None
    follow_up_after: DurationText | None = None
    mode: ModeWord | None = None


class SectionBlock(Block):
    """One section, its stages in the order in which a customer travels."""

    title: Text | None = None
    roles: Names
    crm: ConnectionName | None = None
    in_order: bool = False
    mode: ModeWord | None = None
    stages: Annotated[dict[Name, StageBlock], Field(min_length=1)]


class AssignBlock(Block):
    """Who receives the deal."""

    to: Name
    by: Method
    person: Email | None = None
    otherwise: Method | None = Field(default=None, alias="else")
    if_nobody: Literal["wait"] = "wait"


class HandoffBlock(Block):
    """The rule for one boundary."""

    name: Text | None = None
    from_section: Name = Field(alias="from")
    to_section: Name = Field(alias="to")
    on: Literal["won"] | None = None
    requires: Conditions | None = None
    unless: Conditions | None = None
    assign: AssignBlock
    accept_within: DurationText | None = None
    remind_at: Annotated[list[Percent], Field(min_length=1)] | None = None
    if_late: Annotated[list[Literal["reassign", "escalate", "return"]], Field(min_length=1)] | None = None
    return_reasons: Annotated[list[Text], Field(min_length=1)] | None = None
    brief: Text | None = None
    carry: Names | None = None
    mode: ModeWord | None = None


class GrowthBlock(Block):
    """What makes a customer come again: exactly one of `before` and `after`."""

    open: Name
    before: Name | None = None
    after: Name | None = None
    by: DurationText


class PracticeBlock(Block):
    """What must not quietly fade."""

    name: Text
    stage: Name
    at_least_once_in: DurationText


class AskBlock(Block):
    """The brake: a change that would move more than this waits for a person."""

    deals: Annotated[int, Field(ge=1)] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] | None = None


class SafetyBlock(Block):
    """Limits on what the conveyor does by itself."""

    ask_before_moving: AskBlock | None = None
    moves_per_deal: Rate | None = None


class ConveyorFile(Block):
    """The whole file."""

    name: Text
    timezone: Text
    working_hours: WorkingHoursBlock | None = None
    mode: ModeWord
    language: Language = "en"
    outsiders: Literal["allow", "judge"] = "judge"
    roles: Annotated[dict[Name, RoleBlock], Field(min_length=1)]
    sections: Annotated[dict[Name, SectionBlock], Field(min_length=1)]
    handoffs: list[HandoffBlock] = Field(default_factory=list)
    growth: list[GrowthBlock] = Field(default_factory=list)
    practices: list[PracticeBlock] = Field(default_factory=list)
    safety: SafetyBlock | None = None


AnyOfBlock.model_rebuild()
AllOfBlock.model_rebuild()
