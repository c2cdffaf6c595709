"""`team.yaml`: people, as the admin writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mapping.file_block import Block
from mapping.file_hours import WorkingHoursBlock
from mapping.file_types import (
    ConnectionName,
    CurrencyCode,
    Date,
    Email,
    Language,
    Names,
    Number,
    RemoteId,
    Text,
)


class AwayBlock(Block):
    """An absence, both days included."""

    start: Date = Field(alias="from")
    until: Date
    covered_by: Email | None = None


class QuotaBlock(Block):
    """What a person is to sell."""

    amount: Number
    currency: CurrencyCode
    per: Literal["week", "month", "quarter", "year"]


class MemberBlock(Block):
    """One person."""

    name: Text
    email: Email
    roles: Names
    capacity: Annotated[int, Field(ge=0)] | None = None
    weight: Annotated[int, Field(ge=1)] = 1
    away: list[AwayBlock] = Field(default_factory=list)
    accounts: dict[ConnectionName, RemoteId] = Field(default_factory=dict)
    quota: QuotaBlock | None = None
    language: Language | None = None
    timezone: Text | None = None
    working_hours: WorkingHoursBlock | None = None


class TeamFile(Block):
    """The whole file."""

    team: Annotated[list[MemberBlock], Field(min_length=1)]
