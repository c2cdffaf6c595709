"""Lives of several deals on the whole line, decision by decision: people, the clock, and the deals that follow.

Carries out at once what was decided; engine, database and CRMs have no part in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mapping.model import (
    Actor,
    Deal,
    DealStatus,
    Event,
    EventKind,
    Hint,
    Missing,
    Record,
    StageMove,
    Value,
)
from mapping.ruleset import Ruleset
from sync.core.case import Case, Outcome, TakenTurn, Turn
from sync.core.decide import decide

from .building import NOW, OURS, account, person, standing
from .carrying import carry_out

MOST_ROUNDS = 6
"""A deal is at rest after so many looks, or it never will be."""


@dataclass(frozen=True)
class Look:
    """One look at one deal: the case it found, what was decided, and the case that it left."""

    case: Case
    outcome: Outcome
    left: Case
    rung: bool = False  # only the clock was the reason

    @property
    def deal(self) -> Deal:
        return self.outcome.deal


@dataclass
class Line:
    """All deals, and how everybody stands in the order of receiving."""

    rules: Ruleset
    now: datetime = NOW
    cases: dict[str, Case] = field(default_factory=dict)
    rings_at: dict[str, datetime] = field(default_factory=dict)
    turns: dict[tuple[str, str], Turn] = field(default_factory=dict)

    def begin(self, number: int, stage: str, owner: str, **fields: Value) -> None:
        """A person creates a deal in the first CRM."""
        case = standing(self.rules, stage, owner, **fields)
        [record] = [r for r in case.records.values() if isinstance(r, Record)]
        stands = record.values["stage"]
        assert isinstance(stands, list)
        fresh = replace(
            record,
            ref=replace(record.ref, remote_id=str(number)),
            created_at=self.now,
            modified_at=self.now,
            moves=(StageMove(self.now, stands, record.created_by),),
        )
        name = record.ref.connection
        link = replace(case.links[name], remote_id=str(number), deal_id=f"d{number}", seen={}, sent={})
        placeholder = Deal(f"d{number}", f"d{number}", name, updated_at=self.now)
        case = replace(case, deal=placeholder, links={name: link}, records={name: fresh})
        self.cases[f"d{number}"] = replace(case, events=(Event(1, EventKind.WEBHOOK, name, str(number)),))

    # --- looking

    def case(self, deal_id: str, *events: Event) -> Case:
        """What the engine would find now."""
        case = self.cases[deal_id]
        others = [c for d, c in self.cases.items() if d != deal_id and c.deal.journey == case.deal.journey]
        return replace(
            case,
            now=self.now,
            events=(*case.events, *events),
            pools=self.pools(),
            earlier=tuple(handoff for other in others for handoff in other.handoffs),
        )

    def pools(self) -> dict[str, dict[str, Turn]]:
        """How every holder of every receiving role stands."""
        owners = [c.deal.owner for c in self.cases.values() if c.deal.status is DealStatus.OPEN]
        return {
            role: {
                m.email: replace(self.turns.get((role, m.email), Turn()), open_deals=owners.count(m.email))
                for m in self.rules.holders(role)
            }
            for role in sorted({rule.assign.to for rule in self.rules.conveyor.handoffs})
        }

    def look(self, deal_id: str, *events: Event) -> Iterator[Look]:
        """Decide and carry out until the deal is at rest, and whatever it opened."""
        waiting: list[tuple[str, tuple[Event, ...]]] = [(deal_id, events)]
        rounds = 0
        while waiting:
            deal_id, events = waiting.pop(0)
            done = self._once(deal_id, events)
            yield done
            waiting += [(opening.deal.id, ()) for opening in done.outcome.openings]
            if done.outcome.writes:
                waiting.append((deal_id, ()))
            rounds += 1
            assert rounds < MOST_ROUNDS * (1 + len(self.cases)), "never at rest"

    def _once(self, deal_id: str, events: tuple[Event, ...]) -> Look:
        case = self.case(deal_id, *events)
        outcome = decide(case, self.rules)
        left = carry_out(case, outcome)
        self.cases[deal_id] = left
        for turn in outcome.turns:
            self._take(turn)
        for opening in outcome.openings:
            assert opening.deal.id not in self.cases, "opened twice"
            handoffs = (opening.handoff,) if opening.handoff else ()
            links = {opening.link.connection: opening.link}
            begins = replace(case, deal=opening.deal, links=links, handoffs=handoffs)
            self.cases[opening.deal.id] = replace(begins, records={}, events=(), known_keys=frozenset())
        if outcome.look_again_at is not None:
            self.rings_at[deal_id] = outcome.look_again_at
        return Look(case, outcome, left, rung=all(e.kind is EventKind.TIMER for e in case.events))

    def _take(self, turn: TakenTurn) -> None:
        key = (turn.role, turn.member)
        assert self.turns.get(key, Turn()).taken == turn.taken_before, "a turn was counted twice"
        self.turns[key] = Turn(0, turn.taken_after, self.now)

    # --- the clock

    def wait(self, span: timedelta, *, asleep: bool = False) -> Iterator[Look]:
        """Let time pass; deals are looked at when they asked for it, or all late after a downtime."""
        until = self.now + span
        while (
            ring := min(self.rings_at.items(), key=lambda item: (item[1], item[0]), default=None)
        ) is not None:
            deal_id, at = ring
            if at > until:
                break
            self.now = until if asleep else max(self.now, at)
            del self.rings_at[deal_id]
            yield from self.look(deal_id, Event(77, EventKind.TIMER))
            assert self.rings_at.get(deal_id, until + span) > self.now, "the clock rings at once again"
        self.now = until

    # --- people

    def change(self, deal_id: str, connection: str, actor: Actor, /, **values: Value) -> None:
        """Somebody changes a record in its CRM, a minute later; it is not looked at yet."""
        self.now += timedelta(minutes=1)
        case = self.cases[deal_id]
        record = case.records.get(connection)
        if not isinstance(record, Record):
            return
        stage = values.get("stage")
        moves = (
            (*record.moves, StageMove(self.now, stage, actor)) if isinstance(stage, list) else record.moves
        )
        changed = replace(
            record,
            values={**record.values, **values},
            moves=moves,
            version=f"{record.version}+",
            modified_at=self.now,
            modified_by=actor if {"stage", "owner"} & set(values) else record.modified_by,
        )
        hints = [_hint(record, self.now, actor, n, v, len(case.events)) for n, v in sorted(values.items())]
        records = {**case.records, connection: changed}
        self.cases[deal_id] = replace(case, records=records, events=(*case.events, *hints))

    def finish(self, deal_id: str, connection: str, key: str, *, dropped: bool = False) -> None:
        """Somebody completes a task of ours, or deletes it."""
        case = self.cases[deal_id]
        record, link = case.records.get(connection), case.links.get(connection)
        if not isinstance(record, Record) or link is None or key not in link.tasks:
            return
        task_id = link.tasks[key]
        if task_id not in record.tasks:
            return
        tasks = {t: state for t, state in record.tasks.items() if not (dropped and t == task_id)}
        if not dropped:
            tasks[task_id] = replace(tasks[task_id], done=True, completed_at=self.now)
        records = {**case.records, connection: replace(record, tasks=tasks)}
        self.cases[deal_id] = replace(case, records=records)

    def remove(self, deal_id: str, connection: str) -> None:
        """Somebody deletes the record."""
        case = self.cases[deal_id]
        record = case.records.get(connection)
        if isinstance(record, Record):
            self.cases[deal_id] = replace(
                case, records={**case.records, connection: Missing(record.ref, "deleted")}
            )


def _hint(record: Record, at: datetime, actor: Actor, name: str, value: Value, number: int) -> Event:
    shown = value[1] if isinstance(value, list) else str(value)
    hint = Hint(record.ref.remote_id, occurred_at=at, actor=actor, field=name, value=shown)
    return Event(number + 1, EventKind.WEBHOOK, record.ref.connection, record.ref.remote_id, hint)


__all__ = ["OURS", "Line", "Look", "account", "person"]
