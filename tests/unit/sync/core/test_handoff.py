"""Hand-offs: what they require, who receives, what the receiver finds, and when it counts as accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Aspect, CloseTask, EventKind, Handoff, HandoffStatus, Hint
from mapping.ruleset import Ruleset
from sync.core.case import Case, Needs, Outcome, Turn
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    MILA,
    NOW,
    OLENA,
    OMAR,
    PETAR,
    account,
    asked,
    at,
    bodies,
    carry_out,
    changes,
    edited,
    given_to,
    handoff,
    kinds,
    later,
    moved,
    notes,
    open_handoffs,
    settled,
    shown,
    standing,
    task_done,
    tasks,
)
from .line import house

RULES = house()


def offered(rules: Ruleset = RULES, **fields: str | None) -> Case:
    """A deal that its scout handed over to Petar, who has not reacted yet."""
    case = settled(moved(standing(rules, **fields), "meeting", OLENA), rules)
    assert [h.to_member for h in open_handoffs(case)] == [PETAR]
    return case


def only(case: Case) -> Handoff:
    [found] = case.handoffs
    return found


# Requirements and exceptions


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"budget": None}, "budget must be at least 1000 before a deal goes to Sales - What can they spend"),
        ({"budget": "999.99"}, "budget must be at least 1000"),
        ({"decision_maker": ""}, "decision_maker must be filled in before a deal goes to Sales - Who signs?"),
        ({"contact_email": None}, "one of contact_phone, contact_email must be filled in"),
    ],
)
def test_a_deal_that_lacks_something_is_moved_back_with_the_rule_in_words(
    fields: dict[str, str | None], reason: str
) -> None:
    outcome = decide(moved(standing(RULES, **fields), "meeting", OLENA), RULES)
    assert (outcome.deal.stage, outcome.deal.owner) == ("qualification", OLENA)
    assert (changes(outcome), outcome.handoffs, tasks(outcome)) == ({"stage": at("qualification")}, (), [])
    [note] = notes(outcome)
    assert note.startswith("Moved back to Qualification: ")
    assert reason in note


def test_one_note_names_everything_that_is_missing() -> None:
    case = standing(RULES, budget=None, decision_maker=None, contact_email=None)
    [note] = notes(decide(moved(case, "meeting", OLENA), RULES))
    assert all(word in note for word in ("budget", "decision_maker", "contact_phone"))


def test_the_ledger_names_the_rule_with_file_and_line() -> None:
    [entry] = decide(moved(standing(RULES, budget=None), "meeting", OLENA), RULES).entries
    assert (entry.place and entry.place.file, entry.data["rule"]) == ("conveyor.yaml", "Scout to hunter")
    assert entry.place == RULES.conveyor.handoffs[0].place


def test_requirements_of_the_stage_entered_hold_along_with_those_of_the_hand_off() -> None:
    [note] = notes(decide(moved(standing(RULES, budget=None, amount=None), "proposal", OLENA), RULES))
    assert "amount must be filled in" in note
    assert "budget must be at least 1000" in note


def test_the_exception_lets_a_deal_through_and_every_use_is_entered() -> None:
    outcome = decide(moved(standing(RULES, source="referral", budget=None), "meeting", OLENA), RULES)
    assert (outcome.deal.stage, kinds(outcome)) == ("meeting", ["exception", "moved", "handoff_offered"])


def test_an_exception_that_is_not_needed_is_not_used() -> None:
    outcome = decide(moved(standing(RULES, source="referral"), "meeting", OLENA), RULES)
    assert "exception" not in kinds(outcome)


def test_people_of_the_deal_are_asked_for_only_when_the_answer_hangs_on_them() -> None:
    def lacking(**fields: str | None) -> Outcome:
        case = moved(standing(RULES, **fields), "meeting", OLENA)
        return decide(
            replace(case, records={"crm": replace(shown(case), known=frozenset({Aspect.HISTORY}))}), RULES
        )

    assert lacking().needs == Needs(frozenset({Aspect.PEOPLE}))
    within = moved(standing(RULES, "prospecting"), "qualification", OLENA)
    within = replace(within, records={"crm": replace(shown(within), known=frozenset({Aspect.HISTORY}))})
    assert not decide(within, RULES).needs


@pytest.mark.parametrize("by", [PETAR, MARIA])
def test_only_the_role_of_the_section_it_leaves_hands_a_deal_over(by: str) -> None:
    outcome = decide(moved(standing(RULES), "meeting", by), RULES)
    assert changes(outcome) == {"stage": at("qualification")}
    assert "only Lead hunter moves a deal on to Sales" in notes(outcome)[0]


# The receiver


def test_the_receiver_gets_owner_task_with_brief_and_deadline_and_a_note() -> None:
    outcome = decide(moved(standing(RULES), "meeting", OLENA), RULES)
    given = handoff(outcome)
    assert (given.status, given.from_member, given.to_member) == (HandoffStatus.PENDING, OLENA, PETAR)
    assert (given.from_section, given.to_section, given.from_stage) == ("leads", "sales", "qualification")
    due = datetime(2026, 3, 4, 12, 1, tzinfo=UTC)
    assert given.due_at == due
    assert changes(outcome) == {
        "owner": account(PETAR),
        "write_back.section": "sales",
        "write_back.accept_by": "2026-03-04T12:01:00Z",
    }
    [task] = tasks(outcome)
    assert (task.subject, task.owner, task.due_at) == ("Scout to hunter: Roof for Nova", account(PETAR), due)
    assert task.body.startswith("Roof for Nova for 5000 EUR - decision maker CFO, phone -.")
    [note] = notes(outcome)
    assert note.startswith("Scout to hunter: handed to Petar D. (least loaded: 0 open deals")
    assert "To be accepted by Wed 04 Mar 2026 14:01 (Europe/Sofia)" in note


def test_the_deadline_is_of_working_time() -> None:
    friday_evening = replace(standing(RULES), now=datetime(2026, 3, 6, 15, 0, tzinfo=UTC))
    outcome = decide(moved(friday_evening, "meeting", OLENA), RULES)
    assert handoff(outcome).due_at == datetime(2026, 3, 9, 10, 1, tzinfo=UTC), "Monday noon in Sofia"


def test_the_reason_says_who_was_considered_and_why_not() -> None:
    case = moved(standing(RULES), "meeting", OLENA)
    pool = {PETAR: Turn(3, 5, NOW), HANA: Turn(1, 2, NOW - timedelta(days=1))}
    given = handoff(decide(replace(case, pools={"hunter": pool}), RULES))
    assert given.to_member == HANA
    assert [(c.member, c.chosen, c.why) for c in given.candidates] == [
        (PETAR, False, "3 open deals, last received 2026-03-04 08:00 UTC"),
        (HANA, True, "least loaded: 1 open deals, last received 2026-03-03 08:00 UTC"),
    ]


@pytest.mark.parametrize(
    ("by", "pool", "receiver"),
    [
        ("least_loaded", {PETAR: Turn(2), HANA: Turn(1)}, HANA),
        ("least_loaded", {PETAR: Turn(0, 9, NOW), HANA: Turn(0, 1, NOW - timedelta(1))}, HANA),
        ("least_loaded", {PETAR: Turn(1), HANA: Turn(1)}, PETAR),
        ("round_robin", {PETAR: Turn(0, 1, NOW), HANA: Turn(9, 3, NOW - timedelta(1))}, HANA),
        ("round_robin", {PETAR: Turn(0, 1, NOW), HANA: Turn(9)}, HANA),
        ("round_robin", {PETAR: Turn(0, 2, NOW), HANA: Turn(0, 1, NOW)}, HANA),
        ("round_robin", {}, PETAR),
    ],
)
def test_assigning(by: str, pool: dict[str, Turn], receiver: str) -> None:
    rules = house(("by: least_loaded", f"by: {by}"))
    outcome = decide(replace(moved(standing(rules), "meeting", OLENA), pools={"hunter": pool}), rules)
    assert handoff(outcome).to_member == receiver
    assert outcome.turns[0].taken_before == pool.get(receiver, Turn()).taken


def test_the_pool_is_asked_for_first() -> None:
    outcome = decide(replace(moved(standing(RULES), "meeting", OLENA), pools=None), RULES)
    assert outcome.needs == Needs(pools=True)
    assert (outcome.handoffs, outcome.writes, outcome.turns) == ((), (), ())


def test_a_receiver_whom_the_scout_chose_by_hand_is_respected() -> None:
    outcome = decide(moved(standing(RULES), "meeting", OLENA, owner=account(HANA)), RULES)
    assert (handoff(outcome).to_member, handoff(outcome).reason) == (HANA, "chosen by hand")
    assert ("owner" in changes(outcome), outcome.turns) == (False, ())


def test_a_receiver_without_the_role_is_not() -> None:
    outcome = decide(moved(standing(RULES), "meeting", OLENA, owner=account(OMAR)), RULES)
    assert handoff(outcome).to_member == PETAR
    assert changes(outcome)["owner"] == account(PETAR)


# Nobody free


def nobody_with_an_account(case: Case) -> Case:
    """Nobody who could receive has an account in the CRM."""
    directory = case.directories["crm"]
    accounts = {e: a for e, a in directory.accounts.items() if e not in (PETAR, HANA)}
    return replace(case, directories={"crm": replace(directory, accounts=accounts)})


def test_with_nobody_free_the_hand_off_waits_in_the_queue() -> None:
    case = nobody_with_an_account(moved(standing(RULES), "meeting", OLENA))
    outcome = decide(case, RULES)
    waiting = handoff(outcome)
    assert (waiting.status, waiting.to_member, waiting.due_at) == (HandoffStatus.WAITING, None, None)
    assert [c.why for c in waiting.candidates] == ["has no account in crm"] * 2
    assert (outcome.deal.stage, outcome.deal.owner) == ("meeting", OLENA)
    assert "It waits in the queue." in notes(outcome)[0]
    assert [(task.owner, task.subject) for task in tasks(outcome)] == [
        (account(IVAN), "Scout to hunter: nobody is free for Roof for Nova")
    ]
    assert outcome.look_again_at is not None
    assert outcome.look_again_at > case.now


def test_a_waiting_hand_off_goes_to_the_first_who_is_free() -> None:
    case = moved(standing(RULES), "meeting", OLENA)
    directories = case.directories
    case = settled(nobody_with_an_account(case), RULES)
    still = decide(later(case), RULES)
    assert (still.entries, still.writes, still.look_again_at is not None) == ((), (), True)
    outcome = decide(later(replace(case, directories=directories)), RULES)
    assert (handoff(outcome).status, handoff(outcome).to_member) == (HandoffStatus.PENDING, PETAR)
    assert handoff(outcome).id == only(case).id
    assert (changes(outcome)["owner"], len(tasks(outcome))) == (account(PETAR), 1)
    assert len(bodies(outcome, CloseTask)) == 1, "head need not look any more"


def test_without_head_a_waiting_hand_off_makes_no_task() -> None:
    rules = house(
        ("  head: {title: Head of sales, may_move: anywhere}\n", ""),
        ("  - {name: Ivan P., email: ivan@acme.example, roles: [head]}\n", ""),
    )
    outcome = decide(nobody_with_an_account(moved(standing(rules), "meeting", OLENA)), rules)
    assert (handoff(outcome).status, tasks(outcome)) == (HandoffStatus.WAITING, [])


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
    assert (along.id, along.status, along.to_member) == (only(case).id, HandoffStatus.PENDING, HANA)
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
    assert (handoff(outcome).id, handoff(outcome).status) == (only(case).id, HandoffStatus.RETURNED)
    assert (outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == ("qualification", "leads", OLENA)
    assert changes(outcome)["owner"] == account(OLENA)
    assert "stage" not in changes(outcome)
    assert kinds(outcome) == ["moved", "handoff_returned"]
    assert len(bodies(outcome, CloseTask)) == 1


def test_an_accepted_deal_may_be_returned_too() -> None:
    case = settled(task_done(offered(), "handoff:"), RULES)
    outcome = decide(moved(case, "qualification", HANA), RULES)
    assert (handoff(outcome).status, outcome.deal.owner) == (HandoffStatus.RETURNED, OLENA)


def test_a_returned_deal_may_be_handed_over_again() -> None:
    case = settled(moved(offered(), "qualification", PETAR), RULES)
    outcome = decide(moved(case, "meeting", OLENA), RULES)
    assert handoff(outcome).status is HandoffStatus.PENDING
    assert handoff(outcome).id != only(case).id
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
    assert (only(case).status, case.deal.owner) == (HandoffStatus.ACCEPTED, MARIA)
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
