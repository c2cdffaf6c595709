"""Stories of how far the conveyor goes: observing, warning, and stopping before it fights."""

from __future__ import annotations

import pytest

from mapping.model import HandoffStatus

from .house import COMPLETE, IVAN, MARIA, OLENA, PETAR, House


@pytest.mark.every_crm
def test_observing_writes_nothing_at_all(house: House) -> None:
    # Given a line that only observes
    house.set_mode("observe")
    deal = house.new_deal("qualification")
    # When all sorts of things happen
    house.move(deal, "meeting", by=OLENA)
    house.move(deal, "negotiation", by=MARIA)
    house.edit(deal, by=PETAR, owner=MARIA)
    house.poll()
    # Then the CRM has not been touched
    assert house.sandbox.writes() == 0
    card = house.card(deal)
    assert (card.stage, card.owner, card.notes, card.tasks) == ("negotiation", MARIA, (), ())
    # And all of it is on record
    assert house.kinds(deal).count("violation_observe") >= 2


def test_warning_tells_and_moves_nothing(house: House) -> None:
    # Given a line that warns
    house.set_mode("warn")
    deal = house.new_deal("qualification", **{**COMPLETE, "budget": 500})
    # When a scout moves an incomplete deal on
    house.move(deal, "meeting", by=OLENA)
    # Then it stays, and is handed over all the same, with what is missing counted as a defect
    card = house.card(deal)
    assert (card.stage, card.owner) == ("meeting", PETAR)
    [handoff] = house.handoffs(deal)
    assert handoff.defects
    # And the scout has a task and the deal a note
    assert OLENA in [owner for owner, _ in card.todo]
    assert any("budget must be at least 1000" in note for note in card.notes)


def test_a_warning_ends_when_it_is_put_right(house: House) -> None:
    # Given a warning
    house.set_mode("warn")
    deal = house.new_deal("qualification", **{**COMPLETE, "budget": 500})
    house.move(deal, "meeting", by=OLENA)
    # When what was missing is filled in
    house.edit(deal, by=OLENA, budget=3000)
    # Then the scout's task is done, and the hunter's is not
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]
    assert "put_right" in house.kinds(deal)


def test_a_warning_goes_to_the_owner_if_an_outsider_did_it(house: House) -> None:
    # Given a line that warns
    house.set_mode("warn")
    deal = house.new_deal("meeting", by=PETAR)
    # When a robot moves a deal to a stage whose requirements it does not meet
    house.move(deal, "proposal", by=None)
    # Then it stays, and its owner has the task
    assert house.card(deal).stage == "proposal"
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]


def test_one_rule_may_be_in_a_mode_of_its_own(house: House) -> None:
    # Given a line that enforces all but one stage
    old = "proposal: {requires: [amount]}"
    house.rewrite("conveyor.yaml", old, "proposal: {requires: [amount], mode: warn}")
    deal = house.new_deal("meeting", by=PETAR)
    # When that stage's rule is broken
    house.move(deal, "proposal", by=PETAR)
    # Then it is only told
    assert house.card(deal).stage == "proposal"
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]


def test_one_section_may_be_in_a_mode_of_its_own(house: House) -> None:
    # Given a line that enforces, but for a section that only observes
    title = "    title: Conversion\n"
    house.rewrite("conveyor.yaml", title, f"{title}    mode: observe\n")
    hunters, scouts = house.new_deal("meeting", by=PETAR), house.new_deal("prospecting")
    written = house.sandbox.writes()
    # When rules are broken in both
    house.move(hunters, "proposal", by=PETAR)
    assert (house.card(hunters).stage, house.sandbox.writes()) == ("proposal", written)
    house.move(scouts, "qualification", by=MARIA)
    # Then only the other section's deal is put back
    assert house.card(scouts).stage == "prospecting"
    assert "violation_observe" in house.kinds(hunters)


def test_the_conveyor_never_fights(house: House) -> None:
    # Given somebody who insists on moving an incomplete deal
    deal = house.new_deal("qualification")
    for _ in range(3):
        house.move(deal, "meeting", by=OLENA)
        assert house.card(deal).stage == "qualification"
    # When they do so once more
    house.move(deal, "meeting", by=OLENA)
    # Then it stays, the note says so, and the head of sales is asked
    card = house.card(deal)
    assert card.stage == "meeting"
    assert "leaves it alone now, so as not to fight" in card.notes[-1]
    assert [owner for owner, _ in card.todo] == [IVAN]
    # And also later the conveyor writes neither stage nor owner
    house.move(deal, "qualification", by=OLENA)
    house.move(deal, "meeting", by=OLENA)
    assert house.card(deal).stage == "meeting"
    assert house.handoffs(deal) == []


def test_switching_from_observing_to_enforcing_judges_nothing_old(house: House) -> None:
    # Given a wrong move that was only recorded
    house.set_mode("observe")
    deal = house.new_deal("qualification")
    house.move(deal, "meeting", by=OLENA)
    # When the line begins to enforce
    house.rewrite("conveyor.yaml", "mode: observe", "mode: enforce")
    house.poll()
    # Then the past stays as it is
    card = house.card(deal)
    assert (card.stage, card.owner, card.notes, card.tasks) == ("meeting", OLENA, (), ())
    # And from now on the rules hold
    house.move(deal, "negotiation", by=OLENA)
    assert house.card(deal).stage == "meeting"


def test_an_accepted_handoff_stays_accepted_in_warn(house: House) -> None:
    # Given a defective hand-off in a line that warns
    house.set_mode("warn")
    deal = house.new_deal("qualification")
    house.move(deal, "meeting", by=OLENA)
    [task] = [task for task in house.card(deal).tasks if task.owner == PETAR]
    # When its receiver takes it all the same
    house.complete(task, by=PETAR)
    # Then it is accepted
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]
