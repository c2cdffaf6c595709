"""Stories of robots, strangers, parked and ignored stages: what the conveyor does not know it does not guess."""

from __future__ import annotations

import pytest

from mapping.model import DealStatus, HandoffStatus

from .house import COMPLETE, OLENA, PETAR, ROBOT, House

OUTSIDERS = (None, ROBOT)
"""The CRM's own automation, and an account of somebody who is not on the team."""


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_an_outsider_hands_a_complete_deal_over(house: House, outsider: str | None) -> None:
    # Given a complete deal
    deal = house.new_deal("qualification", **COMPLETE)
    # When somebody moves it whom no role fits
    house.move(deal, "meeting", by=outsider)
    # Then the requirements were met, and that is enough
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", PETAR)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.PENDING]


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_an_outsider_needs_the_requirements_too(house: House, outsider: str | None) -> None:
    # Given an incomplete deal
    deal = house.new_deal("qualification")
    # When an outsider moves it
    house.move(deal, "meeting", by=outsider)
    # Then it is moved back, with a note
    card = house.card(deal)
    assert (card.stage, card.owner, len(card.notes)) == ("qualification", OLENA, 1)


def test_outsiders_may_be_let_alone(house: House) -> None:
    # Given rules that allow outsiders everything, and an incomplete deal
    house.rewrite("conveyor.yaml", "mode: enforce", "outsiders: allow\nmode: enforce")
    deal = house.new_deal("qualification")
    # When a robot moves it
    house.move(deal, "meeting", by=None)
    # Then it stays, and is handed over all the same
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", PETAR)
    assert not any("Moved back" in note for note in house.card(deal).notes)


@pytest.fixture
def legal(house: House) -> list[str]:
    """A column that the CRM has and the mapping does not."""
    return house.crm.add_column("Legal review")


@pytest.mark.every_crm
def test_a_deal_on_an_unmapped_stage_is_parked_and_told_once(house: House, legal: list[str]) -> None:
    # Given a deal of a hunter
    deal = house.new_deal("meeting", by=PETAR)
    writes = house.sandbox.writes()
    # When it is moved to a stage that nobody mapped, and edited there
    house.move_to_column(deal, legal, by=PETAR)
    house.edit(deal, by=PETAR, amount=100)
    house.poll()
    # Then it is parked, that is said once, and nothing is written
    assert house.deal(deal).status is DealStatus.UNMAPPED
    assert house.kinds(deal).count("unmapped") == 1
    assert house.card(deal).column == legal
    assert house.sandbox.writes() == writes


def test_a_parked_deal_is_back_on_the_line_when_somebody_moves_it_there(
    house: House, legal: list[str]
) -> None:
    # Given a parked deal
    deal = house.new_deal("meeting", by=PETAR)
    house.move_to_column(deal, legal, by=PETAR)
    # When its hunter moves it to a mapped stage
    house.move(deal, "negotiation", by=PETAR)
    # Then it goes on from there
    assert (house.deal(deal).status, house.deal(deal).stage) == (DealStatus.OPEN, "negotiation")
    assert house.card(deal).stage == "negotiation"


def test_a_parked_deal_is_back_on_the_line_when_its_stage_is_mapped(house: House, legal: list[str]) -> None:
    # Given a parked deal
    deal = house.new_deal("meeting", by=PETAR)
    house.move_to_column(deal, legal, by=PETAR)
    # When the admin maps the stage
    line = f'      - {{crm: Legal review, id: "{legal[1]}", is: negotiation, write_back: false}}\n'
    house.rewrite(house.mapping_file, "    stages:\n", f"    stages:\n{line}")
    # Then it is placed without judgement, and stays where it is
    assert (house.deal(deal).status, house.deal(deal).stage) == (DealStatus.OPEN, "negotiation")
    assert house.card(deal).column == legal
    assert house.card(deal).notes == ()


@pytest.mark.every_crm
def test_an_ignored_stage_is_nobodys_business(house: House) -> None:
    # Given a deal of a hunter
    deal = house.new_deal("meeting", by=PETAR)
    writes = house.sandbox.writes()
    # When a scout moves it to a stage that the mapping ignores
    ignored = house.ignored_column()
    house.move_to_column(deal, ignored, by=OLENA)
    house.poll()
    # Then that is left alone
    assert house.deal(deal).status is DealStatus.IGNORED
    assert house.card(deal).column == ignored
    assert house.sandbox.writes() == writes


def test_a_new_deal_of_the_right_role_starts_anywhere(house: House) -> None:
    # When a hunter creates a deal in the hunters' section, and a robot one among the scouts
    hunters = house.new_deal("meeting", by=PETAR)
    scouts = house.new_deal("prospecting", by=None)
    # Then nobody has anything to say
    for deal in (hunters, scouts):
        assert (house.card(deal).notes, house.card(deal).tasks) == ((), ())
    assert house.handoffs(hunters) == []


@pytest.mark.every_crm
def test_a_new_deal_of_the_wrong_role_is_reported_to_head_and_not_moved(house: House) -> None:
    # When a scout creates a deal among the hunters
    deal = house.new_deal("meeting", by=OLENA)
    # Then it stays there, and the head of sales has a task that says so
    card = house.card(deal)
    assert (card.stage, card.owner) == ("meeting", OLENA)
    [task] = card.tasks
    assert task.owner == "ivan@acme.example"
    assert "Olena K. created this deal in Conversion" in task.body


def test_a_new_deal_that_moved_on_at_once_is_judged_for_it(house: House) -> None:
    # Given workers that are away
    with house.asleep():
        # When a scout creates an incomplete deal and moves it on before anybody looks
        deal = house.new_deal("qualification", by=OLENA)
        house.move(deal, "meeting", by=OLENA)
    # Then it is moved back to where it began
    assert house.card(deal).stage == "qualification"
    assert "Moved back to Qualification" in house.card(deal).notes[0]


@pytest.mark.every_crm
def test_deals_found_by_the_first_backfill_are_placed_without_judgement(house: House) -> None:
    # Given deals from before, one of them owned by somebody who should not
    old = [house.sandbox.many(3)[0]]
    body = {"count": 2, **house.crm.words(stage="meeting", owner=OLENA)}
    old += house.sandbox.ask("POST", "/bulk", body)["ids"]
    # When all deals are read
    house.backfill()
    # Then they stand where they are, without hand-off, task or note
    assert [house.deal(deal).stage for deal in old] == ["prospecting", "meeting", "meeting"]
    assert all(house.handoffs(deal) == [] for deal in old)
    for deal in old:
        assert (house.card(deal).tasks, house.card(deal).notes) == ((), ())
    # And from then on they are judged
    house.move(old[1], "negotiation", by=OLENA)
    assert house.card(old[1]).stage == "meeting"
