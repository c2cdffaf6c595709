"""Stories of moves that a rule does not allow: moved back, with the rule in words."""

from __future__ import annotations

import pytest

from mapping.model import HandoffStatus

from .house import COMPLETE, IVAN, MARIA, OLENA, PETAR, TELLS_NOT_WHO_CLOSED, House


@pytest.mark.every_crm
def test_a_deal_without_budget_is_moved_back_with_the_rule_and_the_question(house: House) -> None:
    # Given a deal that lacks money
    deal = house.new_deal("qualification", **{**COMPLETE, "budget": 500})
    # When its scout moves it on all the same
    house.move(deal, "meeting", by=OLENA)
    # Then it stands where it stood, still hers
    card = house.card(deal)
    assert (card.stage, card.owner) == ("qualification", OLENA)
    # And one note says why and what to ask
    [note] = card.notes
    assert (
        "Moved back to Qualification: budget must be at least 1000 before a deal goes to Conversion" in note
    )
    assert "What can they spend this quarter?" in note
    # And nobody was given anything
    assert card.tasks == ()
    assert house.handoffs(deal) == []


def test_the_note_names_everything_that_is_missing(house: House) -> None:
    # Given a deal with nothing but a name
    deal = house.new_deal("qualification")
    # When it is moved on
    house.move(deal, "meeting", by=OLENA)
    # Then one note lists all three requirements
    [note] = house.card(deal).notes
    assert "Who signs?" in note
    assert "budget" in note
    assert "contact phone or contact e" in note


def test_after_putting_it_right_the_same_move_goes_through(house: House) -> None:
    # Given a deal that was moved back
    deal = house.new_deal("qualification", **{**COMPLETE, "budget": 500})
    house.move(deal, "meeting", by=OLENA)
    assert house.card(deal).stage == "qualification"
    # When the scout finds out the budget and tries again
    house.edit(deal, by=OLENA, budget=2000)
    house.move(deal, "meeting", by=OLENA)
    # Then it is handed over
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", PETAR)
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.PENDING]


def test_the_exception_lets_a_deal_through_and_is_on_record(house: House) -> None:
    # Given a rule that excepts some deals, and one of them that meets no requirement but this
    source, founder = "{source: {one_of: [referral]}}", "{decision_maker: {one_of: [the founder]}}"
    house.rewrite("conveyor.yaml", source, founder)
    deal = house.new_deal("qualification", decision_maker="the founder")
    # When it is moved on
    house.move(deal, "meeting", by=OLENA)
    # Then it is handed over, and the use of the exception is counted
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", PETAR)
    assert "exception" in house.kinds(deal)


@pytest.mark.every_crm
def test_only_the_role_of_a_section_moves_its_deals_on(house: House) -> None:
    # Given a complete deal of the scouts
    deal = house.new_deal("qualification", **COMPLETE)
    # When a farmer moves it on
    house.move(deal, "meeting", by=MARIA)
    # Then it is moved back, and the note says whose it is
    card = house.card(deal)
    assert (card.stage, card.owner) == ("qualification", OLENA)
    [note] = card.notes
    assert "only Lead hunter moves a deal on to Conversion, and Maria S. is not" in note


def test_only_the_role_of_a_section_moves_deals_within_it(house: House) -> None:
    # Given a deal among the hunters
    deal = house.new_deal("meeting", by=PETAR)
    # When a scout moves it within their section, and a hunter does
    house.move(deal, "negotiation", by=OLENA)
    assert house.card(deal).stage == "meeting"
    house.move(deal, "negotiation", by=PETAR)
    # Then only the hunter's move stands
    assert house.card(deal).stage == "negotiation"
    [note] = house.card(deal).notes
    assert "only Sales manager moves a deal within Conversion, and Olena K. is not" in note


def test_a_stage_asks_for_what_it_requires(house: House) -> None:
    # Given a deal without an amount
    deal = house.new_deal("meeting", by=PETAR)
    # When its hunter moves it to the stage that needs one, before and after filling it in
    house.move(deal, "proposal", by=PETAR)
    assert house.card(deal).stage == "meeting"
    house.edit(deal, by=PETAR, amount=9000)
    house.move(deal, "proposal", by=PETAR)
    # Then the second try stands
    assert house.card(deal).stage == "proposal"
    [note] = house.card(deal).notes
    assert "amount" in note


def test_who_may_move_anywhere_moves_deals_of_any_section(house: House) -> None:
    # Given a deal of the scouts
    deal = house.new_deal("prospecting")
    # When the head of sales, who is no scout, moves it within their section
    house.move(deal, "qualification", by=IVAN)
    # Then that is fine, but what the next section asks for holds for him too
    assert (house.card(deal).stage, house.card(deal).notes) == ("qualification", ())
    house.move(deal, "meeting", by=IVAN)
    assert house.card(deal).stage == "qualification"


def test_skipping_stages_forward_is_fine(house: House) -> None:
    # Given a deal at the start of a section
    deal = house.new_deal("prospecting", **COMPLETE)
    # When it skips a stage on its way into the next section, and another one there
    house.move(deal, "negotiation", by=OLENA)
    # Then it stands where it was put
    assert house.card(deal).stage == "negotiation"
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.PENDING]


@pytest.fixture
def with_retention(house: House) -> House:
    """The house, with a column for retention, so that two boundaries can be crossed at once."""
    house.rewrite(house.mapping_file, "is: negotiation", "is: onboarding")
    return house


def test_crossing_two_boundaries_at_once_is_moved_back(with_retention: House) -> None:
    house = with_retention
    # Given a complete deal of the scouts
    deal = house.new_deal("qualification", **COMPLETE)
    # When its scout drags it past the hunters
    house.move(deal, "onboarding", by=OLENA)
    # Then it is moved back, for no rule hands it over
    card = house.card(deal)
    assert (card.stage, card.owner) == ("qualification", OLENA)
    assert "there is no hand-off from Lead generation to Retention" in card.notes[0]


def test_head_may_move_anywhere_and_somebody_receives_the_deal(with_retention: House) -> None:
    house = with_retention
    # Given the same deal
    deal = house.new_deal("qualification", **COMPLETE)
    # When the head of sales drags it past the hunters
    house.move(deal, "onboarding", by=IVAN)
    # Then it stays, and the hand-off of the last boundary gives it to a farmer
    card = house.card(deal)
    assert (card.stage, card.owner) == ("onboarding", MARIA)
    assert [owner for owner, _ in card.todo] == [MARIA]


def test_winning_straight_from_the_scouts_is_two_boundaries_at_once(house: House) -> None:
    # Given a deal that the scouts would win without any hunter, past the gate
    deal = house.new_deal("qualification", amount=9000, contract_end="2027-05-01")
    # When its scout does so
    house.move(deal, "won", by=OLENA)
    # Then it is moved back
    assert (house.card(deal).stage, house.card(deal).owner) == ("qualification", OLENA)
    assert house.handoffs(deal) == []


@pytest.mark.every_crm
def test_losing_a_deal_takes_a_reason_from_any_section(house: House) -> None:
    # Given a deal of the scouts and one of the hunters
    scouts, hunters = house.new_deal("prospecting"), house.new_deal("meeting", by=PETAR)
    # When both are lost without a reason
    house.move(scouts, "lost", by=OLENA)
    house.move(hunters, "lost", by=PETAR)
    # Then both are moved back
    assert (house.card(scouts).stage, house.card(hunters).stage) == ("prospecting", "meeting")
    # And with one, both are lost, in the section where they were
    house.edit(scouts, by=OLENA, lost_reason="Price", stage="lost")
    house.edit(hunters, by=PETAR, lost_reason="Price", stage="lost")
    assert (house.card(scouts).stage, house.card(hunters).stage) == ("lost", "lost")
    assert [house.deal(deal).section for deal in (scouts, hunters)] == ["lead_generation", "conversion"]
    # And a re-opened deal is back in its section
    house.move(scouts, "qualification", by=OLENA)
    assert house.deal(scouts).section == "lead_generation"
    assert house.card(scouts).stage == "qualification"


@pytest.mark.every_crm
def test_losing_somebody_elses_deal_is_moved_back(house: House) -> None:
    # Given a deal of the scouts with a reason
    deal = house.new_deal("prospecting", lost_reason="Price")
    # When a hunter loses it
    house.move(deal, "lost", by=PETAR)
    # Then it is moved back; but nobody is accused where the CRM does not tell who closed it
    assert house.card(deal).stage == ("lost" if house.name in TELLS_NOT_WHO_CLOSED else "prospecting")


@pytest.mark.every_crm
def test_an_unfitting_owner_is_put_back(house: House) -> None:
    # Given a deal of a hunter
    deal = house.new_deal("meeting", by=PETAR)
    # When the hunter makes a farmer its owner
    house.edit(deal, by=PETAR, owner=MARIA)
    # Then it is the hunter's again, and the note says why
    card = house.card(deal)
    assert (card.stage, card.owner) == ("meeting", PETAR)
    [note] = card.notes
    assert "Owner put back to Petar D.: Maria S. is not Sales manager" in note


def test_a_fitting_owner_stays(house: House) -> None:
    # Given a deal of a hunter
    deal = house.new_deal("meeting", by=PETAR)
    # When another hunter becomes its owner
    house.edit(deal, by=PETAR, owner=IVAN)
    # Then that stands, without a word
    assert (house.card(deal).owner, house.card(deal).notes) == (IVAN, ())
    assert house.deal(deal).owner == IVAN
