"""Walks one deal through its past, and has `decide` judge each move from where the deal stood then. Pure.

What the rules would have changed is not played on: each move is judged from where the deal truly was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mapping.conditions import fields_of
from mapping.model import (
    UNKNOWN_ACTOR,
    Actor,
    ActorKind,
    Aspect,
    CreateTask,
    Deal,
    Event,
    EventKind,
    Handoff,
    HandoffStatus,
    Link,
    Record,
    StageMove,
    Values,
)
from mapping.ruleset import ConnectionMapping, Ruleset
from mapping.translate import agrees, to_canonical, to_remote
from sync.core.case import Case, Outcome
from sync.core.decide import decide
from sync.core.directory import Directory
from sync.core.place import first_sight
from sync.replay.grouping import Group
from sync.replay.known import SKEW, Known
from sync.replay.verdict import BROKEN, Verdict, became, opened

_A_MOMENT = timedelta(seconds=1)
_TASKS = "whether its tasks were done"
_READ = frozenset({Aspect.PEOPLE, Aspect.HISTORY})
"""What is at hand of the past; what became of tasks is not."""

Directories = Mapping[str, Directory]


@dataclass(slots=True)
class Walk:
    """A deal on its way through the past, under one set of rules."""

    known: Known
    rules: Ruleset
    directories: Directories
    fields: frozenset[str]  # all that the rules ask for
    deal: Deal | None = None
    shown: list[str] = field(default_factory=list)  # the stage in the CRM
    handoffs: tuple[Handoff, ...] = ()
    tasks: dict[str, str] = field(default_factory=dict)

    @property
    def mapping(self) -> ConnectionMapping:
        return self.rules.mappings[self.known.ref.connection]

    def verdicts(self, groups: Sequence[Group | StageMove], since: datetime) -> Iterator[Verdict]:
        """Judge each group; those before `since` only say where the deal stood."""
        for group in groups:
            if isinstance(group, StageMove):
                self._stand(group)
                continue
            verdict = self._judge(group)
            if verdict is not None and group.moves[-1].at >= since:
                yield verdict

    def _stand(self, move: StageMove) -> None:
        """The deal stands there, whoever brought it: the conveyor itself, or somebody before it is known how."""
        self.shown = move.stage
        self._place(move.at)

    def _place(self, at: datetime) -> None:
        if self.deal is None or not agrees(self.mapping, self.deal.stage or "", self.shown):
            record = self._record((), at, self.shown, {})
            placed = first_sight(self._id(), record, self.mapping, self.rules, owner=None, now=at)
            before = self.deal
            moved_at = before.moved_at if before else ()
            self.deal = replace(placed, moved_at=moved_at, stage_since=at)
            self.tasks = {}

    def _judge(self, group: Group) -> Verdict | None:
        last = group.moves[-1]
        if self.deal is not None and self.deal.home != self.known.ref.connection:
            self.shown = last.stage  # the deal goes on in another CRM, and its past is told there
            return None
        is_start = self.deal is None and self._was_made_by(group.moves[0])
        if self.deal is None and not is_start:
            self._begin(group)
        if self.deal is None and not is_start:
            self._stand(last)
            return self._unclear(group, None, ("where it came from",))
        if not is_start:
            self._place(group.moves[0].at)
        before = None if is_start or self.deal is None else self.deal.stage
        case = self._case(group, is_start=is_start)
        outcome = decide(case, self.rules)
        verdict = self._verdict(group, case, outcome, before)
        self.shown = last.stage
        self._go_on(outcome, last.at)
        return verdict

    def _begin(self, group: Group) -> None:
        """Where the deal stood before the first move that the CRM tells of, if our own story of it says so."""
        stage = self.known.stood(group.looked_at)
        remote = to_remote(self.mapping, stage, None) if stage is not None else None
        if remote is not None:
            self._stand(StageMove(group.moves[0].at, remote))

    def _was_made_by(self, move: StageMove) -> bool:
        made_at = self.known.created_at()
        return made_at is not None and abs(move.at - made_at) <= SKEW

    def _case(self, group: Group, *, is_start: bool) -> Case:
        ref, now = self.known.ref, group.looked_at
        values = self.known.values_at(now)
        first = group.moves[0]
        seen: Values = {} if is_start else {**values, "stage": self.shown, "owner": None}
        link = Link(ref.connection, ref.remote_id, self._id(), seen, seen, "then", tasks=dict(self.tasks))
        deal = Deal(self._id(), self._id(), ref.connection) if is_start or self.deal is None else self.deal
        moves = group.moves if is_start else (StageMove(first.at - _A_MOMENT, self.shown), *group.moves)
        record = self._record(moves, now, group.moves[-1].stage, values)
        return Case(
            deal=replace(deal, fields={} if is_start else values),
            links={ref.connection: link},
            now=now,
            records={ref.connection: record},
            events=(Event(1, EventKind.WEBHOOK, ref.connection, ref.remote_id),),
            handoffs=self.handoffs,
            directories=self.directories,
            pools={},
            since={ref.connection: first.at - _A_MOMENT} if is_start else {},
            unknown=self.fields - values.keys() - {"stage"},
        )

    def _record(
        self, moves: tuple[StageMove, ...], now: datetime, stage: list[str], values: Values
    ) -> Record:
        last = moves[-1] if moves else None
        return Record(
            ref=self.known.ref,
            values={**values, "stage": stage, "owner": None},
            version="now",
            modified_at=last.at if last else now,
            created_at=moves[0].at if moves else None,
            created_by=moves[0].actor if moves else UNKNOWN_ACTOR,
            modified_by=last.actor if last else UNKNOWN_ACTOR,
            moves=moves,
            known=_READ,
        )

    def _verdict(self, group: Group, case: Case, outcome: Outcome, before: str | None) -> Verdict:
        if outcome.needs:
            return self._unclear(group, before, tuple(sorted(outcome.needs.values)) or (_TASKS,))
        word, entry = became(outcome.entries)
        handed = opened(outcome, frozenset(handoff.id for handoff in case.handoffs))
        data = entry.data if entry else {}
        rule = data.get("rule") if word in BROKEN else next((h.rule for h in handed), None)
        reasons = data.get("reasons")
        return Verdict(
            ref=self.known.ref,
            at=group.moves[-1].at,
            from_stage=before,
            to_stage=to_canonical(self.mapping, group.moves[-1].stage).stage,
            by=self._member(group.moves[-1].actor),
            became=word,
            named=group.moves[-1].actor != UNKNOWN_ACTOR,
            rule=rule if isinstance(rule, str) else None,
            place=(entry.place.file, entry.place.line) if entry and entry.place else None,
            reasons=tuple(map(str, reasons)) if isinstance(reasons, list | tuple) else (),
            excused=any(each.kind == "exception" for each in outcome.entries),
            handoffs=handed,
        )

    def _unclear(self, group: Group, before: str | None, missing: tuple[str, ...]) -> Verdict:
        last = group.moves[-1]
        to = to_canonical(self.mapping, last.stage).stage
        by = self._member(last.actor)
        return Verdict(self.known.ref, last.at, before, to, by, "unclear", missing=missing)

    def _go_on(self, outcome: Outcome, at: datetime) -> None:
        """The deal as it is now, with what it was given; one that could not be judged stands where the CRM had it."""
        if outcome.needs:
            self._place(at)
            return
        self.deal = outcome.deal
        taken = {handoff.id: _taken(handoff, at) for handoff in (*self.handoffs, *outcome.handoffs)}
        self.handoffs = tuple(taken.values())
        asked = (w.key for w in outcome.writes if isinstance(w.body, CreateTask) and _is_playbook(w.key))
        kept = {key: id for key, id in self.tasks.items() if f":{self.deal.visit}:" in key}
        self.tasks = kept | {key: key for key in asked}

    def _member(self, actor: Actor) -> str | None:
        directory = self.directories.get(self.known.ref.connection)
        if actor.kind is not ActorKind.PERSON or directory is None:
            return None
        email = directory.email(actor.user_id)
        return email if email in self.rules.team else None

    def _id(self) -> str:
        return self.known.deal.id if self.known.deal else str(self.known.ref)


def _is_playbook(key: str) -> bool:
    return key.startswith("playbook:")


def _taken(handoff: Handoff, at: datetime) -> Handoff:
    """Who was given a deal in the past took it: nothing is late in a replay of moves, see `lateness.py`."""
    if handoff.closed_at is not None:
        return handoff
    return replace(handoff, status=HandoffStatus.ACCEPTED, closed_at=at)


def fields_asked(rules: Ruleset) -> frozenset[str]:
    """All fields that a move may be judged by."""
    line = rules.conveyor
    of_stages = (condition for stage in line.stages.values() for condition in stage.requires)
    of_handoffs = (condition for rule in line.handoffs for condition in (*rule.requires, *rule.unless))
    return frozenset().union(*(fields_of(condition) for condition in (*of_stages, *of_handoffs)))
