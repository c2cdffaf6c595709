"""Stories of hand-offs that nobody accepts or nobody can take: the whole ladder, the queue, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mapping.model import Handoff, HandoffStatus
from sync.views.health import status

from .house import IVAN, OLENA, PETAR, House

LADDER = "if_late: [reassign, escalate]"
IVANS_LINE = f"email: {IVAN}, roles: [head, hunter]"
PETARS_LINE = f"email: {PETAR}, roles: [hunter]"
HEAD = "  head:   {title: Head of sales, may_move: anywhere}\n"
TUESDAY, FRIDAY = 1, 4


def coming(house: House, weekday: int, hour: int) -> datetime:
    """The next such day but one week, where the line is; from now on the line knows no holidays."""
    house.rewrite("conveyor.yaml", ", holidays: BG", "")
    today = (
        house.clock()
        .astimezone(ZoneInfo("Europe/Sofia"))
        .replace(hour=hour, minute=0, second=0, microsecond=0)
    )
    return today + timedelta(days=7 + (weekday - today.weekday()) % 7)


def alarms(house: House) -> dict[str, str]:
    """What somebody should look at, by its kind; but for how busy this machine is."""
    found = status(house.runtime)["alarms"]
    return {alarm["kind"]: alarm["message"] for alarm in found if alarm["kind"] != "lag"}


def miss_deadline(house: House, deal: str) -> Handoff:
    """Its receiver lets the deadline pass; the hand-off as it is then."""
    [handoff] = house.handoffs(deal)
    assert handoff.due_at is not None
    house.at(handoff.due_at + timedelta(minutes=1))
    [handoff] = house.handoffs(deal)
    return handoff


@pytest.mark.every_crm
def test_a_late_handoff_goes_down_the_whole_ladder(house: House) -> None:
    # Given a rule with all three steps
    house.rewrite("conveyor.yaml", LADDER, "if_late: [reassign, escalate, return]")
    deal = house.handed_over()
    assert house.card(deal).owner == PETAR
    # When the first deadline is missed, somebody else receives it
    assert miss_deadline(house, deal).to_member == IVAN
    assert (house.card(deal).owner, [owner for owner, _ in house.card(deal).todo]) == (IVAN, [IVAN])
    # When the second is missed, the head of sales is told, and it stays
    assert (miss_deadline(house, deal).to_member, house.card(deal).owner) == (IVAN, IVAN)
    assert [subject for _, subject in house.card(deal).todo if subject.startswith("Late - ")] != []
    assert "missed_deadlines" in alarms(house)
    # When the third is missed, the scout has it again where it was, and nobody a dead task
    returned = miss_deadline(house, deal)
    assert (returned.status, returned.late_steps) == (HandoffStatus.RETURNED, 3)
    card = house.card(deal)
    assert (card.stage, card.owner, card.todo) == ("qualification", OLENA, [])
    assert "missed_deadlines" not in alarms(house)


def test_without_a_head_a_missed_deadline_is_an_alarm(house: House) -> None:
    # Given a line on which nobody may move anywhere
    house.rewrite("team.yaml", IVANS_LINE, f"email: {IVAN}, roles: [hunter]")
    house.rewrite("conveyor.yaml", HEAD, "")
    house.rewrite("conveyor.yaml", LADDER, "if_late: [escalate]")
    deal = house.handed_over()
    assert alarms(house) == {}
    # When the deadline is missed
    miss_deadline(house, deal)
    # Then nobody has a task for it, and it is an alarm until it is accepted
    assert [subject for _, subject in house.card(deal).todo if subject.startswith("Late")] == []
    assert "1 hand-off was not accepted in time" in alarms(house)["missed_deadlines"]
    task = next(task for task in house.card(deal).tasks if not task.done)
    house.crm.complete(task, by=PETAR)
    house.poll(awaiting_webhooks=False)
    assert alarms(house) == {}


def test_what_waits_in_the_queue_has_an_age_and_the_oldest_is_given_first(house: House) -> None:
    # Given hunters without room, and two deals that wait for one
    for line in (PETARS_LINE, IVANS_LINE):
        house.rewrite("team.yaml", line, f"{line}, capacity: 0")
    first = house.handed_over(title="First")
    house.at(house.clock() + timedelta(hours=2))
    second = house.handed_over(title="Second")
    house.at(house.clock() + timedelta(hours=1))
    # Then the head of sales has a task for each, and the alarm tells how long the oldest has been waiting
    for deal in (first, second):
        assert [owner for owner, _ in house.card(deal).todo] == [IVAN]
        assert any("waits in the queue" in note for note in house.card(deal).notes)
    assert "2 hand-offs wait for somebody in conversion, the oldest for 3 h" in alarms(house)["nobody_free"]
    assert status(house.runtime)["handoffs"]["open"] == 2
    # And when there is room for one, it is the oldest that is given
    house.rewrite("team.yaml", f"{PETARS_LINE}, capacity: 0", f"{PETARS_LINE}, capacity: 1")
    house.wait_for_timers()
    assert (house.card(first).owner, house.card(second).owner) == (PETAR, OLENA)


def test_a_deadline_is_counted_in_working_time(house: House) -> None:
    # Given a Friday afternoon, two hours before work ends
    friday = coming(house, FRIDAY, 16)
    house.at(friday.astimezone(UTC))
    # When a deal is handed over that has to be accepted within four hours
    deal = house.handed_over()
    # Then the receiver has until Monday
    [handoff] = house.handoffs(deal)
    monday = friday.replace(hour=11) + timedelta(days=3)
    assert handoff.due_at is not None
    assert abs(handoff.due_at - monday) < timedelta(minutes=1)
    # And over the weekend nobody is reminded, or late
    house.at((friday + timedelta(days=2)).astimezone(UTC))
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]
    assert alarms(house) == {}


def test_who_is_at_work_receives_and_has_time_by_their_own_clock(house: House) -> None:
    # Given Ivan, who works in Toronto, and Petar, who has a deal more than he
    house.rewrite("team.yaml", IVANS_LINE, f"{IVANS_LINE}, timezone: America/Toronto")
    tuesday = coming(house, TUESDAY, 10)
    house.at(tuesday.astimezone(UTC))
    # When deals are handed over while it is night in Toronto
    deals = [house.handed_over(title="First"), house.handed_over(title="Second")]
    # Then Petar receives both, and the hand-off says why Ivan does not
    assert [house.card(deal).owner for deal in deals] == [PETAR, PETAR]
    [handoff] = house.handoffs(deals[1])
    assert {each.member: each.why for each in handoff.candidates}[IVAN] == "is not at work now"
    # When it is evening in Sofia, then Ivan receives, and has four hours of his own day
    evening = tuesday.replace(hour=19).astimezone(UTC)
    house.at(evening)
    deal = house.handed_over(title="Third")
    assert house.card(deal).owner == IVAN
    [handoff] = house.handoffs(deal)
    assert handoff.due_at is not None
    assert abs(handoff.due_at - evening - timedelta(hours=4)) < timedelta(minutes=2)
    # When he works by the line's clock from now on, then his deadline moves along
    house.rewrite("team.yaml", f"{IVANS_LINE}, timezone: America/Toronto", IVANS_LINE)
    [handoff] = house.handoffs(deal)
    wednesday = tuesday.replace(hour=13) + timedelta(days=1)
    assert handoff.due_at is not None
    assert abs(handoff.due_at - wednesday) < timedelta(minutes=2)
