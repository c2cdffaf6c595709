"""A CRM at the edge of the simulated world: rounds amounts, keeps history, is edited by people at any moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from connectors import deadline
from connectors.base import (
    Capabilities,
    Delivery,
    Description,
    Lane,
    Look,
    Page,
    RemoteUser,
    StageChange,
    Subscription,
)
from connectors.errors import Conflict, Transient
from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    Hint,
    Missing,
    Receipt,
    Record,
    Ref,
    StageMove,
    TaskState,
    UpdateDeal,
    Value,
    Write,
)

from .rules import PEOPLE

ALL = frozenset(Aspect)


@dataclass
class Row:
    """A deal in the CRM."""

    values: dict[str, Value]
    created_at: datetime
    created_by: Actor
    version: int = 0
    modified_at: datetime | None = None
    modified_by: Actor = field(default_factory=lambda: Actor(ActorKind.UNKNOWN))
    key: str | None = None
    moves: list[StageMove] = field(default_factory=list)


@dataclass
class Made:
    """A task or note in the CRM."""

    key: str
    deal: str
    body: str
    done: bool = False


class SimulatedCrm:
    """The account itself: rows and what was done to them, with the counters that the laws are checked by."""

    def __init__(
        self,
        name: str,
        places: int,
        clock: Callable[[], datetime],
        chance: random.Random,
        *,
        means: Mapping[str, str | None] | None = None,
        people: Sequence[str] = PEOPLE,
    ) -> None:
        self.name, self.places, self.clock, self.chance = name, places, clock, chance
        self.means, self.people = MEANS if means is None else means, people
        self.rows: dict[str, Row] = {}
        self.tasks: dict[str, Made] = {}
        self.notes: dict[str, Made] = {}
        self.hooks: list[Hint] = []
        self.people_made = 0
        self.writes = self.creates = self.trampled = 0
        self.needless: list[tuple[str, Value, Value]] = []
        self._ids = 0

    def new_id(self) -> str:
        self._ids += 1
        return f"{self.name[0]}{self._ids}"

    def put(self, remote_id: str, changes: Mapping[str, Value], actor: Actor) -> None:
        """Change a row, whoever does it; webhooks are lost, sent once or twice."""
        now = self.clock()
        row = self.rows.get(remote_id)
        if row is None:
            row = self.rows[remote_id] = Row({}, now, actor)
        for name, value in changes.items():
            stored = self._stored(name, value)
            if name == "stage" and row.values.get("stage") != stored and isinstance(stored, list):
                row.moves.append(StageMove(now, stored, actor))
            if name in ("stage", "owner"):
                row.modified_by = actor
            row.values[name] = stored
        row.version += 1
        row.modified_at = now
        hint = Hint(remote_id=remote_id)
        self.hooks += [hint] * self.chance.choice([0, 1, 1, 2])

    def _stored(self, name: str, value: Value) -> Value:
        if name == "amount" and value is not None:
            return str(round(Decimal(str(value)), self.places).normalize() + 0)
        return value

    def record(self, remote_id: str) -> Record | Missing:
        row = self.rows.get(remote_id)
        ref = Ref(self.name, remote_id)
        if row is None:
            return Missing(ref, "not_found")
        return Record(
            ref=ref,
            values=dict(row.values),
            version=str(row.version),
            modified_at=row.modified_at,
            created_at=row.created_at,
            created_by=row.created_by,
            modified_by=row.modified_by,
            deal_key=row.key,
            moves=tuple(row.moves),
            tasks={i: TaskState(t.done) for i, t in self.tasks.items() if t.deal == remote_id},
            known=ALL,
        )


@dataclass
class Trouble:
    """What may happen in the middle of a call: crashes, stalls, time-outs, a person's edit."""

    crash: Callable[[], None]
    stall: Callable[[], None]
    edit: Callable[[str, str], None]  # of a field
    interfere: Callable[[str, str], None]  # edit a field or move the deal
    chance: random.Random
    on: bool = True

    def fails(self, share: float) -> bool:
        return self.on and self.chance.random() < share


class SimulatedConnector:
    """Speaks to the simulated account as the real connectors speak to theirs: reads before it writes."""

    def __init__(self, crm: SimulatedCrm, trouble: Trouble) -> None:
        self.crm, self.trouble = crm, trouble

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            conditional_write=False,
            keyed_create=True,
            names_actor=True,
            signs_webhooks=False,
            subscribes=False,
            history=True,
            batch_read=4,
            poll_overlap=timedelta(0),
            rates=(),
        )

    def verify(self, delivery: Delivery) -> None:
        raise NotImplementedError("webhooks reach the simulated house as hints")

    def parse(self, delivery: Delivery) -> list[Hint]:
        raise NotImplementedError("webhooks reach the simulated house as hints")

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        if self.trouble.fails(0.05):
            raise Transient("no answer")
        found = {look.remote_id: self.crm.record(look.remote_id) for look in looks}
        self.trouble.crash()
        return found

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        """Every record there is, seen from afar: without actor, history and tasks."""
        records = [self.crm.record(remote_id) for remote_id in sorted(self.crm.rows)]
        yield Page(tuple(r for r in records if isinstance(r, Record)), cursor="now")

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        return self.changed(cursor)

    def history(self, since: datetime) -> Iterator[StageChange]:
        return iter(())

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        self.trouble.crash()
        self.trouble.stall()
        if self.trouble.fails(0.1) and write.remote_id is not None:
            self.trouble.interfere(self.crm.name, write.remote_id)
        if self.trouble.fails(0.05):
            raise Transient("no answer", uncertain=True)
        deadline.check()
        receipt = self._effect(write, attempt)
        if self.trouble.fails(0.15 if isinstance(write.body, CreateDeal) else 0.05):
            raise Transient("the answer was lost", uncertain=True)
        self.trouble.stall()
        self.trouble.crash()
        return receipt

    def _effect(self, write: Write, attempt: int) -> Receipt:
        match write.body:
            case UpdateDeal():
                return self._update(write, write.body)
            case CreateDeal():
                return self._create(write.body)
            case CreateTask():
                return self._make(self.crm.tasks, write, write.body.subject, attempt)
            case CreateNote():
                return self._make(self.crm.notes, write, write.body.body, attempt)
            case CloseTask():
                if write.body.task_id in self.crm.tasks:
                    self.crm.tasks[write.body.task_id].done = True
                return Receipt(write.body.task_id)

    def _update(self, write: Write, body: UpdateDeal) -> Receipt:
        assert write.remote_id is not None
        current = self.crm.rows[write.remote_id].values
        if all(current.get(name) == value for name, value in body.changes.items()):
            return Receipt(write.remote_id, dict(current))
        if conflicts(current, body):
            raise Conflict
        self.crm.writes += 1
        self._judge_write(current, body)
        self.crm.put(write.remote_id, body.changes, Actor(ActorKind.OURS))
        if self.trouble.fails(0.1):
            self.trouble.edit(self.crm.name, write.remote_id)  # before the CRM answers
        return Receipt(write.remote_id, dict(self.crm.rows[write.remote_id].values))

    def _judge_write(self, current: Mapping[str, Value], body: UpdateDeal) -> None:
        if any(current.get(name) != body.seen.get(name) for name in body.changes):
            self.crm.trampled += 1
        means = self.crm.means
        if "stage" in body.changes and means.get(_id(current["stage"])) == means.get(
            _id(body.changes["stage"])
        ):
            self.crm.needless.append((self.crm.name, current["stage"], body.changes["stage"]))

    def _create(self, body: CreateDeal) -> Receipt:
        for remote_id, row in self.crm.rows.items():
            if row.key == body.deal_key and looks_up_by_key():
                return Receipt(remote_id, dict(row.values))
        remote_id = self.crm.new_id()
        self.crm.creates += 1
        self.crm.put(remote_id, body.values, Actor(ActorKind.OURS))
        self.crm.rows[remote_id].key = body.deal_key
        return Receipt(remote_id, dict(self.crm.rows[remote_id].values))

    def _make(self, shelf: dict[str, Made], write: Write, body: str, attempt: int) -> Receipt:
        assert write.remote_id is not None
        if searches_before_repeating(attempt):
            for made_id, made in shelf.items():
                if made.key == write.key:
                    return Receipt(made_id)
        made_id = self.crm.new_id()
        shelf[made_id] = Made(write.key, write.remote_id, body)
        return Receipt(made_id)

    def describe(self) -> Description:
        users = tuple(
            RemoteUser(f"{self.crm.name[0]}-{p}", f"{p}@acme.example", p, active=True)
            for p in self.crm.people
        )
        return Description((), (), users, account=self.crm.name)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        return []

    def subscriptions(self) -> list[Subscription]:
        return []

    def unsubscribe(self, subscription_id: str) -> None:
        return None


MEANS = {
    "n1": "fresh",
    "n2": "fresh",
    "n3": "qualified",
    "n4": "negotiation",
    "s1": "qualified",
    "s2": "negotiation",
    "s3": "negotiation",
    "s4": "proposal",
    "s5": "proposal",
    "s6": "won",
}


def _id(stage: Value) -> str:
    return stage[1] if isinstance(stage, list) else ""


def conflicts(current: Mapping[str, Value], body: UpdateDeal) -> bool:
    """Law 5: whether a written value is not the one that was seen."""
    return any(current.get(name) != body.seen.get(name) for name in body.changes)


def looks_up_by_key() -> bool:
    """Law 4: a create looks for its key first."""
    return True


def searches_before_repeating(attempt: int) -> bool:
    """Law 3: a task or note that may be there already is looked for before it is made again."""
    return attempt > 1
