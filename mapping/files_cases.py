"""`cases.yaml`: the rules' own tests, as the admin writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from mapping.file_block import Block
from mapping.file_types import Name, Text
from mapping.file_values import Operand


class GivenBlock(Block):
    """The deal before: its stage, and any field of the line."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Name, Operand] = Field(init=False)
    stage: Name

    @property
    def values(self) -> Mapping[str, str]:
        """The fields besides the stage."""
        return self.__pydantic_extra__


class WhenBlock(Block):
    """What happens: somebody with a role, or a person of the team by e-mail, moves it."""

    moved_to: Name
    by: Text


class CaseBlock(Block):
    """One test."""

    given: GivenBlock
    when: WhenBlock
    then: Literal["moved", "handed_off", "returned"]


class CasesFile(Block):
    """The whole file."""

    cases: Annotated[list[CaseBlock], Field(min_length=1)]
