"""The nouns every part of the house shares: records, deals, links, events and writes.

Plain frozen dataclasses: what comes from outside is validated where it enters, inside we trust our own types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from mapping.phrases import Words

Value = str | int | float | bool | None | list[str]
"""A plain JSON value. Amounts and numbers are decimal strings, dates `YYYY-MM-DD`, times ISO 8601 UTC."""

Values = Mapping[str, Value]
"""Conveyor field name -> value. Two names are reserved: `stage` is `[pipeline id, stage id]` of the CRM and
`owner` is the CRM's account id of the owner; on a `Deal`, `stage` and `owner` have fields of their own."""

PEOPLE_FIELDS = frozenset({"contact_name", "contact_email", "contact_phone", "company"})
"""Always-known fields that live on the contact or the company, which most CRMs read with further calls."""

STANDARD_FIELDS = frozenset({"title", "amount", "currency", "source", "created_at"}) | PEOPLE_FIELDS
"""The always-known fields besides `owner` and `stage`, which need no line in a mapping."""


class Aspect(StrEnum):
    """A part of a record that costs further calls, read only when a decision depends on it."""

    PEOPLE = "people"  # contact and company fields
    HISTORY = "history"  # who moved the deal, and where it went in between
    TASKS = "tasks"  # the state of the tasks that we made


class ActorKind(StrEnum):
    """Who is behind a change, as far as the CRM says."""

    PERSON = "person"
    INTEGRATION = "integration"  # another program
    AUTOMATION = "automation"  # the CRM's own workflow
    OURS = "ours"  # this conveyor
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever made a change; `user_id` is an id that the connection's directory knows, if it is a person."""

    kind: ActorKind
    user_id: str | None = None


UNKNOWN_ACTOR = Actor(ActorKind.UNKNOWN)


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Where a record lives."""

    connection: str
    remote_id: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.remote_id}"


@dataclass(frozen=True, slots=True)
class StageMove:
    """One move of a deal, from the CRM's own history."""

    at: datetime
    stage: list[str]  # [pipeline id, stage id] it moved to
    actor: Actor = UNKNOWN_ACTOR


@dataclass(frozen=True, slots=True)
class TaskState:
    """What became of a task that we made."""

    done: bool
    owner: str | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A deal as its CRM shows it now. A field that was not read is absent from `values`; an empty one is None."""

    ref: Ref
    values: Values
    version: str  # changes whenever anything we read changes; a hash where the CRM has none
    modified_at: datetime | None = None
    created_at: datetime | None = None
    created_by: Actor = UNKNOWN_ACTOR
    modified_by: Actor = UNKNOWN_ACTOR  # who made the latest change of stage or owner, where the CRM says
    deal_key: str | None = None
    moves: tuple[StageMove, ...] = ()  # oldest first; complete only if HISTORY is in `known`
    tasks: Mapping[str, TaskState] = field(default_factory=dict)  # remote task id -> state
    known: frozenset[Aspect] = frozenset()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The CRM has no such record (any more)."""

    ref: Ref
    reason: Literal["deleted", "merged", "not_found"]
    survivor: str | None = None  # remote id that a merged record lives on under


class HintKind(StrEnum):
    """What a webhook suggests happened."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    MERGED = "merged"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Hint:
    """What one webhook event suggests; never trusted for values, only for where to look and who did it."""

    remote_id: str
    kind: HintKind = HintKind.CHANGED
    source_id: str | None = None  # the CRM's own identity of the event, for telling doubles
    occurred_at: datetime | None = None
    actor: Actor = UNKNOWN_ACTOR
    field: str | None = None  # conveyor field name, where the CRM says which changed
    value: str | None = None  # the CRM's raw value; a stage id alone for `stage`


class EventKind(StrEnum):
    """Why a deal is looked at."""

    WEBHOOK = "webhook"
    POLL = "poll"
    BACKFILL = "backfill"
    CONFIG = "config"  # the active ruleset changed
    MANUAL = "manual"  # a person asked on the command line or the console
    TIMER = "timer"
    LOOK = "look"  # we asked ourselves: after a conflict or an odd receipt


@dataclass(frozen=True, slots=True)
class Event:
    """An inbox row: look at this deal again, because."""

    id: int
    kind: EventKind
    connection: str | None = None
    remote_id: str | None = None
    hint: Hint | None = None
    record: Record | None = None  # the observation that a poll or backfill brought along
    data: Mapping[str, str] = field(default_factory=dict)  # arguments of a manual action


class DealStatus(StrEnum):
    """Where a deal stands on the line."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    UNMAPPED = "unmapped"  # its CRM stage is mapped nowhere: parked
    IGNORED = "ignored"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Correction:
    """A violation that was found: what the conveyor says, and puts back in `enforce`."""

    key: str  # names the violation; notes and tasks made for it carry it
    kind: str  # role, requires, no_rule, owner, start, loop
    subject: str  # the hand-off rule or the stage whose requirements were not met
    rule: str
    file: str
    line: int
    mode: str
    message: Words  # for the note
    actor: str | None  # e-mail of who did it, None for somebody not on the team
    puts_back: bool
    back_to: list[str] | None = None  # the CRM stage it had before, where the move is undone
    asked_before: Correction | None = None  # that nobody with the role has the deal: still asked besides


@dataclass(frozen=True, slots=True)
class Deal:
    """The agreed canonical deal."""

    id: str
    journey: str
    home: str  # the connection that hosts it now
    status: DealStatus = DealStatus.UNMAPPED
    section: str | None = None  # where it stands, or last stood while unmapped, ignored or deleted
    stage: str | None = None
    owner: str | None = None  # a member's e-mail, None for nobody or somebody not on the team
    fields: Values = field(default_factory=dict)
    placed: bool = False  # False until it was first seen on a mapped stage
    stage_since: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    correction: Correction | None = None
    moved_at: tuple[
        datetime, ...
    ] = ()  # when the conveyor itself moved or re-assigned it, for the loop breaker
    visit: str | None = None  # names its stay on this stage; None if it stood there at first sight
    opened: tuple[str, ...] = ()  # what was opened after it, by reason
    because: Words | None = None  # why the conveyor itself opened it
    active_at: datetime | None = None  # when somebody last did something with it; None: not since first sight
    touches: int = 0  # how often somebody did, since it came onto its stage
    edited_at: Mapping[str, datetime] = field(
        default_factory=dict
    )  # when we saw each field change, if it did


@dataclass(frozen=True, slots=True)
class Link:
    """Ties a deal to one record and keeps the base that changes are found against."""

    connection: str
    remote_id: str | None  # None until our create has its receipt
    deal_id: str
    seen: Values = field(default_factory=dict)  # what the CRM last showed
    sent: Values = field(default_factory=dict)  # what we last meant it to hold
    version: str | None = None
    modified_at: datetime | None = None
    stage_at: datetime | None = None  # the latest stage move that was judged
    tasks: Mapping[str, str] = field(default_factory=dict)  # write key -> remote task id, open ones only
    lost: tuple[str, ...] = ()  # write keys of tasks that somebody deleted
    url: str | None = None
    gone: bool = False
    put_back: str | None = None  # of a twin: names the latest time that a person moved it, for the note
    astray: str | None = (
        None  # of a twin: the deal's stay during which a person moved it, and it was left there
    )


class HandoffStatus(StrEnum):
    """The life of a hand-off; offered = accepted + returned + open, where open is pending or waiting."""

    WAITING = "waiting"  # nobody was free: it waits in the queue
    PENDING = "pending"  # offered, not yet accepted
    ACCEPTED = "accepted"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was considered for a hand-off, and why not them."""

    member: str
    chosen: bool
    why: Words


@dataclass(frozen=True, slots=True)
class Handoff:
    """One passing of one deal from a section to the next."""

    id: str
    deal_id: str
    rule: str
    file: str
    line: int
    from_section: str
    to_section: str
    from_stage: str
    from_member: str | None
    to_member: str | None
    status: HandoffStatus
    offered_at: datetime
    due_at: datetime | None = None
    since: datetime | None = None  # when the deadline that runs now began
    late_steps: int = 0  # of the ladder `if_late`, taken already
    closed_at: datetime | None = None
    asks_reason: bool = False  # it was returned without one
    reason: Words | None = None
    defects: tuple[Words, ...] = ()  # what was missing when it was let through anyway
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person as a deal is created for: contact of a deal in another CRM."""

    name: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class UpdateDeal:
    """Bring stage, owner or fields of a deal to these values, if it still shows what we saw."""

    seen: Values  # only the names in `changes`
    changes: Values
    kind: Literal["update"] = "update"


@dataclass(frozen=True, slots=True)
class CreateDeal:
    """Create the deal with its contact and company, found by key or e-mail first."""

    deal_key: str
    values: Values
    contact: Person | None = None
    company: str | None = None
    kind: Literal["create"] = "create"


@dataclass(frozen=True, slots=True)
class CreateTask:
    """A task on the deal for one person."""

    subject: str
    body: str  # plain text, lines parted by newlines; the connector renders it
    owner: str | None  # account id
    due_at: datetime
    kind: Literal["task"] = "task"


@dataclass(frozen=True, slots=True)
class CreateNote:
    """A note on the deal."""

    body: str  # plain text
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class CloseTask:
    """Mark a task that we made as done, because its reason is gone."""

    task_id: str
    kind: Literal["close_task"] = "close_task"


WriteBody = UpdateDeal | CreateDeal | CreateTask | CreateNote | CloseTask


@dataclass(frozen=True, slots=True)
class Write:
    """The smallest change that brings one CRM to the deal; safe to hand to a connector twice."""

    key: str  # idempotency key: unique per deal while pending, sending or parked
    deal_id: str
    connection: str
    remote_id: str | None  # None only for a create
    body: WriteBody


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the CRM says it did."""

    remote_id: str  # of the deal, or of the task or note made
    values: Values = field(
        default_factory=dict
    )  # of a deal write: what the CRM shows now, names written at least
    version: str | None = None
    modified_at: datetime | None = None
    url: str | None = None
