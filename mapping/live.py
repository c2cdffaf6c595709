"""What `online` needs to know of a live CRM. `connectors.base.Description` has this shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol


class LiveStage(Protocol):
    """A stage as the CRM has it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def outcome(self) -> Literal["open", "won", "lost"]: ...


class LivePipeline(Protocol):
    """A pipeline as the CRM has it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def stages(self) -> Sequence[LiveStage]: ...


class LiveField(Protocol):
    """A deal field as the CRM has it."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def writable(self) -> bool: ...


class LiveUser(Protocol):
    """A user as the CRM has it."""

    @property
    def id(self) -> str: ...
    @property
    def email(self) -> str | None: ...
    @property
    def active(self) -> bool: ...


class Live(Protocol):
    """What a live CRM account looks like."""

    @property
    def pipelines(self) -> Sequence[LivePipeline]: ...
    @property
    def fields(self) -> Sequence[LiveField]: ...
    @property
    def users(self) -> Sequence[LiveUser]: ...
