"""When people work, as the admin writes it: of the whole line, or of one person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mapping.file_block import Block
from mapping.file_types import Clock, Text

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WorkingHoursBlock(Block):
    """When people work."""

    days: Annotated[list[Day], Field(min_length=1)]
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    holidays: Text | None = None
