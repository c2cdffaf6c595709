"""An owner changed by hand: fine for a holder of the section's role, put back otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    OLENA,
    OMAR,
    PETAR,
    ROBOT,
    STRANGER,
    account,
    edited,
    given_to,
    moved,
    standing,
)
from .carrying import settled
from .line import house
from .reading import changes, kinds, notes, tasks

RULES = house()


def test_to_somebody_with_the_sections_role_is_fine() -> None:
    outcome = decide(given_to(standing(RULES), OMAR, by=OLENA), RULES)
    assert (outcome.deal.owner, outcome.writes, kinds(outcome)) == (OMAR, (), ["owner_changed"])
    assert outcome.entries[0].summary == "The owner is now Omar T., before Olena K."


@pytest.mark.parametrize("wrong", [PETAR, MARIA, IVAN, STRANGER])
@pytest.mark.parametrize("by", [OLENA, MARIA, ROBOT])
def test_to_somebody_without_it_is_a_violation_and_the_owner_is_put_back(wrong: str, by: str) -> None:
    outcome = decide(given_to(standing(RULES), wrong, by=by), RULES)
    assert (outcome.deal.owner, changes(outcome)) == (OLENA, {"owner": account(OLENA)})
    [note] = notes(outcome)
    assert note.startswith("Owner put back to Olena K.: ")
    who = {PETAR: "Petar D.", MARIA: "Maria S.", IVAN: "Ivan P."}.get(wrong)
    there = f"{who} is not Lead hunter, the role that owns deals here."
    outside = "the new owner is not on the team; deals here belong to Lead hunter."
    assert note.endswith(there if who else outside)
    assert (kinds(outcome), tasks(outcome)) == (["returned_by_rule"], [])


def test_who_may_move_anywhere_may_give_a_deal_to_anybody() -> None:
    outcome = decide(given_to(standing(RULES), PETAR, by=IVAN), RULES)
    assert (outcome.deal.owner, outcome.writes) == (PETAR, ())


def test_a_deal_may_be_left_without_an_owner() -> None:
    outcome = decide(given_to(standing(RULES), None, by=OLENA), RULES)
    assert (outcome.deal.owner, outcome.writes, outcome.entries) == (None, (), ())


def test_an_owner_without_the_role_before_cannot_be_put_back_and_is_told() -> None:
    case = standing(RULES, "qualification", MARIA)
    outcome = decide(given_to(case, PETAR, by=OLENA), RULES)
    assert (outcome.deal.owner, changes(outcome)) == (PETAR, {})
    assert kinds(outcome) == ["violation_enforce"]
    assert [task.owner for task in tasks(outcome)] == [account(OLENA)]


def test_a_told_owner_is_forgiven_when_a_holder_of_the_role_gets_the_deal() -> None:
    case = settled(given_to(standing(RULES, "qualification", MARIA), PETAR, by=OLENA), RULES)
    outcome = decide(given_to(case, OMAR, by=OLENA), RULES)
    assert (outcome.deal.owner, outcome.deal.correction) == (OMAR, None)


def test_somebody_who_left_the_team_hands_on_their_deals_like_anybody() -> None:
    case = standing(RULES)
    left = house(("  - {name: Olena K., email: olena@acme.example, roles: [scout]}\n", ""))
    fine = decide(given_to(case, OMAR, by=ROBOT), left)
    wrong = decide(given_to(case, PETAR, by=ROBOT), left)
    assert (fine.deal.owner, kinds(fine)) == (OMAR, ["owner_changed"])
    assert (wrong.deal.owner, kinds(wrong)) == (PETAR, ["violation_enforce"])


def test_the_owner_of_a_parked_deal_is_taken_as_it_is() -> None:
    case = settled(moved(standing(RULES), "old", OLENA), RULES)
    outcome = decide(given_to(case, PETAR, by=OLENA), RULES)
    assert (outcome.deal.owner, outcome.entries, outcome.writes) == (PETAR, (), ())


def test_the_owner_of_a_lost_deal_is_of_the_section_where_it_was_lost() -> None:
    case = settled(moved(standing(RULES, lost_reason="none"), "lost", OLENA), RULES)
    assert decide(given_to(case, OMAR, by=OLENA), RULES).deal.owner == OMAR
    assert decide(given_to(case, PETAR, by=OLENA), RULES).deal.owner == OLENA


def test_giving_a_deal_back_after_it_was_put_back_is_no_new_violation() -> None:
    case = settled(given_to(standing(RULES), PETAR, by=OLENA), RULES)
    outcome = decide(edited(case, OLENA, owner=account(OLENA)), RULES)
    assert (outcome.writes, outcome.entries) == ((), ())


def test_an_owner_changed_within_the_sales_section_follows_its_role() -> None:
    case = standing(RULES, "negotiation", PETAR)
    assert decide(given_to(case, HANA, by=PETAR), RULES).deal.owner == HANA
    assert decide(given_to(case, OLENA, by=PETAR), RULES).deal.owner == PETAR


def test_a_move_and_a_wrong_owner_within_a_section_are_judged_each() -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR, owner=account(OLENA))
    outcome = decide(case, RULES)
    assert (outcome.deal.stage, outcome.deal.owner) == ("negotiation", PETAR)
    assert changes(outcome) == {"owner": account(PETAR)}


def test_an_account_that_the_directory_does_not_know_is_nobody_of_the_team() -> None:
    case = standing(RULES)
    outcome = decide(replace(case, directories={}), RULES)
    assert (outcome.deal.owner, outcome.writes) == (OLENA, ())
