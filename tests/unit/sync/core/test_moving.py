"""Moves: who may make them and what they require; crossings, lost, open again."""

from __future__ import annotations

import pytest

from mapping.model import (
    UNKNOWN_ACTOR,
    Actor,
    ActorKind,
    DealStatus,
)
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    MILA,
    OLENA,
    OMAR,
    PETAR,
    ROBOT,
    STRANGER,
    account,
    at,
    moved,
    standing,
)
from .carrying import settled
from .line import house
from .reading import changes, handoff, kinds, notes, tasks

RULES = house()


# Within a section


@pytest.mark.parametrize(
    ("start", "to", "by"),
    [
        ("prospecting", "qualification", OLENA),
        ("prospecting", "qualification", OMAR),  # any holder of the role, not only the owner
        ("meeting", "negotiation", PETAR),  # skipping forward
        ("negotiation", "meeting", PETAR),  # backwards is free
        ("meeting", "negotiation", IVAN),  # may move anywhere
    ],
)
def test_a_holder_of_the_role_moves_a_deal_within_its_section(start: str, to: str, by: str) -> None:
    outcome = decide(moved(standing(RULES, start, PETAR), to, by), RULES)
    assert (outcome.deal.stage, kinds(outcome), outcome.writes) == (to, ["moved"], ())
    assert (outcome.entries[0].actor, outcome.deal.owner) == (by, PETAR)


@pytest.mark.parametrize("by", [OLENA, MARIA])
def test_nobody_else_of_the_team_moves_it(by: str) -> None:
    outcome = decide(moved(standing(RULES, "meeting", PETAR), "negotiation", by), RULES)
    assert (outcome.deal.stage, changes(outcome)) == ("meeting", {"stage": at("meeting")})
    [note] = notes(outcome)
    assert note.startswith("Moved back to Meeting: only Sales manager moves a deal within Sales, and ")
    assert kinds(outcome) == ["returned_by_rule"]
    assert (outcome.entries[0].actor, tasks(outcome)) == (by, [])


def test_the_stage_entered_has_its_own_requirements() -> None:
    outcome = decide(moved(standing(RULES, "meeting", PETAR, amount=None), "proposal", PETAR), RULES)
    assert changes(outcome) == {"stage": at("meeting")}
    assert notes(outcome) == [
        "Moved back to Meeting: amount must be filled in before a deal goes to Proposal."
    ]


def test_the_stage_left_has_no_requirements() -> None:
    outcome = decide(moved(standing(RULES, "proposal", PETAR, amount=None), "negotiation", PETAR), RULES)
    assert (outcome.deal.stage, outcome.writes) == ("negotiation", ())


def test_what_is_missing_may_be_filled_in_along_with_the_move() -> None:
    case = standing(RULES, "meeting", PETAR, amount=None)
    outcome = decide(moved(case, "proposal", PETAR, amount="700"), RULES)
    assert (outcome.deal.stage, outcome.deal.fields["amount"]) == ("proposal", "700")


def test_two_crm_stages_of_one_meaning_are_one_stage_and_no_card_is_moved() -> None:
    outcome = decide(moved(standing(RULES, "proposal", PETAR), "proposal_again", PETAR), RULES)
    assert (outcome.deal.stage, outcome.entries, outcome.writes) == ("proposal", (), ())


def test_a_deal_is_put_back_to_the_very_crm_stage_it_came_from() -> None:
    case = settled(moved(standing(RULES, "proposal", PETAR), "proposal_again", PETAR), RULES)
    outcome = decide(moved(case, "negotiation", OLENA), RULES)
    assert changes(outcome) == {"stage": at("proposal_again")}


def test_what_the_person_edited_along_with_a_move_that_is_put_back_stays() -> None:
    outcome = decide(moved(standing(RULES, budget=None), "meeting", OLENA, amount="9000"), RULES)
    assert changes(outcome) == {"stage": at("qualification")}
    assert outcome.deal.fields["amount"] == "9000"


def test_an_owner_changed_along_with_a_move_that_is_put_back_is_put_back_too() -> None:
    case = moved(standing(RULES, budget=None), "meeting", OLENA, owner=account(PETAR))
    assert changes(decide(case, RULES)) == {"stage": at("qualification"), "owner": account(OLENA)}


# Outsiders


@pytest.mark.parametrize(
    "outsider",
    [
        ROBOT,
        Actor(ActorKind.INTEGRATION),
        UNKNOWN_ACTOR,
        Actor(ActorKind.PERSON, account(STRANGER)),
        Actor(ActorKind.PERSON, "never seen"),
    ],
)
def test_of_outsiders_the_requirements_are_judged_and_the_role_is_not(outsider: Actor) -> None:
    complete = decide(moved(standing(RULES), "meeting", outsider), RULES)
    lacking = decide(moved(standing(RULES, budget="10"), "meeting", outsider), RULES)
    assert (complete.deal.stage, handoff(complete).to_member) == ("meeting", PETAR)
    assert (lacking.deal.stage, changes(lacking)) == ("qualification", {"stage": at("qualification")})


def test_outsiders_may_be_allowed_everything() -> None:
    rules = house(("outsiders: judge", "outsiders: allow"))
    outcome = decide(moved(standing(rules, budget=None), "meeting", ROBOT), rules)
    assert (outcome.deal.stage, handoff(outcome).to_member) == ("meeting", PETAR)
    by_the_team = decide(moved(standing(rules, budget=None), "meeting", OLENA), rules)
    assert by_the_team.deal.stage == "qualification"


def test_an_unknown_person_is_never_guessed() -> None:
    outcome = decide(moved(standing(RULES, "meeting", PETAR), "negotiation", UNKNOWN_ACTOR), RULES)
    assert (outcome.deal.stage, outcome.entries[0].actor) == ("negotiation", None)
    assert outcome.entries[0].summary.startswith("An outsider moved it")


# Crossings without a rule


@pytest.mark.parametrize(
    ("start", "to", "by", "owner"),
    [
        ("prospecting", "onboarding", OLENA, OLENA),  # two boundaries at once
        ("prospecting", "won", OLENA, OLENA),  # won in a section that it was not handed to
        ("prospecting", "won", ROBOT, OLENA),
        ("onboarding", "meeting", ROBOT, MARIA),  # backwards, but by nobody of the section it leaves
    ],
)
def test_a_crossing_without_a_rule_is_put_back(start: str, to: str, by: str | Actor, owner: str) -> None:
    outcome = decide(moved(standing(RULES, start, owner), to, by), RULES)
    assert (outcome.deal.stage, changes(outcome)["stage"]) == (start, at(start))
    assert outcome.handoffs == ()
    assert "there is no hand-off from" in notes(outcome)[0]


@pytest.mark.parametrize(
    ("start", "to", "receivers"),
    [("prospecting", "onboarding", (MARIA, MILA)), ("prospecting", "meeting", (PETAR, HANA))],
)
def test_who_may_move_anywhere_crosses_and_the_last_boundary_is_handed_over(
    start: str, to: str, receivers: tuple[str, ...]
) -> None:
    outcome = decide(moved(standing(RULES, start), to, IVAN), RULES)
    assert (outcome.deal.stage, "stage" in changes(outcome)) == (to, False)
    assert handoff(outcome).to_member in receivers
    assert (changes(outcome)["owner"], outcome.deal.owner) == (account(receivers[0]), receivers[0])


def test_who_may_move_anywhere_still_meets_the_requirements() -> None:
    outcome = decide(moved(standing(RULES, budget=None), "meeting", IVAN), RULES)
    assert changes(outcome) == {"stage": at("qualification")}


# Lost, won, and open again


@pytest.mark.parametrize(
    ("start", "by"), [("prospecting", OLENA), ("negotiation", PETAR), ("onboarding", MARIA)]
)
def test_a_deal_is_lost_from_any_section_by_its_role_and_stays_in_it(start: str, by: str) -> None:
    before = standing(RULES, start, by)
    outcome = decide(moved(before, "lost", by, lost_reason="no budget"), RULES)
    assert (outcome.deal.status, outcome.deal.section) == (DealStatus.LOST, before.deal.section)
    assert (outcome.deal.owner, outcome.handoffs, changes(outcome)) == (by, (), {})


def test_losing_has_its_own_requirements_and_needs_none_of_the_hand_off() -> None:
    outcome = decide(moved(standing(RULES, budget=None), "lost", OLENA), RULES)
    assert notes(outcome) == [
        "Moved back to Qualification: lost reason must be filled in before a deal goes to Lost."
    ]


def test_nobody_of_another_section_loses_a_deal() -> None:
    outcome = decide(moved(standing(RULES), "lost", PETAR, lost_reason="none"), RULES)
    assert changes(outcome) == {"stage": at("qualification")}


def test_a_lost_deal_that_is_opened_again_goes_back_to_the_section_where_it_was() -> None:
    lost = settled(moved(standing(RULES, budget=None), "lost", OLENA, lost_reason="no budget"), RULES)
    outcome = decide(moved(lost, "qualification", OLENA), RULES)
    assert (outcome.deal.status, outcome.deal.section) == (DealStatus.OPEN, "leads")
    assert (outcome.handoffs, outcome.writes) == ((), ())


def test_a_lost_deal_that_is_opened_in_another_section_crosses_the_boundary() -> None:
    lost = settled(moved(standing(RULES, budget=None), "lost", OLENA, lost_reason="no budget"), RULES)
    outcome = decide(moved(lost, "meeting", OLENA), RULES)
    assert (outcome.deal.status, changes(outcome)) == (DealStatus.LOST, {"stage": at("lost")})
    assert "budget must be at least 1000" in notes(outcome)[0]


# Over more than one boundary


def test_a_section_that_winning_leads_to_is_not_entered_without_winning() -> None:
    outcome = decide(moved(standing(RULES, "negotiation", PETAR), "onboarding", PETAR), RULES)
    assert (changes(outcome), outcome.handoffs) == ({"stage": at("negotiation")}, ())
    assert "there is no hand-off from Sales to Care" in notes(outcome)[0]


def test_a_deal_that_was_won_before_the_conveyor_watched_is_handed_over_when_it_goes_on() -> None:
    outcome = decide(moved(standing(RULES, "won", PETAR), "onboarding", PETAR), RULES)
    assert (outcome.deal.section, handoff(outcome).to_member) == ("care", MARIA)


def test_nobody_but_who_may_move_anywhere_goes_back_over_two_boundaries() -> None:
    case = standing(RULES, "onboarding", MARIA)
    assert changes(decide(moved(case, "qualification", MARIA), RULES)) == {"stage": at("onboarding")}
    by_head = decide(moved(case, "qualification", IVAN), RULES)
    assert (by_head.deal.section, by_head.handoffs, changes(by_head)) == (
        "leads",
        (),
        {"write_back.section": "leads"},
    )


def test_a_deal_that_head_took_back_is_worked_on_by_the_section_where_it_stands() -> None:
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    case = settled(moved(case, "qualification", IVAN), RULES)
    assert decide(moved(case, "prospecting", OLENA), RULES).deal.stage == "prospecting"
    assert changes(decide(moved(case, "prospecting", PETAR), RULES))["stage"] == at("qualification")
