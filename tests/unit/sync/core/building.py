"""Builds cases for `decide`: a deal that stands somewhere, what people then did in the CRM, and what carrying
out an outcome leaves behind. Plain functions; the engine and the database have no part in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    Deal,
    DealStatus,
    Event,
    EventKind,
    Handoff,
    HandoffStatus,
    Hint,
    Link,
    Record,
    Ref,
    StageMove,
    TaskState,
    UpdateDeal,
    Value,
    Values,
    Write,
    WriteBody,
)
from mapping.ruleset import Ruleset
from mapping.translate import same, to_remote
from sync.core.case import Case, Outcome, Turn
from sync.core.decide import decide
from sync.core.directory import Account, Directory, build

OLENA, OMAR = "olena@acme.example", "omar@acme.example"  # scouts
PETAR, HANA = "petar@acme.example", "hana@acme.example"  # hunters
MARIA, MILA = "maria@acme.example", "mila@acme.example"  # farmers
IVAN = "ivan@acme.example"  # head
SAM, HUGO = "sam@acme.example", "hugo@acme.example"  # scout and hunter of the line over two CRMs
STRANGER = "stranger"  # a user of the CRM who is not on the team

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)  # a Wednesday, ten o'clock in Sofia
CREATED = NOW - timedelta(days=9)
ALL = frozenset(Aspect)
ROBOT = Actor(ActorKind.AUTOMATION)
OURS = Actor(ActorKind.OURS)
PARKED = (DealStatus.UNMAPPED, DealStatus.IGNORED)

COMPLETE: Values = {
    "title": "Roof for Nova",
    "amount": "5000",
    "currency": "EUR",
    "source": "web",
    "budget": "2000",
    "decision_maker": "CFO",
    "contact_name": "Nina Nova",
    "contact_email": "nina@nova.example",
    "contact_phone": None,
    "company": "Nova",
    "lost_reason": None,
}

Body = TypeVar("Body", bound=WriteBody)
Shows = Callable[[str, Value], Value]


def at(stage: str, pipeline: str = "P") -> list[str]:
    """The CRM's value of a stage."""
    return [pipeline, stage.upper()]


def account(email: str | None) -> str | None:
    """Somebody's account id in every CRM of the tests."""
    return email and "a-" + email.partition("@")[0]


def person(email: str) -> Actor:
    """A person as the CRM names whoever made a change."""
    return Actor(ActorKind.PERSON, account(email))


def standing(
    rules: Ruleset, stage: str = "qualification", owner: str | None = OLENA, /, **fields: Value
) -> Case:
    """A deal in the first connection on this stage, complete but for `fields`, with nothing left to decide."""
    home = next(iter(rules.mappings))
    remote = to_remote(rules.mappings[home], stage, None)
    assert remote is not None
    section = rules.conveyor.stages[stage].section
    ours = {f"write_back.{n}": section if n == "section" else None for n in rules.mappings[home].write_back}
    values: Values = {**COMPLETE, **fields, **ours, "stage": remote, "owner": account(owner)}
    record = Record(
        ref=Ref(home, "1"),
        values=values,
        version="v0",
        modified_at=CREATED,
        created_at=CREATED,
        created_by=person(owner) if owner else ROBOT,
        modified_by=person(owner) if owner else ROBOT,
        moves=(StageMove(CREATED, remote, person(owner) if owner else ROBOT),),
        known=ALL,
    )
    link = Link(home, "1", "d1", values, values, "v0", CREATED, CREATED)
    return Case(
        deal=_placed_deal(rules, stage, owner, home, {**COMPLETE, **fields}),
        links={home: link},
        now=NOW,
        records={home: record},
        directories={name: _directory(name, rules) for name in rules.mappings},
        pools=nobody_received(rules),
        since={name: CREATED - timedelta(days=1) for name in rules.mappings},
    )


def _placed_deal(rules: Ruleset, stage: str, owner: str | None, home: str, fields: Values) -> Deal:
    found = rules.conveyor.stages[stage]
    return Deal(
        id="d1",
        journey="d1",
        home=home,
        status=DealStatus(found.status),
        section=found.section,
        stage=stage,
        owner=owner,
        fields=fields,
        placed=True,
        stage_since=CREATED,
        created_at=CREATED,
        updated_at=CREATED,
    )


def _directory(name: str, rules: Ruleset) -> Directory:
    people = [Account(account(email) or "", email, email, True) for email in rules.team]
    return build(name, [*people, Account("a-stranger", "stranger@other.example", "Stranger", True)], rules)


def nobody_received(rules: Ruleset) -> dict[str, dict[str, Turn]]:
    """The pools of all roles when no hand-off was given yet."""
    return {role: {m.email: Turn() for m in rules.holders(role)} for role in rules.conveyor.roles}


def unseen(rules: Ruleset, stage: str, owner: str | None = OLENA, /, **fields: Value) -> Case:
    """A record that was just created by its owner and never looked at: its deal is a placeholder."""
    case = standing(rules, "prospecting", owner)
    record = shown(case)
    record = replace(record, values={**record.values, **fields})
    start = at(stage)
    fresh = replace(
        record,
        values={**record.values, "stage": start},
        created_at=NOW,
        moves=(StageMove(NOW, start, record.created_by),),
    )
    return replace(
        case,
        deal=Deal("d1", "d1", "crm", updated_at=NOW),
        links={"crm": Link("crm", "1", "d1")},
        records={"crm": fresh},
        events=(Event(1, EventKind.WEBHOOK, "crm", "1"),),
    )


def shown(case: Case, connection: str | None = None) -> Record:
    """What a CRM shows of the deal; the hosting one if none is named."""
    record = case.records[connection or case.deal.home]
    assert isinstance(record, Record)
    return record


def later(case: Case, minutes: float = 1) -> Case:
    """The same case after a while."""
    return replace(case, now=case.now + timedelta(minutes=minutes))


def moved(case: Case, stage: str, by: str | Actor, /, *, pipeline: str = "P", **edits: Value) -> Case:
    """Somebody moves the deal in its CRM, with further edits along with it, a minute later."""
    case = later(case)
    record, actor = shown(case), person(by) if isinstance(by, str) else by
    move = StageMove(case.now, at(stage, pipeline), actor)
    return _changed(case, replace(record, moves=(*record.moves, move)), {"stage": move.stage, **edits}, actor)


def given_to(case: Case, owner: str | None, by: str | Actor) -> Case:
    """Somebody changes the owner in the CRM."""
    return edited(case, by, owner=account(owner))


def edited(case: Case, by: str | Actor, **edits: Value) -> Case:
    """Somebody edits fields of the deal in its CRM, a minute later."""
    case = later(case)
    return _changed(case, shown(case), edits, person(by) if isinstance(by, str) else by)


def _changed(case: Case, record: Record, edits: Values, actor: Actor) -> Case:
    connection = record.ref.connection
    judged = {"stage", "owner"} & set(edits)
    changed = replace(
        record,
        values={**record.values, **edits},
        version=f"{record.version}+",
        modified_at=case.now,
        modified_by=actor if judged else record.modified_by,
    )
    hints = [
        Event(
            index,
            EventKind.WEBHOOK,
            connection,
            record.ref.remote_id,
            Hint(
                record.ref.remote_id,
                occurred_at=case.now,
                actor=actor,
                field=name,
                value=value[1] if isinstance(value, list) else str(value),
            ),
        )
        for index, (name, value) in enumerate(sorted(edits.items()), start=len(case.events) + 1)
    ]
    records = {**case.records, connection: changed}
    return replace(case, records=records, events=(*case.events, *hints))


def task_done(case: Case, subject: str) -> Case:
    """The one open task whose key begins like this is completed in the CRM, a minute later."""
    case = later(case)
    record = shown(case)
    [task_id] = [t for key, t in case.links[case.deal.home].tasks.items() if key.startswith(subject)]
    tasks = {**record.tasks, task_id: replace(record.tasks[task_id], done=True, completed_at=case.now)}
    return replace(case, records={**case.records, case.deal.home: replace(record, tasks=tasks)})


def asked(case: Case, kind: EventKind, **data: str) -> Case:
    """An event that names no record."""
    return replace(later(case), events=(*case.events, Event(99, kind, data=data)))


# What carrying out an outcome leaves behind


def carry_out(case: Case, outcome: Outcome, shows: Shows = lambda name, value: value) -> Case:
    """The case as the engine finds it next, once every write has its receipt and the CRMs were looked at.

    `shows` is what a CRM makes of a value that is written, such as a rounded one.
    """
    assert not outcome.needs, f"still to be found out: {outcome.needs}"
    after = replace(
        case,
        deal=outcome.deal,
        links=outcome.links,
        events=(),
        writes=(),
        handoffs=_kept(case.handoffs, outcome.handoffs),
        pools=_pools_after(case, outcome),
        known_keys=case.known_keys | {w.key for w in outcome.writes if not isinstance(w.body, UpdateDeal)},
    )
    for number, write in enumerate(outcome.writes):
        after = _delivered(after, write, f"{len(case.known_keys)}.{number}", shows)
    return after


def settled(case: Case, rules: Ruleset) -> Case:
    """The case after it was decided and all was carried out."""
    return carry_out(case, decide(case, rules))


def _kept(before: Iterable[Handoff], changed: Iterable[Handoff]) -> tuple[Handoff, ...]:
    """The open ones and the one that was closed last, as the engine loads them."""
    found = {handoff.id: handoff for handoff in (*before, *changed)}.values()
    closed = [h for h in found if h.closed_at is not None]
    latest = sorted(closed, key=lambda h: (h.closed_at or NOW, h.id))[-1:]
    return (*latest, *(h for h in found if h.closed_at is None))


def _pools_after(case: Case, outcome: Outcome) -> dict[str, dict[str, Turn]] | None:
    if case.pools is None:
        return None
    pools = {role: dict(pool) for role, pool in case.pools.items()}
    for turn in outcome.turns:
        before = pools[turn.role][turn.member]
        assert before.taken == turn.taken_before, "somebody else was given a deal meanwhile"
        pools[turn.role][turn.member] = Turn(before.open_deals, before.taken + 1, case.now)
    return pools


def _delivered(case: Case, write: Write, number: str, shows: Shows) -> Case:
    body, link = write.body, case.links[write.connection]
    if isinstance(body, CreateDeal):
        return _created(case, body, link, number)
    record = shown(case, write.connection)
    if isinstance(body, UpdateDeal):
        assert all(same(record.values.get(n), v) for n, v in body.seen.items()), (
            "overwrites what it has not seen"
        )
        link, record = _updated(case, body, link, record, shows)
    elif isinstance(body, CreateTask):
        link = replace(link, tasks={**link.tasks, write.key: number})
        record = replace(record, tasks={**record.tasks, number: TaskState(False, body.owner)})
    elif isinstance(body, CloseTask):
        link = replace(link, tasks={key: t for key, t in link.tasks.items() if t != body.task_id})
        record = replace(record, tasks={**record.tasks, body.task_id: TaskState(True)})
    return _with(case, link, record)


def _updated(case: Case, body: UpdateDeal, link: Link, record: Record, shows: Shows) -> tuple[Link, Record]:
    shown_now = {name: shows(name, value) for name, value in body.changes.items()}
    agreed = {name: value for name, value in shown_now.items() if same(body.changes[name], value)}
    link = replace(link, sent={**link.sent, **body.changes}, seen={**link.seen, **agreed}, version=None)
    moves = record.moves
    if isinstance(stage := body.changes.get("stage"), list):
        moves = (*moves, StageMove(case.now, stage, OURS))
    record = replace(
        record,
        values={**record.values, **shown_now},
        moves=moves,
        version=f"{record.version}*",
        modified_at=case.now,
        modified_by=OURS if {"stage", "owner"} & set(body.changes) else record.modified_by,
    )
    return link, record


def _created(case: Case, body: CreateDeal, link: Link, number: str) -> Case:
    stage = body.values["stage"]
    assert isinstance(stage, list)
    record = Record(
        ref=Ref(link.connection, f"new{number}"),
        values=body.values,
        version="v0",
        modified_at=case.now,
        created_at=case.now,
        created_by=OURS,
        modified_by=OURS,
        deal_key=body.deal_key,
        moves=(StageMove(case.now, stage, OURS),),
        known=ALL,
    )
    return _with(
        case, replace(link, remote_id=record.ref.remote_id, seen=body.values, sent=body.values), record
    )


def _with(case: Case, link: Link, record: Record) -> Case:
    name = link.connection
    return replace(case, links={**case.links, name: link}, records={**case.records, name: record})


# What an outcome wants


def bodies(outcome: Outcome, kind: type[Body]) -> list[Body]:
    """The writes of one kind."""
    return [write.body for write in outcome.writes if isinstance(write.body, kind)]


def changes(outcome: Outcome, connection: str | None = None) -> Values:
    """All values that are written into one CRM; the hosting one if none is named."""
    name = connection or outcome.deal.home
    updates = [w.body for w in outcome.writes if w.connection == name and isinstance(w.body, UpdateDeal)]
    assert len(updates) <= 1, "more than one update at a time"
    return updates[0].changes if updates else {}


def notes(outcome: Outcome) -> list[str]:
    """The texts of the notes."""
    return [note.body for note in bodies(outcome, CreateNote)]


def tasks(outcome: Outcome) -> list[CreateTask]:
    """The tasks that are made."""
    return bodies(outcome, CreateTask)


def kinds(outcome: Outcome) -> list[str]:
    """The kinds of the ledger's new lines."""
    return [entry.kind for entry in outcome.entries]


def handoff(outcome: Outcome) -> Handoff:
    """The one hand-off that is new or changed."""
    [only] = outcome.handoffs
    return only


def open_handoffs(case: Case) -> list[Handoff]:
    """The hand-offs that wait for somebody."""
    return [h for h in case.handoffs if h.status in (HandoffStatus.WAITING, HandoffStatus.PENDING)]
