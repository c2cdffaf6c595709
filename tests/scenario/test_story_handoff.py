"""Stories of deals that go from the scout to the hunter: handed over, accepted, moved along, returned."""

from __future__ import annotations

import pytest

from mapping.model import HandoffStatus

from .house import COMPLETE, IVAN, OLENA, PETAR, House


@pytest.mark.every_crm
def test_a_complete_deal_is_handed_to_the_least_loaded_hunter(house: House) -> None:
    # Given a qualified deal with all that the rule asks for, and Petar busy with another one
    house.new_deal("meeting", by=PETAR)
    deal = house.new_deal("qualification", title="Trucks", amount=12000, currency="USD", **COMPLETE)
    # When its scout moves it on
    house.move(deal, "meeting", by=OLENA)
    # Then it stays there and belongs to the hunter with fewer deals
    card = house.card(deal)
    assert (card.stage, card.owner) == ("meeting", IVAN)
    # And one task tells that hunter what to do by when, and one note what happened
    [task] = card.tasks
    assert (task.owner, task.done) == (IVAN, False)
    assert "Trucks for 12000 USD - decision maker CFO." in task.body
    assert task.due is not None
    [note] = card.notes
    assert "handed to Ivan P. (least loaded: 0 open deals" in note
    # And the reason is on record, also why nobody else received it
    [handoff] = house.handoffs(deal)
    assert handoff.status is HandoffStatus.PENDING
    assert {(c.member, c.chosen) for c in handoff.candidates} == {(PETAR, False), (IVAN, True)}
    assert any("1 open deal," in c.why for c in handoff.candidates if c.member == PETAR)
    # And the CRM can show and report what the conveyor knows
    assert card.fields["section"] == "conversion"
    assert card.fields["accept_by"]


@pytest.mark.every_crm
def test_a_handoff_costs_one_write_of_the_deal_one_task_and_one_note(house: House) -> None:
    # Given a deal that is known
    deal = house.new_deal("qualification", **COMPLETE)
    before = house.sandbox.writes()
    # When it is handed over
    house.move(deal, "meeting", by=OLENA)
    # Then nothing is written twice, and looking again writes nothing
    assert house.sandbox.writes() == before + 3
    house.poll()
    assert house.sandbox.writes() == before + 3


@pytest.mark.every_crm
def test_completing_the_task_accepts_the_handoff(house: House) -> None:
    # Given a hand-off that waits for its receiver
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    [task] = house.card(deal).tasks
    # When the receiver completes the task
    house.complete(task, by=PETAR)
    # Then it is accepted, and nothing is left to do
    [handoff] = house.handoffs(deal)
    assert (handoff.status, handoff.to_member) == (HandoffStatus.ACCEPTED, PETAR)
    card = house.card(deal)
    assert (card.owner, card.todo, len(card.notes)) == (PETAR, [], 1)
    assert not card.fields.get("accept_by")


@pytest.mark.every_crm
def test_working_on_the_deal_accepts_the_handoff_and_closes_its_task(house: House) -> None:
    # Given a hand-off that waits for its receiver
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    # When the receiver simply moves the deal on
    house.move(deal, "negotiation", by=PETAR)
    # Then it is accepted and nobody has a dead task
    [handoff] = house.handoffs(deal)
    assert handoff.status is HandoffStatus.ACCEPTED
    card = house.card(deal)
    assert (card.stage, card.todo) == ("negotiation", [])


def test_the_mover_may_name_the_receiver(house: House) -> None:
    # Given a deal that is ready
    deal = house.new_deal("qualification", **COMPLETE)
    # When its scout moves it on and makes a hunter its owner in the same breath
    house.edit(deal, by=OLENA, stage="meeting", owner=IVAN)
    # Then that hunter receives it
    [handoff] = house.handoffs(deal)
    assert (handoff.to_member, handoff.reason) == (IVAN, "chosen by hand")
    assert house.card(deal).owner == IVAN


def test_a_pending_handoff_goes_along_with_a_fitting_new_owner(house: House) -> None:
    # Given a hand-off that waits for Petar
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    assert house.card(deal).owner == PETAR
    # When Ivan, a hunter too, makes himself the owner
    house.edit(deal, by=IVAN, owner=IVAN)
    # Then the task is his, Petar's is closed, and it is still one hand-off
    [handoff] = house.handoffs(deal)
    assert handoff.to_member == IVAN
    card = house.card(deal)
    assert card.owner == IVAN
    assert [owner for owner, _ in card.todo] == [IVAN]


@pytest.mark.every_crm
def test_moving_back_over_the_boundary_gives_the_deal_back(house: House) -> None:
    # Given a deal that was handed over
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    # When the receiver moves it back
    house.move(deal, "qualification", by=PETAR)
    # Then its scout has it again, and nobody has a dead task
    card = house.card(deal)
    assert (card.stage, card.owner) == ("qualification", OLENA)
    assert all("Scout to hunter" not in subject for _, subject in card.todo)
    [handoff] = house.handoffs(deal)
    assert handoff.status is HandoffStatus.RETURNED


def test_a_returned_deal_can_be_handed_over_again(house: House) -> None:
    # Given a deal that was returned
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    house.move(deal, "qualification", by=PETAR)
    # When its scout moves it on once more
    house.move(deal, "meeting", by=OLENA)
    # Then there are two hand-offs, and the sum is right
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.RETURNED, HandoffStatus.PENDING]
    assert len([task for task in house.card(deal).tasks if not task.done]) == 1


def test_the_first_in_line_gets_the_next_deal_when_all_are_equally_busy(house: House) -> None:
    # Given two hunters without deals, and four deals ready to go
    ready = [house.new_deal("qualification", title=f"Deal {n}", **COMPLETE) for n in range(4)]
    # When all go on at once
    with house.asleep():
        for deal in ready:
            house.move(deal, "meeting", by=OLENA)
    # Then each hunter has two
    assert sorted(str(house.card(deal).owner) for deal in ready) == [IVAN, IVAN, PETAR, PETAR]
