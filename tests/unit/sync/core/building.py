"""Builds cases for `decide`: a deal that stands somewhere, and what people then did to it in the CRM.

Plain functions; the engine and the database have no part in it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    Deal,
    DealStatus,
    Event,
    EventKind,
    Hint,
    Link,
    Record,
    Ref,
    StageMove,
    Value,
    Values,
)
from mapping.ruleset import Ruleset
from mapping.translate import to_remote
from sync.core.case import Case, Turn
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
    remote = to_remote(rules.mappings[home], stage, None) or at(stage)
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


def moved(case: Case, stage: str, by: str | Actor, pipeline: str = "P", /, **edits: Value) -> Case:
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


def nobody_with_an_account(case: Case) -> Case:
    """Nobody who could receive has an account in the CRM."""
    directory = case.directories["crm"]
    accounts = {e: a for e, a in directory.accounts.items() if e not in (PETAR, HANA)}
    return replace(case, directories={"crm": replace(directory, accounts=accounts)})


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
