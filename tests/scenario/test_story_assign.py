"""Stories of who receives a deal, by each way of assigning that a rule may name."""

from __future__ import annotations

from .house import IVAN, OLENA, PETAR, House

RULE = "assign: {to: hunter, by: least_loaded, if_nobody: wait}"
PETARS_LINE = f"email: {PETAR}, roles: [hunter]"
IVANS_LINE = f"email: {IVAN}, roles: [head, hunter]"
AWAY = "away: [{from: 2020-01-01, until: 2099-12-31"


def assign(house: House, by: str) -> None:
    """Change how the first hand-off is assigned."""
    house.rewrite("conveyor.yaml", RULE, f"assign: {{to: hunter, by: {by}}}")


def test_weights_are_kept(house: House) -> None:
    # Given a hunter who takes twice as many deals as the other
    assign(house, "weighted")
    house.rewrite("team.yaml", PETARS_LINE, f"{PETARS_LINE}, weight: 2")
    # When six deals are handed over
    receivers = [house.card(house.handed_over(title=f"Deal {n}")).owner for n in range(6)]
    # Then he has four of them, not one after the other
    assert (receivers.count(PETAR), receivers.count(IVAN)) == (4, 2)
    assert set(receivers[:3]) == set(receivers[3:]) == {PETAR, IVAN}


def test_a_rule_may_name_the_person_and_who_covers_for_them(house: House) -> None:
    # Given a rule that names a hunter
    assign(house, f"person, person: {IVAN}, else: round_robin")
    # When deals are handed over, he receives them, however many he has
    assert {house.card(house.handed_over(title=f"Deal {n}")).owner for n in range(2)} == {IVAN}
    # But while he is away, who covers for him does
    house.rewrite("team.yaml", IVANS_LINE, f"{IVANS_LINE}, {AWAY}, covered_by: {PETAR}}}]")
    covered = house.handed_over(title="Covered")
    assert house.card(covered).owner == PETAR
    [handoff] = house.handoffs(covered)
    assert "covers Ivan P." in str(handoff.reason)


def test_a_deal_that_comes_again_goes_to_who_had_it_before(house: House) -> None:
    # Given a rule that gives a deal to who had it, and in turn otherwise
    assign(house, "same_as_before, else: round_robin")
    first = house.handed_over(title="First")
    before = house.card(first).owner
    assert before in (PETAR, IVAN)
    # When it is returned, and handed over once more, although it is the other one's turn
    house.move(first, "qualification", by=before)
    house.move(first, "meeting", by=OLENA)
    # Then it is with the same hunter, and a new one with the other
    assert house.card(first).owner == before
    assert house.card(house.handed_over(title="Second")).owner != before


def test_turns_go_on_where_they_were_after_an_absence(house: House) -> None:
    # Given a hunter who was away while the other received four deals in turn
    assign(house, "round_robin")
    house.rewrite("team.yaml", PETARS_LINE, f"{PETARS_LINE}, {AWAY}}}]")
    for number in range(4):
        assert house.card(house.handed_over(title=f"Away {number}")).owner == IVAN
    # When he is back, and four more are handed over
    house.rewrite("team.yaml", f"{PETARS_LINE}, {AWAY}}}]", PETARS_LINE)
    receivers = [house.card(house.handed_over(title=f"Back {n}")).owner for n in range(4)]
    # Then they take turns: he is not buried under what he missed
    assert receivers == [PETAR, IVAN, PETAR, IVAN]
