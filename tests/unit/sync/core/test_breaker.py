"""The loop breaker: after so many moves of one deal the conveyor leaves it alone and asks for a person."""

from __future__ import annotations

from dataclasses import replace

from sync.core.case import Case, Outcome
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    OLENA,
    PETAR,
    account,
    given_to,
    later,
    moved,
    nobody_with_an_account,
    standing,
)
from .carrying import carry_out, settled
from .line import house
from .reading import changes, handoff, kinds, notes, tasks

RULES = house()  # 3 moves per hour


def quarrel(case: Case, times: int) -> Case:
    """Somebody moves the deal on against the rules again and again, and is put back each time."""
    for _ in range(times):
        case = settled(moved(case, "meeting", OLENA), RULES)
        assert case.deal.stage == "qualification"
    return case


def test_the_third_wrong_move_is_still_put_back_and_the_fourth_is_left_alone() -> None:
    case = quarrel(standing(RULES, budget=None), 3)
    outcome = decide(moved(case, "meeting", OLENA), RULES)
    assert (outcome.deal.stage, changes(outcome).get("stage")) == ("meeting", None)
    assert kinds(outcome)[0] == "loop_breaker"
    assert outcome.handoffs == ()


def test_the_breaker_asks_head_with_a_note_and_a_task() -> None:
    outcome = decide(moved(quarrel(standing(RULES, budget=None), 3), "meeting", OLENA), RULES)
    [note] = notes(outcome)
    assert "The conveyor moved this deal 3 times within 1 hour and leaves it alone now" in note
    assert "budget must be at least 1000" in note
    assert [task.owner for task in tasks(outcome)] == [account(IVAN)]


def test_after_the_hour_it_moves_the_deal_again() -> None:
    case = later(quarrel(standing(RULES, budget=None), 3), 60)
    outcome = decide(moved(case, "meeting", OLENA), RULES)
    assert outcome.deal.stage == "qualification"
    assert len(outcome.deal.moved_at) == 1, "only what the breaker looks at is kept"


def test_owners_that_are_put_back_count_too() -> None:
    case = standing(RULES)
    for _ in range(3):
        case = settled(given_to(case, PETAR, by=OLENA), RULES)
        assert case.deal.owner == OLENA
    outcome = decide(given_to(case, PETAR, by=OLENA), RULES)
    assert (outcome.deal.owner, changes(outcome), kinds(outcome)) == (PETAR, {}, ["loop_breaker"])


def bounced(rules_times: int) -> tuple[Case, list[Outcome]]:
    """A deal that goes to and fro over a boundary, each move by whoever may make it."""
    case, outcomes = standing(RULES), []
    for turn in range(rules_times):
        receiver = case.deal.owner or PETAR
        case = moved(case, *(("qualification", receiver) if turn % 2 else ("meeting", OLENA)))
        outcomes.append(decide(case, RULES))
        case = carry_out(case, outcomes[-1])
    return case, outcomes


def test_hand_offs_and_returns_are_moves_of_ours() -> None:
    _, outcomes = bounced(4)
    assert ["owner" in changes(outcome) for outcome in outcomes] == [True, True, True, False]


def test_a_deal_that_crosses_when_the_breaker_holds_is_escalated_not_forgotten() -> None:
    case, _ = bounced(4)
    outcome = decide(moved(case, "meeting", OLENA), RULES)
    assert (outcome.deal.stage, outcome.handoffs) == ("meeting", ())
    assert "loop_breaker" in kinds(outcome)
    assert [task.owner for task in tasks(outcome)] == [account(IVAN)]


def test_a_waiting_hand_off_is_not_given_while_the_breaker_holds() -> None:
    case = moved(standing(RULES), "meeting", OLENA)
    directories = case.directories
    case = settled(nobody_with_an_account(case), RULES)
    stopped = replace(case.deal, moved_at=(case.now,) * 3)
    held = decide(replace(case, deal=stopped, directories=directories), RULES)
    assert (held.handoffs, held.look_again_at is not None) == ((), True)
    after = decide(later(replace(case, deal=stopped, directories=directories), 61), RULES)
    assert handoff(after).to_member == PETAR


def test_in_warn_too_a_person_is_asked_when_nobody_receives_a_deal() -> None:
    rules = house(("mode: enforce", "mode: warn"))
    case = standing(rules, budget=None)
    case = replace(case, deal=replace(case.deal, moved_at=(case.now,) * 3))
    outcome = decide(moved(case, "meeting", OLENA), rules)
    assert (kinds(outcome), outcome.handoffs) == (["violation_warn", "moved", "loop_breaker"], ())
    assert [task.owner for task in tasks(outcome)] == [account(IVAN)]


def test_an_owner_whom_the_returner_changed_along_is_put_back_within_the_limit() -> None:
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    case = replace(case, deal=replace(case.deal, owner=OLENA, moved_at=(case.now,) * 3))
    outcome = decide(moved(case, "qualification", PETAR, owner=account(HANA)), RULES)
    assert (outcome.deal.stage, outcome.deal.owner, changes(outcome).get("owner")) == (
        "qualification",
        HANA,
        None,
    )
    assert "loop_breaker" in kinds(outcome)
