"""Stories of won deals: winning is the hand-off to a farmer, and farmers take turns."""

from __future__ import annotations

import pytest

from mapping.model import HandoffStatus

from .house import MARIA, PETAR, House

SOLD = {"amount": 9000, "contract_end": "2027-05-01"}


@pytest.mark.every_crm
def test_a_won_deal_goes_to_a_farmer(house: House) -> None:
    # Given a deal with amount and end of contract
    deal = house.new_deal("negotiation", by=PETAR, **SOLD)
    # When its hunter wins it
    house.move(deal, "won", by=PETAR)
    # Then it stays won, and a farmer owns it and has a task
    card = house.card(deal)
    assert (card.stage, card.owner) == ("won", MARIA)
    assert [owner for owner, _ in card.todo] == [MARIA]
    [handoff] = house.handoffs(deal)
    assert (handoff.rule, handoff.to_section) == ("Hunter to farmer", "retention")
    # And the farmer accepts it by completing the task
    house.complete(card.tasks[0], by=MARIA)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]


def test_a_deal_cannot_be_won_without_its_contract_end(house: House) -> None:
    # Given a deal without an end of contract
    deal = house.new_deal("negotiation", by=PETAR, amount=9000)
    # When its hunter wins it
    house.move(deal, "won", by=PETAR)
    # Then it is moved back, and nobody else receives it
    assert (house.card(deal).stage, house.card(deal).owner) == ("negotiation", PETAR)
    assert house.handoffs(deal) == []


def test_farmers_take_turns(house: House) -> None:
    # Given two farmers
    nina = "nina@acme.example"
    house.sandbox.ask("POST", "/people", {"email": nina, "name": "Nina F."})
    line = "  - {name: Maria S., email: maria@acme.example, roles: [farmer]}"
    house.rewrite("team.yaml", line, f"{line}\n  - {{name: Nina F., email: {nina}, roles: [farmer]}}")
    # When six deals are won one after the other
    won = [house.new_deal("negotiation", by=PETAR, title=f"Deal {n}", **SOLD) for n in range(6)]
    for deal in won:
        house.move(deal, "won", by=PETAR)
    # Then they receive them in turn
    assert [house.card(deal).owner for deal in won] == [MARIA, nina] * 3


def test_farmers_take_turns_also_when_all_is_won_at_once(house: House) -> None:
    # Given two farmers and four deals
    nina = "nina@acme.example"
    house.sandbox.ask("POST", "/people", {"email": nina, "name": "Nina F."})
    line = "  - {name: Maria S., email: maria@acme.example, roles: [farmer]}"
    house.rewrite("team.yaml", line, f"{line}\n  - {{name: Nina F., email: {nina}, roles: [farmer]}}")
    won = [house.new_deal("negotiation", by=PETAR, title=f"Deal {n}", **SOLD) for n in range(4)]
    # When all are won before anybody looks
    with house.asleep():
        for deal in won:
            house.move(deal, "won", by=PETAR)
    # Then each farmer has two
    assert sorted(str(house.card(deal).owner) for deal in won) == [MARIA, MARIA, nina, nina]


def test_without_anybody_who_can_own_it_a_deal_waits_and_is_given_later(house: House) -> None:
    # Given a line whose only farmer has no account in the CRM
    line = "{name: Maria S., email: maria@acme.example, roles: [farmer]}"
    gone = line.replace("maria@", "maria.s@")
    house.rewrite("team.yaml", line, gone)
    deal = house.new_deal("negotiation", by=PETAR, **SOLD)
    # When a deal is won
    house.move(deal, "won", by=PETAR)
    # Then it waits in the queue, still the hunter's, and a note says so
    [handoff] = house.handoffs(deal)
    assert handoff.status is HandoffStatus.WAITING
    assert house.card(deal).owner == PETAR
    assert "waits in the queue" in house.card(deal).notes[0]
    # And when the farmer is known again, it is hers
    house.rewrite("team.yaml", gone, line)
    house.wait_for_timers()
    assert house.card(deal).owner == MARIA
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.PENDING]
