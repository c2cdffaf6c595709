"""People who work at other times than the line: who receives then, and by whose clock they have to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.model import CreateTask, Event, EventKind, Handoff
from mapping.ruleset import Ruleset
from mapping.working_time import is_working
from sync.core.case import Case, Turn
from sync.core.decide import decide

from .building import HANA, MARIA, NOW, OLENA, PETAR, account, asked, given_to, moved, standing
from .carrying import settled
from .histories import quick
from .line import house
from .reading import bodies, handoff, only_handoff, tasks

TORONTO = (
    "hana@acme.example, roles: [hunter]",
    "hana@acme.example, roles: [hunter], timezone: America/Toronto",
)
SATURDAYS = (
    "petar@acme.example, roles: [hunter]",
    "petar@acme.example, roles: [hunter], "
    'working_hours: {days: [mon, tue, wed, thu, sat], from: "09:00", to: "18:00"}',
)
RULES = house(TORONTO)
MORNING = NOW  # ten in Sofia, three in Toronto
EVENING = NOW.replace(hour=16, minute=30)  # half past six in Sofia, half past eleven in Toronto
NIGHT = NOW.replace(hour=23, minute=30)  # half past one in Sofia, half past six in the evening in Toronto


def given_at(moment: datetime, rules: Ruleset = RULES, **open_deals: int) -> Case:
    """A complete deal that a scout moves on at that moment; how many open deals the hunters have."""
    loads = {"petar": 0, "hana": 0} | open_deals
    pool = {f"{name}@acme.example": Turn(count) for name, count in loads.items()}
    return replace(moved(standing(rules), "meeting", OLENA), now=moment, pools={"hunter": pool})


@pytest.mark.parametrize(
    ("moment", "petar", "hana", "receiver"),
    [
        (MORNING, 9, 0, PETAR),
        (EVENING, 0, 9, HANA),
        (NIGHT, 9, 0, HANA),  # nobody is at work: then it counts for nobody
        (NIGHT, 0, 9, PETAR),
    ],
)
def test_who_is_at_work_comes_first(moment: datetime, petar: int, hana: int, receiver: str) -> None:
    outcome = decide(given_at(moment, petar=petar, hana=hana), RULES)
    assert handoff(outcome).to_member == receiver


def test_it_is_told_who_was_passed_over_because_they_rest() -> None:
    said = {each.member: each.why for each in handoff(decide(given_at(MORNING, petar=9), RULES)).candidates}
    assert said[HANA] == "is not at work now"
    assert said[PETAR].startswith("least loaded: 9 open deals")


@pytest.mark.parametrize("method", ["least_loaded", "round_robin", "weighted"])
def test_who_rests_receives_where_nobody_at_work_has_room(method: str) -> None:
    full = ("petar@acme.example, roles: [hunter]", "petar@acme.example, roles: [hunter], capacity: 2")
    rules = house(TORONTO, full, ("by: least_loaded", f"by: {method}"))
    assert handoff(decide(given_at(MORNING, rules, petar=2), rules)).to_member == HANA


def test_whom_the_rule_means_receives_also_while_they_rest() -> None:
    rules = house(TORONTO, ("by: least_loaded}", "by: person, person: hana@acme.example}"))
    assert handoff(decide(given_at(MORNING, rules), rules)).to_member == HANA


@quick(50)
@given(st.integers(0, 7 * 24 * 2), st.integers(0, 3), st.integers(0, 3))
def test_nobody_who_rests_receives_while_somebody_who_is_free_works(
    half_hours: int, petar: int, hana: int
) -> None:
    rules = house(TORONTO, SATURDAYS)
    moment = NOW + timedelta(minutes=30 * half_hours)
    receiver = handoff(decide(given_at(moment, rules, petar=petar, hana=hana), rules)).to_member
    at_work = {email for email in (PETAR, HANA) if is_working(moment, *rules.working_time(email))}
    assert receiver in (at_work or {PETAR, HANA})


def test_the_deadline_runs_in_the_working_time_of_whoever_receives() -> None:
    assert handoff(decide(given_at(EVENING), RULES)).due_at == EVENING + timedelta(hours=4)
    friday = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)  # half past five in Sofia: half an hour is left
    saturday = datetime(2026, 3, 7, 10, 30, tzinfo=UTC)
    rules = house(SATURDAYS)
    on_thursday = friday - timedelta(days=1)
    assert handoff(decide(given_at(friday, petar=1), RULES)).due_at == friday + timedelta(hours=4), (
        "Hana has the day before her"
    )
    due = handoff(decide(given_at(on_thursday, rules), rules)).due_at
    assert due == saturday, "Petar has Fridays off"


def test_a_deadline_goes_along_into_the_time_of_whoever_takes_over() -> None:
    case = settled(given_at(MORNING), RULES)
    assert only_handoff(case).due_at == MORNING + timedelta(hours=4)
    taken = decide(given_to(case, HANA, PETAR), RULES)
    assert (handoff(taken).to_member, handoff(taken).due_at) == (
        HANA,
        NOW.replace(hour=18),
    )  # nine and four, there


def test_a_deadline_moves_with_the_hours_of_its_receiver() -> None:
    case = settled(given_at(NOW + timedelta(hours=7)), RULES)  # five in Sofia: the rest is for tomorrow
    assert only_handoff(case).to_member == PETAR
    until = 'working_hours: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "22:00"}'
    longer = house(TORONTO, (SATURDAYS[0], f"{SATURDAYS[0]}, {until}"))
    outcome = decide(asked(case, EventKind.CONFIG), longer)
    assert handoff(outcome).due_at == NOW + timedelta(hours=11)


def late(case: Case, rules: Ruleset, moment: datetime) -> Handoff:
    """The hand-off after its deadline was missed."""
    return handoff(
        decide(replace(case, now=moment, events=(*case.events, Event(77, EventKind.TIMER))), rules)
    )


def test_who_receives_after_a_missed_deadline_has_their_own_time() -> None:
    rules = house(TORONTO, ("accept_within: 4h", "accept_within: 4h\n    if_late: [reassign]"))
    passed = late(settled(given_at(MORNING), rules), rules, MORNING + timedelta(hours=4, minutes=1))
    assert (passed.to_member, passed.due_at) == (HANA, NOW.replace(hour=18)), "nine and four, in Toronto"


def test_who_is_asked_again_has_their_own_time_again() -> None:
    rules = house(TORONTO, ("accept_within: 4h", "accept_within: 4h\n    if_late: [escalate]"))
    moment = EVENING + timedelta(hours=4)  # half past three in Toronto, two and a half hours before work ends
    again = late(settled(given_at(EVENING, petar=9), rules), rules, moment)
    assert (again.to_member, again.due_at) == (HANA, datetime(2026, 3, 5, 15, 30, tzinfo=UTC))


def test_a_deal_that_opens_is_to_be_accepted_in_the_time_of_its_receiver() -> None:
    rules = house(
        (
            "maria@acme.example, roles: [farmer]",
            "maria@acme.example, roles: [farmer], timezone: America/Toronto",
        ),
        ("is: onboarding, write_back: false", "is: onboarding"),
        ("    on: won\n", "    on: won\n    accept_within: 1d\n"),
        ("mila@acme.example, roles: [farmer]", "mila@acme.example, roles: [farmer], capacity: 0"),
    )
    [opening] = decide(moved(standing(rules, "negotiation", PETAR), "won", PETAR), rules).openings
    assert opening.handoff is not None
    assert (opening.handoff.to_member, opening.handoff.due_at) == (MARIA, NOW.replace(hour=23)), (
        "a day, over there"
    )


def test_what_a_playbook_asks_is_due_in_the_owners_time() -> None:
    rules = house(SATURDAYS, ("meeting: {}", 'meeting: {playbook: [{task: "Prepare", due: 2d}]}'))
    outcome = decide(given_at(NOW, rules, hana=9), rules)
    [task] = [each for each in bodies(outcome, CreateTask) if each.subject == "Prepare"]
    saturday = datetime(2026, 3, 7, 8, 1, tzinfo=UTC)
    assert (task.owner, task.due_at) == (account(PETAR), saturday)


def test_reminders_divide_the_working_time_of_the_receiver() -> None:
    rules = house(TORONTO, ("accept_within: 4h", "accept_within: 4h\n    remind_at: [50%]"))
    late = EVENING + timedelta(hours=5)  # half past four in Toronto: one and a half hours are left of the day
    assert decide(given_at(late, rules, petar=9), rules).look_again_at == datetime(
        2026, 3, 5, 14, 30, tzinfo=UTC
    )


def test_a_follow_up_comes_when_its_owner_has_had_the_time() -> None:
    rules = house(SATURDAYS, ("negotiation: {}", "negotiation: {follow_up_after: 3d}"))
    case = settled(moved(standing(rules, "proposal", PETAR), "negotiation", PETAR), rules)
    monday = datetime(
        2026, 3, 9, 8, 1, tzinfo=UTC
    )  # Wednesday, Thursday, Saturday; the line would say Monday too
    saturday = monday - timedelta(days=2)
    two = house(SATURDAYS, ("negotiation: {}", "negotiation: {follow_up_after: 2d}"))
    for each, over in ((rules, monday), (two, saturday)):
        early = decide(replace(case, now=over - timedelta(minutes=1)), each)
        assert (tasks(early), early.look_again_at) == ([], over)
        [task] = tasks(decide(replace(case, now=over), each))
        assert task.subject == "Follow up: Roof for Nova"


def test_a_question_is_to_be_answered_within_a_day_of_whoever_is_asked() -> None:
    case = settled(given_at(MORNING, house(SATURDAYS), hana=9), house(SATURDAYS))
    thursday = NOW + timedelta(days=1)
    [why] = tasks(decide(moved(replace(case, now=thursday), "qualification", PETAR), house(SATURDAYS)))
    assert why.subject.startswith("Why was it returned?")
    assert (why.owner, why.due_at.date().isoformat()) == (account(PETAR), "2026-03-07")


def test_an_absence_counts_by_the_calendar_of_where_they_work() -> None:
    away = f"{TORONTO[1]}, away: [{{from: 2026-03-05, until: 2026-03-05}}]"
    rules = house((TORONTO[0], away))
    late = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)  # already the fifth in Sofia, still the fourth in Toronto
    assert handoff(decide(given_at(late, rules, petar=9), rules)).to_member == HANA
    gone = datetime(2026, 3, 6, 1, 0, tzinfo=UTC)
    assert handoff(decide(given_at(gone, rules, petar=9), rules)).to_member == PETAR
