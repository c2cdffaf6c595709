"""What becomes of a hand-off: accepted, moved along, returned, overtaken; and of a deal that was won."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import Aspect, CloseTask, Event, EventKind, HandoffStatus, Hint
from mapping.ruleset import Ruleset
from sync.core.case import Case
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    MILA,
    OLENA,
    PETAR,
    account,
    asked,
    at,
    edited,
    given_to,
    moved,
    nobody_with_an_account,
    shown,
    standing,
    task_done,
)
from .carrying import carry_out, settled
from .line import house
from .reading import bodies, changes, handoff, kinds, notes, only_handoff, open_handoffs, tasks

RULES = house()


def offered(rules: Ruleset = RULES, **fields: str | None) -> Case:
    """A deal that its scout handed over to Petar, who has not reacted yet."""
    case = settled(moved(standing(rules, **fields), "meeting", OLENA), rules)
    assert [h.to_member for h in open_handoffs(case)] == [PETAR]
    return case


# Accepted


def test_completing_the_task_accepts_the_hand_off() -> None:
    outcome = decide(task_done(offered(), "handoff:"), RULES)
    assert (handoff(outcome).status, kinds(outcome)) == (HandoffStatus.ACCEPTED, ["handoff_accepted"])
    assert handoff(outcome).closed_at is not None
    assert changes(outcome) == {"write_back.accept_by": None}
    assert bodies(outcome, CloseTask) == [], "it is done already"


def test_moving_the_deal_on_accepts_the_hand_off_and_its_task_is_done_by_us() -> None:
    outcome = decide(moved(offered(), "negotiation", PETAR), RULES)
    assert handoff(outcome).status is HandoffStatus.ACCEPTED
    assert (outcome.deal.stage, len(bodies(outcome, CloseTask))) == ("negotiation", 1)


def test_editing_a_field_accepts_the_hand_off_where_the_crm_says_who() -> None:
    outcome = decide(edited(offered(), PETAR, amount="6000"), RULES)
    assert handoff(outcome).status is HandoffStatus.ACCEPTED
    assert len(bodies(outcome, CloseTask)) == 1


def test_where_the_crm_does_not_say_who_edited_nothing_is_accepted() -> None:
    case = edited(offered(), PETAR, amount="6000")
    unnamed = replace(case, events=tuple(replace(e, hint=Hint("1", field="amount")) for e in case.events))
    assert decide(unnamed, RULES).handoffs == ()


@pytest.mark.parametrize("by", [OLENA, HANA])
def test_what_somebody_else_does_accepts_nothing(by: str) -> None:
    assert decide(edited(offered(), by, amount="6000"), RULES).handoffs == ()


def test_the_receivers_move_that_is_put_back_was_work_all_the_same() -> None:
    outcome = decide(moved(offered(amount=None), "proposal", PETAR), RULES)
    assert changes(outcome)["stage"] == at("meeting")
    assert handoff(outcome).status is HandoffStatus.ACCEPTED


def test_accepting_by_command() -> None:
    outcome = decide(asked(offered(), EventKind.MANUAL, action="accept"), RULES)
    assert (handoff(outcome).status, handoff(outcome).reason) == (
        HandoffStatus.ACCEPTED,
        "accepted by command",
    )
    assert len(bodies(outcome, CloseTask)) == 1


def test_asking_for_something_else_accepts_nothing() -> None:
    assert decide(asked(offered(), EventKind.MANUAL, action="look"), RULES).handoffs == ()


# Moved along, returned


def test_a_pending_hand_off_moves_along_to_another_holder_of_the_role() -> None:
    case = offered()
    outcome = decide(given_to(case, HANA, by=OLENA), RULES)
    along = handoff(outcome)
    assert (along.id, along.status, along.to_member) == (only_handoff(case).id, HandoffStatus.PENDING, HANA)
    assert (outcome.deal.owner, "owner" in changes(outcome)) == (HANA, False)
    assert [task.owner for task in tasks(outcome)] == [account(HANA)]
    assert len(bodies(outcome, CloseTask)) == 1, "the task of the first receiver is done by us"


def test_a_receiver_who_passes_the_deal_on_has_not_accepted_it() -> None:
    outcome = decide(given_to(offered(), HANA, by=PETAR), RULES)
    assert (handoff(outcome).status, handoff(outcome).to_member) == (HandoffStatus.PENDING, HANA)
    assert (outcome.deal.owner, "owner" in changes(outcome)) == (HANA, False)


def test_a_receiver_who_works_on_the_deal_and_passes_it_on_has_accepted_it() -> None:
    case = edited(offered(), PETAR, amount="6000", owner=account(HANA))
    outcome = decide(case, RULES)
    assert handoff(outcome).status is HandoffStatus.ACCEPTED
    assert (outcome.deal.owner, "owner" in changes(outcome)) == (HANA, False)


def test_an_owner_without_the_role_is_put_back_also_while_the_receiver_works() -> None:
    case = edited(offered(), PETAR, amount="6000", owner=account(OLENA))
    outcome = decide(case, RULES)
    assert (outcome.deal.owner, changes(outcome)["owner"]) == (PETAR, account(PETAR))
    assert any(note.startswith("Owner put back to Petar D.") for note in notes(outcome))


def test_moving_back_by_the_receiving_role_is_a_return() -> None:
    case = offered()
    outcome = decide(moved(case, "qualification", PETAR), RULES)
    assert (handoff(outcome).id, handoff(outcome).status) == (only_handoff(case).id, HandoffStatus.RETURNED)
    assert (outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == ("qualification", "leads", OLENA)
    assert changes(outcome)["owner"] == account(OLENA)
    assert "stage" not in changes(outcome)
    assert kinds(outcome) == ["moved", "handoff_returned"]
    assert len(bodies(outcome, CloseTask)) == 1


def test_an_accepted_deal_may_be_returned_too() -> None:
    case = settled(task_done(offered(), "handoff:"), RULES)
    outcome = decide(moved(case, "qualification", HANA), RULES)
    assert (handoff(outcome).status, outcome.deal.owner) == (HandoffStatus.RETURNED, OLENA)


def test_a_deal_that_comes_back_section_by_section_finds_each_of_its_owners() -> None:
    rules = house(("moves_per_deal: 3 per 1h", "moves_per_deal: 9 per 1h"))
    case = settled(moved(offered(rules), "won", PETAR), rules)
    both = case.handoffs
    back = settled(moved(case, "negotiation", MARIA), rules)
    assert back.deal.owner == PETAR
    accepted = tuple(h for h in both if h.status is HandoffStatus.ACCEPTED)
    back = replace(back, handoffs=(*accepted, *back.handoffs))
    outcome = decide(moved(back, "qualification", PETAR), rules)
    assert (outcome.deal.owner, handoff(outcome).rule) == (OLENA, "Scout to hunter")


def test_a_returned_deal_may_be_handed_over_again() -> None:
    case = settled(moved(offered(), "qualification", PETAR), RULES)
    outcome = decide(moved(case, "meeting", OLENA), RULES)
    assert handoff(outcome).status is HandoffStatus.PENDING
    assert handoff(outcome).id != only_handoff(case).id
    assert len(tasks(outcome)) == 1


def test_each_of_two_crossings_between_two_looks_is_a_hand_off_of_its_own() -> None:
    case = moved(standing(RULES), "meeting", OLENA)
    case = moved(moved(case, "prospecting", HANA), "meeting", OLENA)
    outcome = decide(case, RULES)
    assert sorted(h.status for h in outcome.handoffs) == [HandoffStatus.PENDING, HandoffStatus.RETURNED]
    assert [(t.member, t.taken_before) for t in outcome.turns] == [(PETAR, 0), (HANA, 0)]


# Won


def test_winning_hands_the_won_deal_over_to_the_farmer() -> None:
    outcome = decide(moved(standing(RULES, "negotiation", PETAR), "won", PETAR), RULES)
    given = handoff(outcome)
    assert (outcome.deal.stage, outcome.deal.section) == ("won", "sales")
    assert (given.rule, given.from_member, given.to_member) == ("Hunter to farmer", PETAR, MARIA)
    assert (given.due_at, changes(outcome)) == (None, {"owner": account(MARIA)})
    assert [task.owner for task in tasks(outcome)] == [account(MARIA)]


def test_winning_has_the_requirements_of_its_stage() -> None:
    outcome = decide(moved(standing(RULES, "negotiation", PETAR, amount="0"), "won", PETAR), RULES)
    assert (changes(outcome), outcome.handoffs) == ({"stage": at("negotiation")}, ())


def test_the_farmer_owns_a_won_deal() -> None:
    case = settled(moved(standing(RULES, "negotiation", PETAR), "won", PETAR), RULES)
    fine = decide(given_to(case, MILA, by=MARIA), RULES)
    wrong = decide(given_to(case, PETAR, by=PETAR), RULES)
    assert (fine.deal.owner, handoff(fine).to_member) == (MILA, MILA)
    assert changes(wrong)["owner"] == account(MARIA)


def test_the_farmer_accepts_by_working_on_the_won_deal() -> None:
    case = settled(moved(standing(RULES, "negotiation", PETAR), "won", PETAR), RULES)
    outcome = decide(edited(case, MARIA, amount="5500"), RULES)
    assert handoff(outcome).status is HandoffStatus.ACCEPTED


def won() -> Case:
    """A deal that Petar won, and Maria accepted."""
    case = settled(moved(standing(RULES, "negotiation", PETAR), "won", PETAR), RULES)
    case = settled(task_done(case, "handoff:"), RULES)
    assert (only_handoff(case).status, case.deal.owner) == (HandoffStatus.ACCEPTED, MARIA)
    return case


def test_the_farmer_goes_on_with_the_won_deal_and_nobody_receives_it_again() -> None:
    outcome = decide(moved(won(), "onboarding", MARIA), RULES)
    assert (outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == ("onboarding", "care", MARIA)
    assert (kinds(outcome), outcome.handoffs) == (["moved"], ())


def test_the_farmer_returns_a_won_deal_to_the_hunter_by_moving_it_back() -> None:
    outcome = decide(moved(won(), "negotiation", MARIA), RULES)
    assert (handoff(outcome).status, outcome.deal.owner) == (HandoffStatus.RETURNED, PETAR)
    assert (outcome.deal.stage, outcome.deal.section) == ("negotiation", "sales")


def test_the_hunter_does_not_take_a_won_deal_back_from_the_farmer() -> None:
    outcome = decide(moved(won(), "negotiation", PETAR), RULES)
    assert changes(outcome) == {"stage": at("won")}


def test_head_opens_a_won_deal_again_and_a_hunter_receives_it() -> None:
    outcome = decide(moved(won(), "negotiation", IVAN), RULES)
    assert (handoff(outcome).to_section, handoff(outcome).to_member) == ("sales", PETAR)


def test_a_won_deal_is_lost_by_the_farmer_and_stays_in_their_section() -> None:
    outcome = decide(moved(won(), "lost", MARIA, lost_reason="cancelled"), RULES)
    assert (outcome.deal.status, outcome.deal.section, outcome.deal.owner) == ("lost", "care", MARIA)


# Tasks and notes are made once


def test_nothing_is_told_twice() -> None:
    case = offered()
    outcome = decide(edited(case, OLENA, amount="6000"), RULES)
    assert (notes(outcome), tasks(outcome)) == ([], [])


def test_a_hint_of_a_person_counts_only_from_the_hosting_crm() -> None:
    case = edited(offered(), PETAR, amount="6000")
    elsewhere = tuple(replace(event, connection="elsewhere") for event in case.events)
    assert decide(replace(case, events=elsewhere), RULES).handoffs == ()


def test_a_hand_off_that_was_overtaken_by_another_is_closed() -> None:
    case = offered()
    outcome = decide(carried := moved(case, "won", PETAR), RULES)
    assert {h.rule: h.status for h in outcome.handoffs} == {
        "Scout to hunter": HandoffStatus.ACCEPTED,
        "Hunter to farmer": HandoffStatus.PENDING,
    }
    assert [h.rule for h in open_handoffs(carry_out(carried, outcome))] == ["Hunter to farmer"]


def test_a_look_that_a_poll_asked_for_accepts_nothing() -> None:
    case = replace(offered(), events=(Event(1, EventKind.POLL, "crm", "1"),))
    assert decide(case, RULES).handoffs == ()


def test_the_receivers_move_accepts_also_where_no_webhook_told_of_it() -> None:
    case = moved(offered(amount=None), "proposal", PETAR)
    outcome = decide(replace(case, events=(Event(1, EventKind.POLL, "crm", "1"),)), RULES)
    assert changes(outcome)["stage"] == at("meeting")
    assert handoff(outcome).status is HandoffStatus.ACCEPTED


def test_a_waiting_hand_off_that_somebody_is_given_by_hand_gets_its_deadline() -> None:
    case = moved(standing(RULES), "meeting", OLENA)
    directories = case.directories
    case = replace(settled(nobody_with_an_account(case), RULES), directories=directories)
    outcome = decide(given_to(case, HANA, by=OLENA), RULES)
    given = handoff(outcome)
    assert (given.status, given.to_member, given.due_at is not None) == (HandoffStatus.PENDING, HANA, True)


def test_who_handed_a_deal_to_themselves_may_pass_it_on_while_working_on_it() -> None:
    rules = house(
        ("email: petar@acme.example, roles: [hunter]", "email: petar@acme.example, roles: [scout, hunter]")
    )
    case = settled(moved(standing(rules, "qualification", PETAR), "meeting", PETAR), rules)
    assert [h.to_member for h in open_handoffs(case)] == [PETAR]
    outcome = decide(edited(case, PETAR, amount="1", owner=account(HANA)), rules)
    assert (handoff(outcome).status, outcome.deal.owner) == (HandoffStatus.ACCEPTED, HANA)


def test_tasks_that_were_not_read_are_neither_done_nor_forgotten() -> None:
    case = offered()
    unread = replace(shown(case), tasks={}, known=frozenset({Aspect.HISTORY, Aspect.PEOPLE}))
    outcome = decide(replace(case, records={"crm": unread}), RULES)
    assert (outcome.handoffs, outcome.writes) == ((), ())
    assert outcome.links["crm"].tasks == case.links["crm"].tasks


def test_who_was_handed_a_deal_that_head_moves_back_to_the_first_section_does_not_keep_it() -> None:
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    outcome = decide(moved(case, "qualification", IVAN), RULES)
    assert (outcome.deal.stage, outcome.deal.owner) == ("qualification", OLENA)
    assert (handoff(outcome).status, handoff(outcome).asks_reason) == ("returned", False)
