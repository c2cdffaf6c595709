"""Hand-offs in time: reminders, and the ladder of what follows when nobody accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Aspect, CloseTask, CreateTask, Event, EventKind, HandoffStatus
from mapping.ruleset import Ruleset
from sync.core.case import Case, OpenWrite, Outcome, WriteState
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    NOW,
    OLENA,
    PETAR,
    account,
    asked,
    at,
    later,
    moved,
    shown,
    standing,
    task_done,
)
from .carrying import carry_out, settled
from .line import house
from .reading import bodies, changes, handoff, kinds, notes, only_handoff, tasks

LADDER = (
    "accept_within: 4h",
    "accept_within: 4h\n    remind_at: [50%, 90%]\n    if_late: [reassign, escalate, return]",
)
RULES = house(LADDER)
DUE = NOW + timedelta(minutes=1, hours=4)


def offered(rules: Ruleset = RULES) -> Case:
    """A deal that was handed to Petar at a minute past ten; he has until two."""
    case = settled(moved(standing(rules), "meeting", OLENA), rules)
    assert (only_handoff(case).to_member, only_handoff(case).due_at) == (PETAR, DUE)
    return case


def at_time(case: Case, moment: datetime) -> Case:
    """The timer rings then."""
    return replace(case, now=moment, events=(*case.events, Event(77, EventKind.TIMER)))


def rung(case: Case, moment: datetime, rules: Ruleset = RULES) -> tuple[Case, Outcome]:
    """What the timer leads to, and the case after it was carried out."""
    case = at_time(case, moment)
    outcome = decide(case, rules)
    return carry_out(case, outcome), outcome


# Reminders


def test_the_first_reminder_is_when_half_of_the_working_time_is_over() -> None:
    first = decide(moved(standing(RULES), "meeting", OLENA), RULES)
    assert first.look_again_at == NOW + timedelta(minutes=1, hours=2)


def test_reminders_go_to_the_receiver_each_once() -> None:
    case, outcome = rung(offered(), NOW + timedelta(hours=2, minutes=2))
    [reminder] = tasks(outcome)
    assert reminder.subject == "Reminder - Scout to hunter: Roof for Nova"
    assert (reminder.owner, reminder.due_at) == (account(PETAR), DUE)
    assert "50% of the time" in reminder.body
    assert outcome.look_again_at == NOW + timedelta(minutes=1, hours=3, seconds=36 * 60)
    again, outcome = rung(case, NOW + timedelta(hours=2, minutes=30))
    assert outcome.writes == ()
    _, outcome = rung(again, NOW + timedelta(hours=3, minutes=40))
    assert ["90% of the time" in task.body for task in tasks(outcome)] == [True]
    assert len(bodies(outcome, CloseTask)) == 1, "the first reminder has done its work"


def test_after_a_downtime_only_the_latest_reminder_is_sent() -> None:
    _, outcome = rung(offered(), NOW + timedelta(hours=3, minutes=50))
    assert ["90% of the time" in task.body for task in tasks(outcome)] == [True]


def test_accepting_ends_the_reminders() -> None:
    case, _ = rung(offered(), NOW + timedelta(hours=2, minutes=2))
    [task_id] = [t for key, t in case.links["crm"].tasks.items() if ":remind:" not in key]
    record = shown(case)
    done = replace(record, tasks={**record.tasks, task_id: replace(record.tasks[task_id], done=True)})
    outcome = decide(replace(later(case), records={"crm": done}), RULES)
    assert (handoff(outcome).status, len(bodies(outcome, CloseTask))) == (HandoffStatus.ACCEPTED, 1)
    assert outcome.look_again_at is None


# The ladder


def test_the_ladder_takes_one_step_for_each_missed_deadline() -> None:
    case, first = rung(offered(), DUE)
    assert (handoff(first).to_member, first.deal.owner) == (HANA, HANA)
    assert handoff(first).due_at == DUE + timedelta(hours=1, days=0) + timedelta(hours=18)
    assert changes(first)["owner"] == account(HANA)
    assert kinds(first) == ["handoff_late"]
    assert any("Hana V." in note for note in notes(first))

    second_due = handoff(first).due_at
    assert second_due is not None
    case, second = rung(case, second_due)
    assert (handoff(second).to_member, handoff(second).late_steps) == (HANA, 2)
    [escalation] = tasks(second)
    assert (escalation.owner, escalation.subject) == (account(IVAN), "Late - Scout to hunter: Roof for Nova")
    assert "owner" not in changes(second)

    third_due = handoff(second).due_at
    assert third_due is not None
    case, third = rung(case, third_due)
    assert handoff(third).status is HandoffStatus.RETURNED
    assert handoff(third).reason == "Hana V. did not accept in time"
    assert (third.deal.stage, third.deal.section, third.deal.owner) == ("qualification", "leads", OLENA)
    assert changes(third)["stage"] == at("qualification")
    assert changes(third)["owner"] == account(OLENA)
    assert case.links["crm"].tasks == {}, "nobody has a dead task"
    assert decide(at_time(case, third_due + timedelta(days=2)), RULES).writes == ()


def test_a_late_step_is_taken_once_however_often_the_timer_rings() -> None:
    case, _ = rung(offered(), DUE)
    _, outcome = rung(case, DUE + timedelta(minutes=1))
    assert (outcome.handoffs, outcome.writes) == ((), ())


def test_nothing_is_late_that_was_accepted_meanwhile() -> None:
    case = at_time(task_done(offered(), "handoff:"), DUE + timedelta(hours=1))
    outcome = decide(case, RULES)
    assert (handoff(outcome).status, kinds(outcome)) == (HandoffStatus.ACCEPTED, ["handoff_accepted"])


def test_before_a_late_step_the_crm_is_asked_what_became_of_the_task() -> None:
    case = at_time(offered(), DUE)
    unasked = replace(case, records={"crm": replace(shown(case), known=frozenset(), tasks={})})
    assert decide(unasked, RULES).needs.aspects == {Aspect.TASKS}
    assert decide(replace(case, records={}), RULES).needs.aspects == {Aspect.TASKS}


@pytest.mark.parametrize(
    ("state", "attempts", "late"),
    [
        (WriteState.SENDING, 1, False),
        (WriteState.PENDING, 2, False),
        (WriteState.PENDING, 0, True),
        (WriteState.PARKED, 1, True),
    ],
)
def test_nobody_is_late_whose_task_may_be_there_without_our_knowing(
    state: WriteState, attempts: int, late: bool
) -> None:
    """After a crash in the middle of making the task: they may have done it already."""
    before = moved(standing(RULES), "meeting", OLENA)
    outcome = decide(before, RULES)
    [task] = [w for w in outcome.writes if w.key.startswith("handoff:") and isinstance(w.body, CreateTask)]
    case = carry_out(before, outcome)
    unknown = replace(
        case,
        links={name: replace(link, tasks={}) for name, link in case.links.items()},
        writes=(OpenWrite(7, task, state, attempts),),
    )
    outcome = decide(at_time(unknown, DUE), RULES)
    assert ("handoff_late" in kinds(outcome)) is late
    if not late:
        assert outcome.look_again_at == DUE + timedelta(minutes=5)


def test_where_nobody_else_is_free_it_stays_and_the_next_step_comes_next() -> None:
    rules = house(
        LADDER, ("hana@acme.example, roles: [hunter]", "hana@acme.example, roles: [hunter], capacity: 0")
    )
    case, first = rung(offered(rules), DUE, rules)
    assert (handoff(first).to_member, handoff(first).late_steps) == (PETAR, 1)
    assert "nobody else is free" in first.entries[0].summary
    due = handoff(first).due_at
    assert due is not None
    _, second = rung(case, due, rules)
    assert [task.owner for task in tasks(second)] == [account(IVAN)]


def test_after_the_ladder_nothing_more_happens() -> None:
    rules = house(("accept_within: 4h", "accept_within: 4h\n    if_late: [escalate]"))
    case, first = rung(offered(rules), DUE, rules)
    due = handoff(first).due_at
    assert due is not None
    case, second = rung(case, due, rules)
    assert (second.handoffs, second.writes, second.look_again_at) == ((), (), None)


def test_without_head_an_escalation_is_only_in_the_ledger() -> None:
    rules = house(
        ("accept_within: 4h", "accept_within: 4h\n    if_late: [escalate]"), (", may_move: anywhere", "")
    )
    _, outcome = rung(offered(rules), DUE, rules)
    assert (tasks(outcome), kinds(outcome)) == ([], ["handoff_late"])


def test_a_deadline_moves_with_the_rules() -> None:
    shorter = house(LADDER, ("accept_within: 4h", "accept_within: 1h"))
    outcome = decide(asked(offered(), EventKind.CONFIG), shorter)
    assert handoff(outcome).due_at == DUE - timedelta(hours=3)
    assert changes(outcome)["write_back.accept_by"] is not None


# Returned


def test_a_command_returns_it_with_a_reason_to_the_previous_owner_and_stage() -> None:
    outcome = decide(asked(offered(), EventKind.MANUAL, action="return", reason="not ready"), RULES)
    assert (handoff(outcome).status, handoff(outcome).reason) == (HandoffStatus.RETURNED, "not ready")
    assert (outcome.deal.stage, outcome.deal.owner) == ("qualification", OLENA)
    assert changes(outcome)["stage"] == at("qualification")
    assert tasks(outcome) == [], "nobody is asked for a reason that was given"


def test_who_moves_a_deal_back_without_a_reason_is_asked_for_one() -> None:
    rules = house(("accept_within: 4h", "accept_within: 4h\n    return_reasons: [not ready, wrong fit]"))
    case = settled(moved(standing(rules), "meeting", OLENA), rules)
    outcome = decide(moved(case, "qualification", PETAR), rules)
    [task] = tasks(outcome)
    assert (task.subject, task.owner) == ("Why was it returned? Roof for Nova", account(PETAR))
    assert "Reasons: not ready, wrong fit." in task.body


FIELD = (
    "lost_reason: lost_reason_field",
    "lost_reason: lost_reason_field\n  return_reason: return_reason_field",
)


def test_the_reason_may_stand_in_a_field_of_the_crm() -> None:
    rules = house(LADDER, FIELD)
    case = settled(moved(standing(rules, return_reason=None), "meeting", OLENA), rules)
    outcome = decide(moved(case, "qualification", PETAR, return_reason="wrong fit"), rules)
    assert handoff(outcome).reason == "wrong fit"
    assert tasks(outcome) == []


def test_the_reason_may_be_filled_in_later_and_ends_the_task() -> None:
    rules = house(LADDER, FIELD)
    case = settled(moved(standing(rules, return_reason=None), "meeting", OLENA), rules)
    case = settled(moved(case, "qualification", PETAR), rules)
    record = shown(case)
    filled = replace(record, values={**record.values, "return_reason": "no budget"}, version="x")
    outcome = decide(replace(later(case), records={"crm": filled}), rules)
    assert (handoff(outcome).reason, kinds(outcome)) == ("no budget", ["return_reason"])
    assert len(bodies(outcome, CloseTask)) == 1


@pytest.mark.parametrize("hour", [15, 16])
def test_what_is_handed_over_in_the_evening_is_due_the_next_working_day(hour: int) -> None:
    friday = datetime(2026, 3, 6, hour, 30, tzinfo=UTC)  # half past five, half past six in Sofia
    case = replace(moved(standing(RULES), "meeting", OLENA), now=friday)
    due = handoff(decide(case, RULES)).due_at
    assert due == datetime(2026, 3, 9, 10, 30 if hour == 15 else 0, tzinfo=UTC) + timedelta(
        minutes=0 if hour == 15 else 60
    )


def test_a_deal_that_was_lost_before_anybody_accepted_it_waits_for_nobody() -> None:
    case = settled(moved(offered(), "lost", HANA, lost_reason="no budget"), RULES)
    assert (only_handoff(case).status, only_handoff(case).reason) == ("returned", "the deal was lost")
    _, outcome = rung(case, DUE + timedelta(days=9))
    assert (outcome.writes, outcome.deal.status) == ((), "lost")


def test_other_working_hours_do_not_repeat_a_reminder_that_was_sent() -> None:
    case, outcome = rung(offered(), NOW + timedelta(hours=2, minutes=10))
    assert len(tasks(outcome)) == 1
    longer = house((LADDER[0], LADDER[1].replace("4h", "250m")))
    again = decide(at_time(case, NOW + timedelta(hours=2, minutes=20)), longer)
    assert tasks(again) == [], "half of the time is over since another moment now, but he knows"
