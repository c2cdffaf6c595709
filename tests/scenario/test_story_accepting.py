"""Stories of what accepts a hand-off and what does not, and of a return whose reason stands in the CRM."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mapping.model import HandoffStatus

from .house import OLENA, PETAR, House

NAMES_NO_EDITOR = frozenset({"bitrix24", "zoho", "copper"})
"""CRMs that tell who moved a deal, but not, with the deal or its webhook, who changed which other field."""
RETURN_REASON = {
    "hubspot": "return_reason",
    "bitrix24": "UF_CRM_RETURN_REASON",
    "zoho": "Return_Reason",
    "copper": "Return reason",
    "close": "Return reason",
}


@pytest.mark.every_crm
def test_an_edit_that_nobody_is_named_for_accepts_nothing(house: House) -> None:
    # Given a hand-off that waits for its receiver
    deal = house.handed_over()
    [task] = house.card(deal).tasks
    # When the CRM's own automation fills in a field and moves the deal within the section
    house.edit(deal, by=None, amount=7000)
    house.move(deal, "negotiation", by=None)
    house.poll()
    # Then the hand-off still waits
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.PENDING]
    assert (house.card(deal).stage, house.card(deal).owner) == ("negotiation", PETAR)
    # And the task accepts it
    house.complete(task, by=PETAR)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]


@pytest.mark.every_crm
def test_the_receiver_who_fills_in_a_field_accepts_where_the_crm_names_them(house: House) -> None:
    # Given a hand-off that waits for its receiver
    deal = house.handed_over()
    # When somebody else edits the deal
    house.edit(deal, by=OLENA, amount=7000)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.PENDING]
    # And then the receiver does
    house.edit(deal, by=PETAR, amount=8000)
    # Then they have accepted it, as far as the CRM tells who it was
    told = HandoffStatus.PENDING if house.name in NAMES_NO_EDITOR else HandoffStatus.ACCEPTED
    assert [h.status for h in house.handoffs(deal)] == [told]
    assert len(house.card(deal).todo) == (1 if told is HandoffStatus.PENDING else 0)


@pytest.mark.every_crm
def test_the_reason_of_a_return_is_taken_from_the_field_that_holds_it(house: House) -> None:
    # Given a mapping that says where a return's reason stands, and two hand-offs
    field = RETURN_REASON[house.name]
    house.sandbox.add_field(field)
    house.rewrite(house.mapping_file, "\n  budget:", f"\n  return_reason: {field}\n  budget:")
    at_once, later = house.handed_over(title="At once"), house.handed_over(title="Later")
    # When the receivers give them back, one with the reason, the other without
    for deal, values in ((at_once, {"return_reason": "no budget"}), (later, {})):
        house.edit(deal, by=house.card(deal).owner, stage="qualification", **values)
    # Then the first is returned for that reason, and nobody is asked
    [handoff] = house.handoffs(at_once)
    assert (handoff.status, str(handoff.reason)) == (HandoffStatus.RETURNED, "no budget")
    assert (house.card(at_once).owner, house.card(at_once).todo) == (OLENA, [])
    # And whoever returned the other one has a task until they fill it in
    [handoff] = house.handoffs(later)
    assert (handoff.asks_reason, len(house.card(later).todo)) == (True, 1)
    house.edit(later, by=handoff.to_member, return_reason="wrong fit")
    house.poll()  # in its first second a new mapping is not yet known to the receiver
    [handoff] = house.handoffs(later)
    assert (str(handoff.reason), house.card(later).todo) == ("wrong fit", [])


def test_a_task_that_came_back_to_nobody_is_done_by_us(house: House) -> None:
    # Given a hand-off whose receiver was reminded
    deal = house.handed_over()
    [pending] = house.handoffs(deal)
    assert pending.due_at is not None
    house.at(pending.due_at - timedelta(minutes=5))
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR, PETAR]
    # When its scout takes the deal back into her own hands, by way of the hunter
    house.crm.edit(deal, by=PETAR, stage="qualification")
    house.poll(awaiting_webhooks=False)
    # Then both tasks are done, and only the question for the reason is open
    assert len([task for task in house.card(deal).tasks if task.done]) == 2
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]
