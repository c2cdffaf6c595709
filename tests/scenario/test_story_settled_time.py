"""Stories in which time passes: reminders, a late hand-off that goes back, and the contract that ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mapping.model import HandoffStatus

from .house import COMPLETE, MARIA, OLENA, PETAR, House

LADDER = "if_late: [reassign, escalate]"


def handed_over(house: House) -> tuple[str, datetime]:
    """A complete deal that its scout moved on, and until when it has to be accepted."""
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    [pending] = house.handoffs(deal)
    assert pending.due_at is not None
    return deal, pending.due_at


def test_the_receiver_is_reminded_before_it_is_late(house: House) -> None:
    # Given a hand-off with four hours of working time
    deal, due = handed_over(house)
    [task] = house.card(deal).tasks
    # When little of them is left
    house.at(due - timedelta(minutes=10))
    # Then the receiver has a task that reminds them, and only they
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR, PETAR]
    # And with the acceptance both are done
    house.crm.complete(task, by=PETAR)
    house.poll(awaiting_webhooks=False)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]
    assert house.card(deal).todo == []


def test_a_late_handoff_may_go_back(house: House) -> None:
    # Given a rule that takes late deals back
    house.rewrite("conveyor.yaml", LADDER, "if_late: [return]")
    deal, due = handed_over(house)
    # When its receiver does not react in time
    house.at(due + timedelta(minutes=1))
    # Then the scout has it again, on the stage where it was
    card = house.card(deal)
    assert (card.stage, card.owner) == ("qualification", OLENA)
    assert all(owner != PETAR for owner, _ in card.todo)
    [handoff] = house.handoffs(deal)
    assert (handoff.status, "did not accept in time" in str(handoff.reason)) == (HandoffStatus.RETURNED, True)


def test_who_accepts_while_it_becomes_late_keeps_it(house: House) -> None:
    # Given a rule that takes late deals back, and a receiver who did the task without anybody hearing of it
    house.rewrite("conveyor.yaml", LADDER, "if_late: [return]")
    deal, due = handed_over(house)
    [task] = house.card(deal).tasks
    house.crm.complete(task, by=PETAR)
    # When the deadline passes
    house.at(due + timedelta(minutes=1))
    # Then the CRM was asked first, and the deal stays with them
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", PETAR)


def test_some_time_after_winning_the_referral_is_asked_for_once(house: House) -> None:
    # Given a pipeline for customers that are kept, and a rule that asks them for others
    house.add_pipeline("Customers", {"Welcome": "onboarding", "Asking": "referral"})
    house.rewrite("conveyor.yaml", "safety:", "growth:\n  - {open: referral, after: won, by: 30d}\nsafety:")
    deal = house.new_deal("negotiation", by=PETAR, amount=9000, contract_end="2029-05-01", **COMPLETE)
    house.move(deal, "won", by=PETAR)
    before = set(house.crm.deal_ids())
    won = house.clock()
    # When the days have passed, and not before
    house.at(won + timedelta(days=29))
    assert set(house.crm.deal_ids()) == before
    for days in (31, 60):
        house.at(won + timedelta(days=days))
    # Then the farmer has one deal for it, of the same journey
    [referral] = set(house.crm.deal_ids()) - before
    assert (house.card(referral).stage, house.card(referral).owner) == ("referral", MARIA)
    assert house.deal(referral).journey == house.deal(deal).journey


@pytest.mark.every_crm
def test_before_the_contract_ends_the_renewal_is_opened_once(house: House) -> None:
    # Given a pipeline for renewals, and a rule that opens them in time
    house.add_pipeline("Customers", {"Renewing": "renewal"})
    rule = "growth:\n  - {open: renewal, before: contract_end, by: 60d}\nsafety:"
    house.rewrite("conveyor.yaml", "safety:", rule)
    house.rewrite("conveyor.yaml", "    on: won", "    carry: [contract_end]\n    on: won")
    end = house.clock() + timedelta(days=400)
    deal = house.new_deal("negotiation", by=PETAR, amount=9000, contract_end=f"{end:%Y-%m-%d}", **COMPLETE)
    house.move(deal, "won", by=PETAR)
    before = set(house.crm.deal_ids())
    # When the end of the contract is near
    house.at(end - timedelta(days=70))
    assert set(house.crm.deal_ids()) == before
    house.at(end - timedelta(days=50))
    # Then the customer's next deal is there, of the same journey, with the farmer
    [renewal] = set(house.crm.deal_ids()) - before
    card = house.card(renewal)
    assert (card.stage, card.owner) == ("renewal", MARIA)
    assert house.deal(renewal).journey == house.deal(deal).journey
    assert any("Opened by the conveyor" in note for note in card.notes)
    # And it is opened once
    house.at(end - timedelta(days=20))
    assert set(house.crm.deal_ids()) == before | {renewal}
