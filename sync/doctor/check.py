"""What an examination finds: one check each, for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict


class State(StrEnum):
    """How a check went. Only the first two count as fine."""

    FINE = "fine"
    WARNING = "warning"
    PROBLEM = "problem"
    UNREACHABLE = "unreachable"  # the CRM gave no answer, so nothing was found out


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; further lines of the message are details."""

    name: str
    state: State
    message: str

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.state in (State.FINE, State.WARNING)


Found = Mapping[str, Sequence[Check]]
"""The checks of each connection, in the order to read them."""


class CheckView(TypedDict):
    """One check as `conveyor doctor --json` prints it."""

    name: str
    ok: bool
    message: str


class ConnectionView(TypedDict):
    """One connection with its checks."""

    ok: bool
    checks: list[CheckView]


class DoctorView(TypedDict):
    """What `conveyor doctor --json` prints."""

    connections: dict[str, ConnectionView]


def view(found: Found) -> DoctorView:
    """The checks as plain data."""
    return DoctorView(connections={name: _connection(checks) for name, checks in found.items()})


def _connection(checks: Sequence[Check]) -> ConnectionView:
    return ConnectionView(
        ok=all(check.ok for check in checks),
        checks=[CheckView(name=one.name, ok=one.ok, message=one.message) for one in checks],
    )
