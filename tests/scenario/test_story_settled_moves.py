"""Stories of moves within a section and out of a lost stage, and of a return without a reason."""

from __future__ import annotations

from mapping.model import HandoffStatus

from .house import COMPLETE, IVAN, OLENA, PETAR, House

IN_ORDER = "    title: Conversion\n"
LOST = {"lost_reason": "Price"}


def test_backwards_within_a_section_is_free(house: House) -> None:
    # Given a deal that a hunter works on
    deal = house.new_deal("negotiation", by=PETAR)
    writes = house.sandbox.writes()
    # When its hunter moves it back within the section, where nothing is required
    house.move(deal, "meeting", by=PETAR)
    # Then nobody has anything to say
    assert (house.card(deal).stage, house.card(deal).notes) == ("meeting", ())
    assert (house.deal(deal).stage, house.sandbox.writes()) == ("meeting", writes)


def test_where_stages_are_in_order_none_may_be_left_out(house: House) -> None:
    # Given a section whose stages are walked in order
    house.rewrite("conveyor.yaml", IN_ORDER, f"{IN_ORDER}    in_order: true\n")
    deal = house.new_deal("meeting", by=PETAR, amount=500)
    # When its hunter skips one
    house.move(deal, "negotiation", by=PETAR)
    # Then it is moved back, and the note names the stage that was left out
    assert house.card(deal).stage == "meeting"
    assert "Proposal" in house.card(deal).notes[0]
    # But one after the other is fine, and so is the way back
    for stage in ("proposal", "negotiation", "meeting"):
        house.move(deal, stage, by=PETAR)
        assert house.card(deal).stage == stage
    # And somebody who may move anywhere may skip
    house.move(deal, "negotiation", by=IVAN)
    assert house.card(deal).stage == "negotiation"


def test_a_lost_deal_that_goes_on_elsewhere_is_judged_from_where_it_was(house: House) -> None:
    # Given an incomplete deal that a scout lost
    deal = house.new_deal("qualification")
    house.edit(deal, by=OLENA, stage="lost", **LOST)
    # When its scout opens it again among the hunters
    house.move(deal, "meeting", by=OLENA)
    # Then it does not pass the boundary
    assert house.card(deal).stage == "lost"
    assert house.deal(deal).section == "lead_generation"
    assert house.handoffs(deal) == []


def test_who_returns_a_deal_is_asked_for_the_reason(house: House) -> None:
    # Given a deal that was handed over
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    # When the hunter moves it back without a word
    house.move(deal, "qualification", by=PETAR)
    # Then the scout has it again, and the hunter a task that asks why, with the rule's reasons
    assert house.card(deal).owner == OLENA
    [task] = [task for task in house.card(deal).tasks if not task.done]
    assert task.owner == PETAR
    assert "no budget" in task.body
    [handoff] = house.handoffs(deal)
    assert (handoff.status, handoff.asks_reason) == (HandoffStatus.RETURNED, True)
