"""What a violation leads to: recorded in observe, told in warn, put right in enforce; any rule may say its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import CloseTask, EventKind, HandoffStatus, Value
from mapping.ruleset import Ruleset
from sync.core.case import Case, OpenWrite, WriteState
from sync.core.decide import decide

from .building import (
    IVAN,
    MARIA,
    OLENA,
    PETAR,
    ROBOT,
    STRANGER,
    account,
    asked,
    at,
    edited,
    given_to,
    later,
    moved,
    standing,
    task_done,
    unseen,
)
from .carrying import carry_out, settled
from .line import house
from .reading import bodies, changes, handoff, kinds, notes, tasks

ENFORCE = house()
WARN = house(("mode: enforce", "mode: warn"))
OBSERVE = house(("mode: enforce", "mode: observe"))


def wrong(rules: Ruleset, kind: str) -> Case:
    """A violation of this kind."""
    cases = {
        "requires": moved(standing(rules, budget=None), "meeting", OLENA),
        "role": moved(standing(rules, "meeting", PETAR), "negotiation", OLENA),
        "no_rule": moved(standing(rules), "onboarding", OLENA),
        "owner": given_to(standing(rules), PETAR, by=OLENA),
        "start": unseen(rules, "meeting", OLENA),
    }
    return cases[kind]


KINDS = ["requires", "role", "no_rule", "owner", "start"]


# Observe


@pytest.mark.parametrize("kind", KINDS)
def test_observe_records_and_writes_nothing(kind: str) -> None:
    outcome = decide(wrong(OBSERVE, kind), OBSERVE)
    assert "violation_observe" in kinds(outcome)
    assert (outcome.writes, outcome.handoffs, outcome.deal.correction) == ((), (), None)


def test_observe_follows_the_crm() -> None:
    outcome = decide(moved(standing(OBSERVE, budget=None), "meeting", OLENA, owner=account(PETAR)), OBSERVE)
    assert (outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == ("meeting", "sales", PETAR)


def test_observe_opens_no_hand_off_and_shows_nothing_in_the_crm() -> None:
    outcome = decide(moved(standing(OBSERVE), "meeting", OLENA), OBSERVE)
    assert (outcome.deal.owner, outcome.handoffs, outcome.writes) == (OLENA, (), ())


def test_what_is_on_its_way_when_the_line_turns_to_observe_is_not_written_any_more() -> None:
    case = moved(standing(ENFORCE, budget=None), "meeting", OLENA)
    outcome = decide(case, ENFORCE)
    writes = tuple(OpenWrite(n, w, WriteState.PENDING) for n, w in enumerate(outcome.writes))
    assert len(writes) == 2
    pending = replace(case, deal=outcome.deal, links=outcome.links, events=(), writes=writes)
    stopped = decide(pending, OBSERVE)
    assert (stopped.writes, stopped.supersede) == ((), (0, 1))


def test_a_return_in_observe_changes_no_owner() -> None:
    case = settled(moved(standing(ENFORCE), "meeting", OLENA), ENFORCE)
    outcome = decide(moved(case, "qualification", PETAR), OBSERVE)
    assert (outcome.deal.stage, outcome.deal.owner, outcome.writes) == ("qualification", PETAR, ())


# Warn


@pytest.mark.parametrize("kind", KINDS)
def test_warn_leaves_a_note_and_a_task_and_puts_nothing_back(kind: str) -> None:
    outcome = decide(wrong(WARN, kind), WARN)
    assert "violation_warn" in kinds(outcome)
    assert any(note.startswith("Please put this right: ") for note in notes(outcome))
    told = [task for task in tasks(outcome) if task.body.startswith("Please put this right")]
    assert [task.owner for task in told] == [account(IVAN if kind == "start" else OLENA)]
    assert "stage" not in changes(outcome)


def test_in_warn_the_hand_off_opens_all_the_same_and_is_counted_as_a_defect() -> None:
    outcome = decide(moved(standing(WARN, budget=None), "meeting", OLENA), WARN)
    given = handoff(outcome)
    assert (outcome.deal.stage, given.status, given.to_member) == ("meeting", HandoffStatus.PENDING, PETAR)
    assert "budget must be at least 1000" in given.defects[0]
    assert any("Let through although budget must be at least 1000" in note for note in notes(outcome))
    [brief] = [task.body for task in tasks(outcome) if task.owner == account(PETAR)]
    assert "Still to be put right: budget must be at least 1000" in brief


@pytest.mark.parametrize("outsider", [STRANGER, ROBOT])
def test_the_task_for_a_violation_by_somebody_not_on_the_team_goes_to_the_owner(outsider: str) -> None:
    outcome = decide(moved(standing(WARN, "meeting", PETAR, amount=None), "proposal", outsider), WARN)
    assert [task.owner for task in tasks(outcome)] == [account(PETAR)]
    assert len(notes(outcome)) == 1


def test_a_told_violation_is_forgiven_when_what_was_missing_is_filled_in() -> None:
    case = settled(moved(standing(WARN, "meeting", PETAR, amount=None), "proposal", PETAR), WARN)
    still = decide(edited(case, PETAR, title="Roof"), WARN)
    assert (still.deal.correction is None, still.entries, still.writes) == (False, (), ())
    outcome = decide(edited(case, PETAR, amount="500"), WARN)
    assert (outcome.deal.correction, kinds(outcome)) == (None, ["put_right"])
    assert len(bodies(outcome, CloseTask)) == 1, "the task is done by us: its reason is gone"


def test_a_told_violation_is_not_forgiven_by_another_crm_stage_of_the_same_meaning() -> None:
    case = settled(moved(standing(WARN, "meeting", PETAR, amount=None), "proposal", PETAR), WARN)
    outcome = decide(moved(case, "proposal_again", PETAR), WARN)
    assert outcome.deal.correction == case.deal.correction
    assert outcome.writes == ()


def test_a_told_violation_is_gone_when_the_deal_moves_on_rightly() -> None:
    case = settled(moved(standing(WARN, "meeting", PETAR, amount=None), "proposal", PETAR), WARN)
    outcome = decide(moved(case, "negotiation", PETAR), WARN)
    assert (outcome.deal.correction, len(bodies(outcome, CloseTask))) == (None, 1)


def test_the_task_that_was_told_is_made_once_also_when_it_was_done() -> None:
    case = settled(moved(standing(WARN, "meeting", PETAR, amount=None), "proposal", PETAR), WARN)
    outcome = decide(task_done(case, "correction:"), WARN)
    assert (outcome.writes, outcome.entries) == ((), ())


# A mode of their own


OWN = ("    accept_within: 4h\n", "    accept_within: 4h\n    mode: {mode}\n")


def with_rule_mode(line: str, rule: str) -> Ruleset:
    return house(("mode: enforce", f"mode: {line}"), (OWN[0], OWN[1].format(mode=rule)))


@pytest.mark.parametrize("line", ["observe", "warn", "enforce"])
@pytest.mark.parametrize("rule", ["observe", "warn", "enforce"])
def test_a_rule_may_say_its_own_mode(line: str, rule: str) -> None:
    rules = with_rule_mode(line, rule)
    outcome = decide(moved(standing(rules, budget=None), "meeting", OLENA), rules)
    told = {"observe": "violation_observe", "warn": "violation_warn", "enforce": "returned_by_rule"}
    assert told[rule] in kinds(outcome)
    assert ("stage" in changes(outcome)) == (rule == "enforce")
    assert bool(notes(outcome)) == (rule != "observe")


def test_a_hand_off_in_force_on_a_line_that_observes_is_offered_accepted_and_cleared_away() -> None:
    rules = with_rule_mode("observe", "enforce")
    case = moved(standing(rules), "meeting", OLENA)
    offered = decide(case, rules)
    assert (changes(offered)["owner"], len(tasks(offered))) == (account(PETAR), 1)
    case = carry_out(case, offered)
    assert decide(later(case), rules).writes == ()
    accepted = decide(asked(case, EventKind.MANUAL, action="accept"), rules)
    assert len(bodies(accepted, CloseTask)) == 1


@pytest.mark.parametrize(
    ("place", "start", "to", "by", "fields"),
    [
        (
            ("      proposal: {", "      proposal: {mode: enforce, "),
            "meeting",
            "proposal",
            PETAR,
            {"amount": None},
        ),
        (
            ("    roles: [hunter]\n", "    roles: [hunter]\n    mode: enforce\n"),
            "meeting",
            "negotiation",
            OLENA,
            {},
        ),
        (
            ("    roles: [hunter]\n", "    roles: [hunter]\n    mode: enforce\n"),
            "qualification",
            "meeting",
            OLENA,
            {"budget": None},
        ),
    ],
)
def test_a_stage_or_a_section_may_say_its_own_mode(
    place: tuple[str, str], start: str, to: str, by: str, fields: dict[str, Value]
) -> None:
    rules = house(("mode: enforce", "mode: observe"), place)
    owner = OLENA if start == "qualification" else PETAR
    case = moved(standing(rules, start, owner, **fields), to, by)
    outcome = decide(case, rules)
    assert (kinds(outcome), changes(outcome)["stage"]) == (["returned_by_rule"], at(start))
    again = decide(carry_out(case, outcome), rules)
    assert (again.writes, again.entries) == ((), ())


def test_a_new_violation_that_is_only_observed_ends_what_was_told_before() -> None:
    rules = with_rule_mode("warn", "observe")
    case = standing(rules, "prospecting", PETAR)
    case = settled(moved(case, "qualification", PETAR), rules)
    assert case.deal.correction is not None
    outcome = decide(moved(case, "meeting", MARIA), rules)
    assert (outcome.deal.correction, kinds(outcome)[0]) == (None, "violation_observe")
    assert len(bodies(outcome, CloseTask)) == 1
