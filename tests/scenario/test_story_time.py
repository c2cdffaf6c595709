"""Stories in which time passes: playbooks, reminders, late hand-offs, silence, and the customer's next deal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mapping.model import HandoffStatus
from sync.views.health import status

from .house import COMPLETE, IVAN, MARIA, OLENA, PETAR, House

PLAYBOOK = 'qualification: {playbook: [{task: "Call and confirm the need", due: 1d, required: true}]}'


def test_a_required_task_of_the_playbook_keeps_a_deal_where_it_is(house: House) -> None:
    # Given a stage with a playbook
    house.rewrite("conveyor.yaml", "qualification: {}", PLAYBOOK)
    deal = house.new_deal("prospecting", **COMPLETE)
    # When a deal enters it
    house.move(deal, "qualification", by=OLENA)
    # Then its owner has the task
    [task] = house.card(deal).tasks
    assert ("Call and confirm the need" in task.subject, house.card(deal).todo[0][0]) == (True, OLENA)
    # And without it the deal does not go on
    house.move(deal, "meeting", by=OLENA)
    assert house.card(deal).stage == "qualification"
    assert any("Call and confirm the need" in note for note in house.card(deal).notes)
    # But with it, it does
    house.complete(task, by=OLENA)
    house.move(deal, "meeting", by=OLENA)
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", PETAR)
    assert len(house.card(deal).tasks) == 2, "the task of the hand-off came, none was made twice"


def test_nobody_accepts_and_the_deal_goes_down_the_ladder(house: House) -> None:
    # Given a hand-off to Petar
    deal = house.new_deal(**COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    [first] = house.handoffs(deal)
    assert (first.to_member, first.due_at is not None) == (PETAR, True)
    # When he does not react in time
    _let_pass(house, deal)
    # Then somebody else has it, and he has no dead task
    [second] = house.handoffs(deal)
    assert (second.to_member, second.status) == (IVAN, HandoffStatus.PENDING)
    assert house.card(deal).owner == IVAN
    assert PETAR not in [owner for owner, _ in house.card(deal).todo]
    # And when he does not react either, somebody who may move anywhere is told
    _let_pass(house, deal)
    assert any(subject.startswith("Late - Scout to hunter") for _, subject in house.card(deal).todo)
    # And when he accepts, all of that is over
    accept = next(t for t in house.card(deal).tasks if not t.done and t.subject.startswith("Scout to hunter"))
    house.crm.complete(accept, by=IVAN)
    house.poll(awaiting_webhooks=False)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]
    assert house.card(deal).todo == []
    _let_pass(house, deal, timedelta(days=9))
    assert house.card(deal).todo == []


def test_a_deal_that_stands_still_is_followed_up_once(house: House) -> None:
    # Given a stage with a limit, and a deal that came there
    house.rewrite("conveyor.yaml", "negotiation: {}", "negotiation: {follow_up_after: 2d}")
    deal = house.new_deal("proposal", by=PETAR, amount=900)
    house.move(deal, "negotiation", by=PETAR)
    assert house.card(deal).todo == []
    # When nothing happens for long
    for _ in range(3):
        _let_pass(house, deal, timedelta(days=9))
    # Then its owner has one task
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]
    # And once it is done there is none, until it stands still again
    house.crm.complete(house.card(deal).tasks[0], by=PETAR)
    _let_pass(house, deal, timedelta(days=1))
    assert house.card(deal).todo == []
    _let_pass(house, deal, timedelta(days=9))
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]


@pytest.mark.every_crm
def test_winning_opens_the_customers_next_deal_where_the_mapping_has_a_place_for_it(house: House) -> None:
    # Given a pipeline for customers that are kept
    house.add_pipeline("Customers", {"Welcome": "onboarding", "Growing": "growth"})
    house.rewrite("conveyor.yaml", "    on: won", "    carry: [amount]\n    on: won")
    deal = house.new_deal("negotiation", by=PETAR, amount=9000, contract_end="2027-05-01", **COMPLETE)
    # When a deal is won
    house.move(deal, "won", by=PETAR)
    # Then it stays with its hunter, and the next one is with a farmer, with a task
    assert (house.card(deal).stage, house.card(deal).owner) == ("won", PETAR)
    [following] = [other for other in house.crm.deal_ids() if other != deal]
    assert (house.deal(following).stage, house.deal(following).owner) == ("onboarding", MARIA)
    assert house.deal(following).journey == house.deal(deal).id
    card = house.card(following)
    assert (card.owner, [owner for owner, _ in card.todo]) == (MARIA, [MARIA])
    assert any("the deal was won" in note for note in card.notes)
    # And winning it again opens no other one
    house.move(deal, "negotiation", by=PETAR)
    house.move(deal, "won", by=PETAR)
    assert len(house.crm.deal_ids()) == 2


def test_a_practice_that_fades_is_an_alarm_until_it_happens(house: House) -> None:
    # Given a practice
    house.rewrite(
        "conveyor.yaml",
        "safety:",
        "practices:\n  - {name: Meetings held, stage: meeting, at_least_once_in: 30d}\nsafety:",
    )
    assert _faded(house) == []
    # When nothing of it happens for long
    house.clock.shift += timedelta(days=31)
    [alarm] = _faded(house)
    assert alarm.startswith("Meetings held: no deal came onto Meeting since ")
    house.clock.shift -= timedelta(days=31)
    # Then it is one only until it happens
    deal = house.new_deal(**COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    house.clock.shift += timedelta(days=29)
    assert _faded(house) == []


def _faded(house: House) -> list[str]:
    return [a["message"] for a in status(house.runtime)["alarms"] if a["kind"] == "practice_faded"]


def _let_pass(house: House, deal: str, at_least: timedelta = timedelta(0)) -> None:
    """Time passes until the hand-off of the deal is late, or for so long."""
    due = [h.due_at for h in house.handoffs(deal) if h.due_at is not None and h.closed_at is None]
    wait = max([at_least, *(at - house.clock() + timedelta(minutes=1) for at in due)])
    house.clock.shift += wait
    house.settle(awaiting_webhooks=False)
