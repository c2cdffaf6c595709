"""The playbook: its tasks are made once, read back, and the required ones keep a deal where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mapping.model import Aspect, CloseTask, Event, EventKind
from mapping.ruleset import Ruleset
from sync.core.case import Case
from sync.core.decide import decide

from .building import (
    IVAN,
    NOW,
    OLENA,
    PETAR,
    ROBOT,
    account,
    asked,
    at,
    edited,
    later,
    moved,
    shown,
    standing,
    task_done,
    unseen,
)
from .carrying import settled
from .line import house
from .reading import bodies, changes, kinds, notes, tasks

BOOK = (
    "qualification: {}",
    'qualification: {playbook: [{task: "Call {contact_name}", due: 1d, required: true}, '
    '{task: "Look at the site", due: 2d}]}',
)
RULES = house(BOOK)


def entered(rules: Ruleset = RULES) -> Case:
    """A deal that its scout just moved to qualification."""
    return settled(moved(standing(rules, "prospecting"), "qualification", OLENA), rules)


def test_the_tasks_are_made_when_a_deal_enters_and_only_once() -> None:
    case = moved(standing(RULES, "prospecting"), "qualification", OLENA)
    outcome = decide(case, RULES)
    made = [(task.subject, task.owner) for task in tasks(outcome)]
    assert made == [("Call Nina Nova", account(OLENA)), ("Look at the site", account(OLENA))]
    assert tasks(outcome)[0].due_at == NOW + timedelta(minutes=1, days=1)
    assert decide(later(settled(case, RULES)), RULES).writes == ()


def test_no_task_for_a_deal_that_stood_there_at_first_sight() -> None:
    case = edited(standing(RULES), OLENA, amount="1")
    assert tasks(decide(case, RULES)) == []


def test_a_new_deal_enters_its_first_stage() -> None:
    assert len(tasks(decide(unseen(RULES, "qualification"), RULES))) == 2


def test_a_required_task_that_is_not_done_keeps_the_deal() -> None:
    outcome = decide(moved(entered(), "meeting", OLENA), RULES)
    assert changes(outcome) == {"stage": at("qualification")}
    assert 'the task "Call Nina Nova" must be done before a deal goes to Sales' in notes(outcome)[0]
    assert tasks(outcome) == []


def test_once_it_is_done_the_deal_goes_on_and_the_other_task_is_closed() -> None:
    case = settled(task_done(entered(), "playbook:" + _visit(entered()) + ":1"), RULES)
    outcome = decide(moved(case, "meeting", OLENA), RULES)
    assert outcome.deal.stage == "meeting"
    assert len(bodies(outcome, CloseTask)) == 1


def test_it_is_done_in_the_same_moment() -> None:
    case = entered()
    case = task_done(case, "playbook:" + _visit(case) + ":1")
    assert decide(moved(case, "meeting", OLENA), RULES).deal.stage == "meeting"


def test_what_the_crm_was_not_asked_is_asked() -> None:
    case = moved(entered(), "meeting", OLENA)
    blind = replace(
        case, records={"crm": replace(shown(case), known=frozenset({Aspect.HISTORY, Aspect.PEOPLE}))}
    )
    assert decide(blind, RULES).needs.aspects == {Aspect.TASKS}


def test_a_required_task_that_was_deleted_is_made_again() -> None:
    case = entered()
    [key] = [key for key in case.links["crm"].tasks if key.endswith(":1")]
    record = shown(case)
    gone = {t: s for t, s in record.tasks.items() if t != case.links["crm"].tasks[key]}
    case = replace(later(case), records={"crm": replace(record, tasks=gone)})
    outcome = decide(case, RULES)
    assert [task.subject for task in tasks(outcome)] == ["Call Nina Nova"]
    case = settled(case, RULES)
    assert changes(decide(moved(case, "meeting", OLENA), RULES)) == {"stage": at("qualification")}
    done = settled(task_done(case, key + ":2"), RULES)
    assert decide(moved(done, "meeting", OLENA), RULES).deal.stage == "meeting"


def test_backwards_and_lost_are_free() -> None:
    assert decide(moved(entered(), "prospecting", OLENA), RULES).deal.stage == "prospecting"
    lost = decide(moved(entered(), "lost", OLENA, lost_reason="price"), RULES)
    assert lost.deal.stage == "lost"


def test_a_stage_that_was_only_passed_through_asks_for_nothing() -> None:
    case = moved(standing(RULES, "prospecting"), "qualification", OLENA)
    assert decide(moved(case, "meeting", OLENA), RULES).deal.stage == "meeting"


def test_another_stay_has_its_tasks_again() -> None:
    case = settled(moved(entered(), "prospecting", OLENA), RULES)
    outcome = decide(moved(case, "qualification", OLENA), RULES)
    assert len(tasks(outcome)) == 2


@pytest.mark.parametrize("mode", ["observe", "warn"])
def test_the_mode_says_what_a_task_left_undone_leads_to(mode: str) -> None:
    rules = house(BOOK, ("mode: enforce", f"mode: {mode}"))
    case = entered(rules)
    outcome = decide(moved(case, "meeting", OLENA), rules)
    assert outcome.deal.stage == "meeting"
    assert (case.links["crm"].tasks == {}) is (mode == "observe")
    assert ("violation_warn" in kinds(outcome)) is (mode == "warn")


# The order of stages

ORDERED = ("  sales:\n    roles: [hunter]", "  sales:\n    roles: [hunter]\n    in_order: true")


def test_stages_go_in_order_where_the_section_says_so() -> None:
    rules = house(ORDERED)
    outcome = decide(moved(standing(rules, "meeting", PETAR), "negotiation", PETAR), rules)
    assert changes(outcome) == {"stage": at("meeting")}
    assert notes(outcome) == ["Moved back to Meeting: Proposal must come before Negotiation."]
    assert decide(moved(standing(rules, "meeting", PETAR), "proposal", PETAR), rules).deal.stage == "proposal"
    skipped = decide(moved(standing(rules, "proposal", PETAR), "won", PETAR), rules)
    assert changes(skipped) == {"stage": at("proposal")}


def test_a_section_in_order_is_entered_at_its_beginning() -> None:
    rules = house(ORDERED)
    assert changes(decide(moved(standing(rules), "proposal", OLENA), rules)) == {"stage": at("qualification")}
    assert decide(moved(standing(rules), "meeting", OLENA), rules).deal.stage == "meeting"


def test_a_section_in_order_is_left_at_its_end() -> None:
    rules = house(("  leads:\n    roles: [scout]", "  leads:\n    roles: [scout]\n    in_order: true"))
    early = decide(moved(standing(rules, "prospecting"), "meeting", OLENA), rules)
    assert changes(early) == {"stage": at("prospecting")}
    assert decide(moved(standing(rules), "meeting", OLENA), rules).deal.stage == "meeting"


@pytest.mark.parametrize("stage", ["lost", "prospecting"])
def test_order_says_nothing_about_losing_and_going_back(stage: str) -> None:
    rules = house(("  leads:\n    roles: [scout]", "  leads:\n    roles: [scout]\n    in_order: true"))
    assert decide(moved(standing(rules), stage, OLENA, lost_reason="price"), rules).deal.stage == stage


def test_who_may_move_anywhere_may_leave_stages_out_but_a_robot_may_not() -> None:
    rules = house(ORDERED)
    assert (
        decide(moved(standing(rules, "meeting", PETAR), "negotiation", IVAN), rules).deal.stage
        == "negotiation"
    )
    robot = decide(moved(standing(rules, "meeting", PETAR), "negotiation", ROBOT), rules)
    assert changes(robot) == {"stage": at("meeting")}


# Silence

QUIET = ("negotiation: {}", "negotiation: {follow_up_after: 2d}")


def silent(rules: Ruleset) -> Case:
    """A deal that was moved to negotiation a minute past ten on a Wednesday."""
    return settled(moved(standing(rules, "proposal", PETAR), "negotiation", PETAR), rules)


def test_who_lets_a_deal_stand_gets_one_task_a_silence() -> None:
    rules = house(QUIET)
    case = silent(rules)
    over = NOW + timedelta(minutes=1, days=2)
    early = decide(_rings(case, over - timedelta(minutes=1)), rules)
    assert (tasks(early), early.look_again_at) == ([], over)
    outcome = decide(_rings(case, over), rules)
    assert [(task.subject, task.owner) for task in tasks(outcome)] == [
        ("Follow up: Roof for Nova", account(PETAR))
    ]
    after = settled(_rings(case, over), rules)
    assert decide(_rings(after, over + timedelta(days=9)), rules).writes == ()

    active = edited(replace(after, now=over + timedelta(days=1)), PETAR, amount="6000")
    outcome = decide(active, rules)
    assert len(bodies(outcome, CloseTask)) == 1, "the silence is over"
    assert outcome.look_again_at is not None
    again = decide(_rings(settled(active, rules), outcome.look_again_at), rules)
    assert len(tasks(again)) == 1


def test_doing_the_task_begins_a_new_silence() -> None:
    rules = house(QUIET)
    over = NOW + timedelta(minutes=1, days=2)
    after = settled(_rings(silent(rules), over), rules)
    outcome = decide(task_done(after, "follow_up:"), rules)
    assert (outcome.writes, outcome.deal.active_at) == ((), over + timedelta(minutes=1))
    assert outcome.look_again_at is not None


def test_what_stood_there_at_first_sight_is_left_alone_until_somebody_touches_it() -> None:
    rules = house(QUIET)
    case = standing(rules, "negotiation", PETAR)
    assert decide(_rings(case, NOW + timedelta(days=30)), rules).writes == ()
    touched = decide(edited(case, PETAR, amount="1"), rules)
    assert touched.look_again_at == NOW + timedelta(minutes=1, days=2)


def test_who_was_asked_stays_asked_when_new_rules_have_more_patience() -> None:
    """Closed, it would not be made again for this silence: one task a silence."""
    rules, patient = house(QUIET), house(("negotiation: {}", "negotiation: {follow_up_after: 5d}"))
    over = NOW + timedelta(minutes=1, days=2)
    after = settled(_rings(silent(rules), over), rules)
    assert decide(asked(after, EventKind.CONFIG), patient).writes == ()


def _rings(case: Case, moment: object) -> Case:
    return replace(case, now=moment, events=(*case.events, Event(77, EventKind.TIMER)))  # type: ignore[arg-type]


def _visit(case: Case) -> str:
    assert case.deal.visit is not None
    return case.deal.visit
