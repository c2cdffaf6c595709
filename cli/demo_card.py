"""What people see in an emulated CRM: cards with their tasks, customers, and how its API was called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Task:
    """A task of ours on a deal."""

    id: str
    subject: str
    body: str
    owner: str | None
    due: str | None
    done: bool


@dataclass(frozen=True)
class Card:
    """A deal as people see it in the CRM; `stage` is the line's, None where the column means none."""

    stage: str | None
    column: list[str]
    owner: str | None
    title: str
    amount: Decimal | None
    fields: Mapping[str, Any]
    notes: tuple[str, ...]
    tasks: tuple[Task, ...]
    merged_into: str | None
    deleted: bool

    @property
    def todo(self) -> list[tuple[str | None, str]]:
        """Who still has which task of ours."""
        return [(task.owner, task.subject) for task in self.tasks if not task.done]


@dataclass(frozen=True)
class Customer:
    """A contact or a company (which has no e-mail), and the deals it is on."""

    kind: str
    name: str
    email: str | None
    deals: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """Calls of a CRM's API: in all, beyond its rate limits, and not in its vendor's documented form."""

    requests: int
    refused: int
    malformed: int
