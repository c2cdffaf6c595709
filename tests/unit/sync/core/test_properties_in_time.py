"""What holds of a whole line in time: rest, timers, ladders, reminders; and that nothing is made or opened twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mapping.model import CreateDeal, CreateTask, Event, EventKind, HandoffStatus, UpdateDeal
from sync.core.decide import decide

from .line_deeds import Deed, deeply, histories, lines, lived

OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)


# Rest and time


@deeply(60)
@given(lines, histories)
def test_a_deal_at_rest_wants_nothing_more(name: str, history: list[Deed]) -> None:
    for line, look in lived(name, history):
        if not look.outcome.writes:
            again = decide(line.case(look.deal.id), line.rules)
            assert (again.writes, again.entries, again.handoffs, again.openings) == ((), (), (), ())
            assert replace(again.deal, updated_at=None) == replace(look.deal, updated_at=None)


@deeply(60)
@given(lines, histories, st.integers(1, 24 * 200))
def test_no_timer_was_forgotten_and_none_fires_twice(name: str, history: list[Deed], hours: int) -> None:
    """Between its timers a deal that nobody touches wants nothing, however late it gets."""
    [*_, (line, _)] = lived(name, history)
    for deal_id in sorted(line.cases):
        looks = list(line.look(deal_id))
        if any(handoff.status is HandoffStatus.WAITING for handoff in looks[-1].left.handoffs):
            continue  # for whoever comes back first
        next_at = line.rings_at.get(deal_id, line.now + timedelta(days=999))
        later = min(line.now + timedelta(hours=hours), next_at - timedelta(seconds=1))
        for moment in (line.now, max(later, line.now)):
            rung = replace(line.case(deal_id, Event(77, EventKind.TIMER)), now=moment)
            outcome = decide(rung, line.rules)
            wanted = (outcome.writes, outcome.entries, outcome.handoffs, outcome.openings)
            assert wanted == ((), (), (), ())


@deeply(60)
@given(lines, histories)
def test_each_missed_deadline_takes_one_step_of_the_ladder(name: str, history: list[Deed]) -> None:
    for line, look in lived(name, history):
        before = {handoff.id: handoff for handoff in look.case.handoffs}
        late = [str(e.data["handoff"]) for e in look.outcome.entries if e.kind == "handoff_late"]
        for handoff in look.outcome.handoffs:
            known = before.get(handoff.id, handoff)
            ladder = next(r for r in line.rules.conveyor.handoffs if r.name == handoff.rule).if_late
            steps = handoff.late_steps - known.late_steps
            assert steps in (0, 1) and handoff.late_steps <= len(ladder)
            if steps:
                assert known.due_at is None or known.status in OPEN
                closed = handoff.status is HandoffStatus.RETURNED
                assert closed or (handoff.due_at is not None and handoff.due_at > look.case.now)
                assert closed or late.count(handoff.id) == 1


@deeply(60)
@given(lines, histories)
def test_nobody_is_reminded_early_or_of_the_same_twice(name: str, history: list[Deed]) -> None:
    reminded: set[tuple[str, ...]] = set()
    for _, look in lived(name, history):
        for write in look.outcome.writes:
            if not isinstance(write.body, CreateTask) or ":remind:" not in write.key:
                continue
            [handoff] = [h for h in look.left.handoffs if h.id == write.key.split(":")[1]]
            assert handoff.status is HandoffStatus.PENDING
            assert handoff.since is not None and look.case.now > handoff.since
            said = (handoff.id, str(handoff.to_member), write.body.body, handoff.since.isoformat())
            assert said not in reminded
            reminded.add(said)


# Once


@deeply(60)
@given(lines, histories)
def test_a_task_or_note_for_one_reason_exists_once(name: str, history: list[Deed]) -> None:
    made: set[tuple[str, str]] = set()
    for _, look in lived(name, history):
        for write in look.outcome.writes:
            if not isinstance(write.body, UpdateDeal):
                assert (write.deal_id, write.key) not in made
                made.add((write.deal_id, write.key))
        for link in look.left.links.values():
            assert max(Counter(_reason(key) for key in link.tasks).values(), default=1) == 1, link.tasks


def _reason(key: str) -> str:
    """What a task is about, however often it was made or moved on to somebody else."""
    kind, name, *rest = key.split(":")
    if kind == "follow_up":
        return kind
    if kind == "handoff" and rest[0] not in ("remind", "late", "reason"):
        return f"{kind}:{name}"
    return ":".join([kind, name, *rest[:2]]) if kind == "handoff" else ":".join([kind, name, *rest[:1]])


@deeply(60)
@given(lines, histories)
def test_what_follows_from_a_deal_is_opened_once_and_belongs_to_its_journey(
    name: str, history: list[Deed]
) -> None:
    creates: Counter[tuple[str, str]] = Counter()
    looks = list(lived(name, history))
    for _, look in looks:
        assert len(set(look.deal.opened)) == len(look.deal.opened)
        assert look.deal.opened[: len(look.case.deal.opened)] == look.case.deal.opened
        for opening in look.outcome.openings:
            assert opening.deal.journey == look.deal.journey
        for write in look.outcome.writes:
            if isinstance(write.body, CreateDeal):
                creates[write.connection, write.body.deal_key] += 1
    assert max(creates.values(), default=1) == 1, "a second deal in one CRM"
    line = looks[-1][0]
    sizes = Counter(case.deal.journey for case in line.cases.values())
    for journey, size in sizes.items():
        of_journey = [case.deal for case in line.cases.values() if case.deal.journey == journey]
        assert size == 1 + sum(len(deal.opened) for deal in of_journey)
