"""What `decide` may know, and what it may want. Same case, same outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mapping.model import (
    Aspect,
    CreateDeal,
    Deal,
    Event,
    Handoff,
    Link,
    Missing,
    Record,
    UpdateDeal,
    Values,
    Write,
)
from mapping.phrases import Phrase
from mapping.ruleset import Place
from sync.core.directory import Directory


class WriteState(StrEnum):
    """Where one of our writes stands, as far as a decision cares."""

    PENDING = "pending"
    SENDING = "sending"  # attempted, no receipt yet
    PARKED = "parked"  # refused by the CRM
    PAST = "past"  # given up recently without a receipt; it may still have landed


@dataclass(frozen=True, slots=True)
class OpenWrite:
    """A write of ours that has no receipt."""

    row_id: int
    write: Write
    state: WriteState
    attempts: int = 0

    @property
    def intended(self) -> Values:
        """The values that a deal record would show if this write landed."""
        body = self.write.body
        if self.attempts == 0:
            return {}
        if isinstance(body, UpdateDeal):
            return body.changes
        return body.values if isinstance(body, CreateDeal) else {}


@dataclass(frozen=True, slots=True)
class Turn:
    """How a person stands in the order of receiving."""

    open_deals: int = 0
    taken: int = 0
    last_at: datetime | None = None


Pool = Mapping[str, Turn]
"""Member e-mail -> how they stand, for one role."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that `decide` may know about one deal."""

    deal: Deal
    links: Mapping[str, Link]  # by connection
    now: datetime
    records: Mapping[str, Record | Missing] = field(default_factory=dict)  # looked at now, by connection
    events: tuple[Event, ...] = ()
    writes: tuple[OpenWrite, ...] = ()
    known_keys: frozenset[str] = frozenset()  # tasks, notes and creates that were made or are on their way
    handoffs: tuple[Handoff, ...] = ()  # all of the deal
    earlier: tuple[Handoff, ...] = ()  # of the other deals of its journey
    directories: Mapping[str, Directory] = field(default_factory=dict)  # by connection
    pools: Mapping[str, Pool] | None = None  # by role; None: not loaded
    since: Mapping[str, datetime] = field(
        default_factory=dict
    )  # when the conveyor began to watch a connection
    unknown: frozenset[str] = frozenset()  # of the past: fields whose values then nobody can tell


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger, before it has an id."""

    kind: str
    summary: Phrase
    actor: str | None = None
    place: Place | None = None
    data: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """Another deal that begins, with the link that waits for its record, and the hand-off that it is."""

    deal: Deal
    link: Link
    handoff: Handoff | None


@dataclass(frozen=True, slots=True)
class TakenTurn:
    """Somebody received a hand-off; holds only if nobody gave them another since the pool was read."""

    role: str
    member: str
    taken_before: int
    taken_after: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be found out before the case can be decided."""

    aspects: frozenset[Aspect] = frozenset()
    pools: bool = False
    values: frozenset[str] = frozenset()  # of the past: fields whose values then nobody can tell

    def __bool__(self) -> bool:
        return bool(self.aspects or self.values) or self.pools

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.aspects | other.aspects, self.pools or other.pools, self.values | other.values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that `decide` wants; when `needs` is set nothing else counts: find out and decide again."""

    deal: Deal
    links: Mapping[str, Link]
    needs: Needs = Needs()
    handoffs: tuple[Handoff, ...] = ()  # new or changed
    writes: tuple[Write, ...] = ()  # wanted and not on their way yet
    supersede: tuple[int, ...] = ()  # rows no longer wanted
    settle: tuple[int, ...] = ()  # rows whose effect was observed
    entries: tuple[Entry, ...] = ()
    turns: tuple[TakenTurn, ...] = ()
    openings: tuple[Opening, ...] = ()
    look_again_at: datetime | None = None
