"""What is counted: one fact for each thing that happened to a deal. Times are microseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.model import Value

FORWARD, BACK, LOST, WON, OTHER = "forward", "back", "lost", "won", "other"
"""The ways in which a deal leaves a stage."""


@dataclass(slots=True)
class Known:
    """What the deal itself says today; the ledger says what it was."""

    home: str
    journey: str
    status: str
    stage: str | None
    owner: str | None
    source: str
    amount: str | None
    currency: str | None
    created_at: int | None
    updated_at: int


@dataclass(slots=True)
class Whose:
    """To which row of each table something belongs."""

    section: str
    person: str | None
    source: str
    connection: str


@dataclass(slots=True)
class Stay:
    """One stay of one deal on an open stage, or in a section with `stage` empty."""

    deal: str
    stage: str
    whose: Whose
    began: int
    found: bool  # it stood there before the conveyor watched, nobody knows since when
    seen: bool  # the conveyor saw it come
    ended: int | None = None
    way: str | None = None
    touches: int | None = None
    amount: Value = None  # when it began
    currency: Value = None
    worth: tuple[str | None, str | None] | None = (
        None  # amount and currency of today, of a stay that is not over
    )
    arrived: bool = False  # it began without a move: the deal is new on the line


@dataclass(slots=True)
class Found:
    """A deal that was there, open or not, before the conveyor watched."""

    deal: str
    at: int
    won: bool
    whose: Whose
    amount: Value
    currency: Value


@dataclass(slots=True)
class Win:
    """A deal was won."""

    deal: str
    at: int
    whose: Whose
    amount: Value
    currency: Value


@dataclass(slots=True)
class Broken:
    """A rule had something against a move or an owner; `what` is put_back, let_through, defects or exceptions."""

    at: int
    what: str
    rule: str
    whose: Whose


@dataclass(slots=True)
class FollowUp:
    """An owner was asked to follow up; `answered` says when somebody did."""

    at: int
    whose: Whose
    answered: int | None = None


@dataclass(slots=True)
class Passed:
    """One hand-off."""

    id: str
    deal: str
    rule: str
    to_section: str
    from_section: str
    from_person: str | None
    to_person: str | None
    offered: int
    due: int | None
    closed: int | None
    accepted: bool
    withdrawn: bool
    late_steps: int
    defects: bool
    reason: str
    whose: Whose
