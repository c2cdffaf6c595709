"""Carries out an outcome as the engine would, without engine and database: the case as it is found next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mapping.model import (
    CloseTask,
    CreateDeal,
    CreateTask,
    Handoff,
    Link,
    Record,
    Ref,
    StageMove,
    TaskState,
    UpdateDeal,
    Value,
    Write,
)
from mapping.ruleset import Ruleset
from mapping.translate import same
from sync.core.case import Case, Outcome, Turn
from sync.core.decide import decide

from .building import ALL, OURS, shown

Shows = Callable[[str, Value], Value]


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
    return tuple({handoff.id: handoff for handoff in (*before, *changed)}.values())


def _pools_after(case: Case, outcome: Outcome) -> dict[str, dict[str, Turn]] | None:
    if case.pools is None:
        return None
    pools = {role: dict(pool) for role, pool in case.pools.items()}
    for turn in outcome.turns:
        before = pools[turn.role][turn.member]
        assert before.taken == turn.taken_before, "somebody else was given a deal meanwhile"
        pools[turn.role][turn.member] = Turn(before.open_deals, turn.taken_after, case.now)
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
