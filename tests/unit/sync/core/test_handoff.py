"""Hand-offs: what they require, who receives, and what the receiver finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Aspect, CloseTask, HandoffStatus
from sync.core.case import Needs, Outcome, Turn
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    NOW,
    OLENA,
    OMAR,
    PETAR,
    account,
    at,
    later,
    moved,
    nobody_with_an_account,
    shown,
    standing,
)
from .carrying import settled
from .line import house
from .reading import bodies, changes, handoff, kinds, notes, only_handoff, tasks

RULES = house()


# Requirements and exceptions


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"budget": None}, "budget must be at least 1000 before a deal goes to Sales - What can they spend"),
        ({"budget": "999.99"}, "budget must be at least 1000"),
        ({"decision_maker": ""}, "decision maker must be filled in before a deal goes to Sales - Who signs?"),
        ({"contact_email": None}, "contact phone or contact email must be filled in"),
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
    assert all(word in note for word in ("budget", "decision maker", "contact phone"))


def test_the_ledger_names_the_rule_with_file_and_line() -> None:
    [entry] = decide(moved(standing(RULES, budget=None), "meeting", OLENA), RULES).entries
    assert (entry.place and entry.place.file, entry.data["rule"]) == ("conveyor.yaml", "Scout to hunter")
    assert entry.place == RULES.conveyor.handoffs[0].place


def test_without_requirements_of_its_own_the_rule_is_that_of_the_stage() -> None:
    [entry] = decide(moved(standing(RULES, "negotiation", PETAR, amount=None), "won", PETAR), RULES).entries
    assert entry.place == RULES.conveyor.stages["won"].place


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
    assert "To be accepted by Wed, 4 Mar 2026, 14:01 (Sofia)" in note


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
        (PETAR, False, "3 open deals, last received Wed, 4 Mar 2026, 10:00"),
        (HANA, True, "least loaded: 1 open deal, last received Tue, 3 Mar 2026, 10:00"),
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
    assert handoff(outcome).id == only_handoff(case).id
    assert (changes(outcome)["owner"], len(tasks(outcome))) == (account(PETAR), 1)
    assert len(bodies(outcome, CloseTask)) == 1, "head need not look any more"


def test_without_head_a_waiting_hand_off_makes_no_task() -> None:
    rules = house(
        ("  head: {title: Head of sales, may_move: anywhere}\n", ""),
        ("  - {name: Ivan P., email: ivan@acme.example, roles: [head]}\n", ""),
    )
    outcome = decide(nobody_with_an_account(moved(standing(rules), "meeting", OLENA)), rules)
    assert (handoff(outcome).status, tasks(outcome)) == (HandoffStatus.WAITING, [])
