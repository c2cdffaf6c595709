"""Somebody leaves: their deals go to another member as a person asked, whatever the loop breaker counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import CloseTask, EventKind, HandoffStatus
from mapping.ruleset import Ruleset
from sync.core.case import Case
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    MILA,
    OLENA,
    OMAR,
    PETAR,
    account,
    asked,
    given_to,
    moved,
    nobody_with_an_account,
    standing,
)
from .carrying import carry_out, settled
from .line import Swap, house
from .reading import bodies, changes, handoff, kinds, notes, open_handoffs, tasks

RULES = house()
OLENA_LEFT: Swap = ("  - {name: Olena K., email: olena@acme.example, roles: [scout]}\n", "")
PLAYBOOK: Swap = ("qualification: {}", 'qualification: {playbook: [{task: "Call", due: 1d}]}')
OBSERVE: Swap = ("mode: enforce", "mode: observe")


def rehomed(case: Case, leaver: str, to: str) -> Case:
    """A person asked to hand on all deals of somebody who leaves."""
    return asked(case, EventKind.MANUAL, **{"action": "rehome", "from": leaver, "to": to})


def offered(rules: Ruleset = RULES) -> Case:
    """A deal that Olena handed over to Petar, who has not reacted yet."""
    return settled(moved(standing(rules), "meeting", OLENA), rules)


def test_the_deal_goes_to_a_holder_of_the_role() -> None:
    outcome = decide(rehomed(standing(RULES), OLENA, OMAR), RULES)
    assert (outcome.deal.owner, changes(outcome)) == (OMAR, {"owner": account(OMAR)})
    assert (kinds(outcome), notes(outcome), tasks(outcome)) == (["rehomed"], [], [])
    assert outcome.entries[0].summary == "Handed on to Omar T., for Olena K. leaves."


def test_once_is_enough() -> None:
    case = settled(rehomed(standing(RULES), OLENA, OMAR), RULES)
    again = decide(rehomed(case, OLENA, OMAR), RULES)
    assert (again.deal.owner, again.writes, again.entries) == (OMAR, (), ())


def test_a_pending_hand_off_goes_along_with_its_task() -> None:
    case = offered()
    outcome = decide(rehomed(case, PETAR, HANA), RULES)
    given = handoff(outcome)
    assert (given.status, given.to_member, given.due_at) == (
        HandoffStatus.PENDING,
        HANA,
        open_handoffs(case)[0].due_at,
    )
    assert [task.owner for task in tasks(outcome)] == [account(HANA)]
    assert len(bodies(outcome, CloseTask)) == 1
    assert outcome.entries[0].summary == (
        "Handed on to Hana V., for Petar D. leaves. The open hand-off goes along."
    )


def test_an_accepted_hand_off_stays_accepted() -> None:
    case = settled(moved(offered(), "negotiation", PETAR), RULES)
    outcome = decide(rehomed(case, PETAR, HANA), RULES)
    assert (outcome.deal.owner, outcome.handoffs) == (HANA, ())


def test_a_hand_off_that_waits_is_taken_by_who_has_the_receiving_role() -> None:
    case = settled(nobody_with_an_account(moved(standing(RULES), "meeting", OLENA)), RULES)
    full = replace(case, directories=standing(RULES).directories, pools=None)
    outcome = decide(rehomed(full, OLENA, HANA), RULES)
    assert (handoff(outcome).status, outcome.deal.owner) == (HandoffStatus.PENDING, HANA)


@pytest.mark.parametrize("wrong", [PETAR, MARIA, IVAN])
def test_a_deal_that_needs_another_role_is_left_out_with_the_reason(wrong: str) -> None:
    outcome = decide(rehomed(standing(RULES), OLENA, wrong), RULES)
    assert (outcome.deal.owner, outcome.writes, kinds(outcome)) == (OLENA, (), ["rehome_left_out"])
    assert "is not Lead hunter, the role that owns deals here" in outcome.entries[0].summary


def test_a_deal_of_a_crm_where_they_have_no_account_is_left_out() -> None:
    case = nobody_with_an_account(standing(RULES, "meeting", PETAR))
    outcome = decide(rehomed(case, PETAR, HANA), RULES)
    assert (outcome.deal.owner, outcome.writes) == (PETAR, ())
    assert "Hana V. has no account in crm" in outcome.entries[0].summary


def test_a_parked_deal_is_left_out() -> None:
    unknown = ("      - {crm: Old, id: OLD, ignore: true}\n", "")
    rules = house(unknown)
    case = settled(moved(standing(rules), "old", OLENA), rules)
    outcome = decide(rehomed(case, OLENA, OMAR), rules)
    assert (outcome.deal.owner, outcome.writes) == (OLENA, ())
    assert "mapped nowhere" in outcome.entries[0].summary


def test_nothing_is_written_where_the_rules_only_observe() -> None:
    rules = house(OBSERVE)
    outcome = decide(rehomed(standing(rules), OLENA, OMAR), rules)
    assert (outcome.deal.owner, outcome.writes, kinds(outcome)) == (OLENA, (), ["rehome_left_out"])


def test_the_loop_breaker_neither_stops_nor_counts_it() -> None:
    case = standing(RULES, budget=None)
    for _ in range(3):
        case = settled(moved(case, "meeting", OLENA), RULES)
    outcome = decide(rehomed(case, OLENA, OMAR), RULES)
    assert (outcome.deal.owner, outcome.deal.moved_at) == (OMAR, case.deal.moved_at)
    assert changes(outcome) == {"owner": account(OMAR)}


def test_whom_a_person_gave_the_deal_to_meanwhile_keeps_it() -> None:
    case = given_to(standing(RULES, "negotiation", PETAR), HANA, by=PETAR)
    house_with_three = house(
        (
            "  - {name: Hana V.",
            "  - {name: Third, email: third@acme.example, roles: [hunter]}\n  - {name: Hana V.",
        )
    )
    outcome = decide(rehomed(case, PETAR, "third@acme.example"), house_with_three)
    assert (outcome.deal.owner, kinds(outcome)) == (HANA, ["owner_changed"])


def test_a_violation_seen_in_the_same_look_is_judged_first() -> None:
    case = given_to(standing(RULES), MARIA, by=OLENA)
    outcome = decide(rehomed(case, OLENA, OMAR), RULES)
    assert (outcome.deal.owner, changes(outcome)) == (OMAR, {"owner": account(OMAR)})


def test_somebody_who_is_not_on_the_team_any_more_hands_on_too() -> None:
    left = house(OLENA_LEFT)
    outcome = decide(rehomed(standing(RULES), OLENA, OMAR), left)
    assert (outcome.deal.owner, changes(outcome)) == (OMAR, {"owner": account(OMAR)})


def test_a_deal_that_was_placed_after_they_left_is_known_by_the_account_in_the_crm() -> None:
    left = house(OLENA_LEFT)
    case = standing(RULES)
    directories = {"crm": replace(case.directories["crm"], accounts={OMAR: account(OMAR) or ""})}
    nobodys = replace(case, deal=replace(case.deal, owner=None), directories=directories)
    outcome = decide(rehomed(nobodys, OLENA, OMAR), left)
    assert (outcome.deal.owner, changes(outcome)) == (OMAR, {"owner": account(OMAR)})
    assert decide(rehomed(nobodys, PETAR, OMAR), left).deal.owner is None


def test_a_won_deal_stays_with_who_won_it_and_goes_on_with_who_received_it() -> None:
    won = settled(moved(standing(RULES, "negotiation", PETAR), "won", PETAR), RULES)
    assert won.deal.owner == MARIA
    assert decide(rehomed(won, MARIA, MILA), RULES).deal.owner == MILA
    alone = standing(RULES, "won", PETAR)
    assert decide(rehomed(alone, PETAR, HANA), RULES).entries == ()


def test_a_lost_deal_is_no_open_work() -> None:
    case = settled(moved(standing(RULES, lost_reason="price"), "lost", OLENA), RULES)
    assert decide(rehomed(case, OLENA, OMAR), RULES).entries == ()


def test_tasks_of_the_playbook_stay_and_the_story_says_so() -> None:
    rules = house(PLAYBOOK)
    case = settled(moved(standing(rules, "prospecting"), "qualification", OLENA), rules)
    outcome = decide(rehomed(case, OLENA, OMAR), rules)
    assert (tasks(outcome), bodies(outcome, CloseTask)) == ([], [])
    assert outcome.entries[0].summary.endswith("Tasks of the playbook and follow-ups stay where they are: 1.")
    assert decide(carry_out(case, outcome), rules).writes == ()
