"""Placing: what a CRM stage means on the line, the first time, after new rules, and when the record goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import CreateTask, DealStatus, EventKind, HandoffStatus, Missing, Ref, UpdateDeal, Write
from sync.core.case import OpenWrite, WriteState
from sync.core.decide import decide
from sync.core.place import first_sight

from .building import (
    HANA,
    IVAN,
    MARIA,
    NOW,
    OLENA,
    PETAR,
    ROBOT,
    account,
    asked,
    at,
    edited,
    moved,
    shown,
    standing,
    unseen,
)
from .carrying import carry_out, settled
from .line import house
from .reading import bodies, changes, handoff, kinds, notes, open_handoffs, tasks

RULES = house()


@pytest.mark.parametrize(
    ("stage", "section", "status"),
    [
        ("prospecting", "leads", DealStatus.OPEN),
        ("meeting", "sales", DealStatus.OPEN),
        ("proposal_again", "sales", DealStatus.OPEN),
        ("won", "sales", DealStatus.WON),
        ("lost", "sales", DealStatus.LOST),
        ("onboarding", "care", DealStatus.OPEN),
    ],
)
def test_a_crm_stage_places_a_deal_in_its_section(stage: str, section: str, status: DealStatus) -> None:
    record = shown(unseen(RULES, stage))
    deal = first_sight("d1", record, RULES.mappings["crm"], RULES, owner=OLENA, now=NOW)
    assert (deal.section, deal.stage, deal.status) == (section, stage.removesuffix("_again"), status)
    assert (deal.placed, deal.owner, deal.fields["title"]) == (True, OLENA, "Roof for Nova")


def test_deals_found_by_the_first_backfill_are_not_judged_and_nothing_is_written() -> None:
    # Given an incomplete deal, owned by a scout, far down the line
    record = shown(standing(RULES, "negotiation", OLENA, budget=None))
    found = first_sight("d1", record, RULES.mappings["crm"], RULES, owner=OLENA, now=NOW)
    # When it is looked at for the first time
    case = replace(standing(RULES, "negotiation", OLENA, budget=None), deal=found)
    outcome = decide(case, RULES)
    # Then it stays as it is
    assert (outcome.deal, outcome.writes, outcome.entries, outcome.handoffs) == (found, (), (), ())


@pytest.mark.parametrize(
    ("stage", "pipeline", "status", "said"),
    [
        ("odd", "P", DealStatus.UNMAPPED, ["unmapped"]),
        ("meeting", "Q", DealStatus.UNMAPPED, ["unmapped"]),
        ("old", "P", DealStatus.IGNORED, []),
        ("whatever", "Z", DealStatus.IGNORED, []),
    ],
)
def test_a_stage_that_means_nothing_parks_the_deal_and_nothing_is_written(
    stage: str, pipeline: str, status: DealStatus, said: list[str]
) -> None:
    outcome = decide(moved(standing(RULES), stage, OLENA, pipeline), RULES)
    assert outcome.deal.status is status
    assert (kinds(outcome), outcome.writes) == (said, ())
    assert (outcome.deal.section, outcome.deal.stage) == ("leads", "qualification"), "where it last stood"


def test_the_admin_is_told_of_an_unmapped_stage_once() -> None:
    parked = decide(case := moved(standing(RULES), "odd", OLENA), RULES)
    again = decide(edited(carry_out(case, parked), OLENA, amount="6000"), RULES)
    assert kinds(parked) == ["unmapped"]
    assert "P / ODD" in parked.entries[0].summary
    assert (again.deal.status, kinds(again), again.writes) == (DealStatus.UNMAPPED, [], ())


def test_the_admin_is_told_of_an_unmapped_stage_on_which_a_deal_is_seen_first() -> None:
    first = decide(case := unseen(RULES, "odd"), RULES)
    again = decide(edited(carry_out(case, first), OLENA, amount="6000"), RULES)
    assert (first.deal.status, kinds(first), first.writes) == (DealStatus.UNMAPPED, ["unmapped"], ())
    assert kinds(again) == []


def test_a_parked_deal_comes_back_where_it_stood() -> None:
    parked = decide(case := moved(standing(RULES), "odd", OLENA), RULES)
    back = decide(moved(carry_out(case, parked), "qualification", OLENA), RULES)
    assert (back.deal.status, back.deal.stage, back.writes) == (DealStatus.OPEN, "qualification", ())


def test_a_parked_deal_that_goes_on_against_the_rules_is_put_back_to_its_last_stage() -> None:
    parked = decide(case := moved(standing(RULES, budget=None), "old", OLENA), RULES)
    outcome = decide(moved(carry_out(case, parked), "meeting", OLENA), RULES)
    assert (outcome.deal.status, outcome.deal.stage) == (DealStatus.OPEN, "qualification")
    assert changes(outcome)["stage"] == at("qualification")


@pytest.mark.parametrize("between", ["old", "odd"])
def test_a_stage_that_means_nothing_on_the_way_to_one_that_does_is_passed_over(between: str) -> None:
    case = moved(moved(standing(RULES, "meeting", PETAR), between, PETAR), "negotiation", PETAR)
    outcome = decide(case, RULES)
    assert (outcome.deal.status, outcome.deal.stage) == (DealStatus.OPEN, "negotiation")
    assert kinds(outcome) == ["moved"]


# New deals


@pytest.mark.parametrize(
    ("stage", "creator"),
    [
        ("prospecting", OLENA),
        ("qualification", OLENA),
        ("meeting", PETAR),
        ("onboarding", MARIA),
        ("meeting", IVAN),
    ],
)
def test_a_new_deal_may_start_in_any_section_whose_role_its_creator_holds(stage: str, creator: str) -> None:
    outcome = decide(unseen(RULES, stage, creator), RULES)
    assert (outcome.deal.stage, outcome.deal.owner, outcome.deal.status) == (stage, creator, DealStatus.OPEN)
    assert (kinds(outcome), tasks(outcome), notes(outcome)) == (["placed"], [], [])


def test_an_outsider_may_start_a_deal_anywhere() -> None:
    case = unseen(RULES, "negotiation", PETAR)
    case = replace(case, records={"crm": replace(shown(case), created_by=ROBOT)})
    assert kinds(decide(case, RULES)) == ["placed"]


def test_a_new_deal_of_somebody_without_the_role_is_told_to_head_and_never_moved() -> None:
    outcome = decide(unseen(RULES, "meeting", OLENA), RULES)
    assert kinds(outcome) == ["placed", "violation_enforce"]
    assert outcome.deal.stage == "meeting"
    assert "stage" not in changes(outcome)
    [task] = tasks(outcome)
    assert task.owner == account(IVAN)
    assert "Olena K. created this deal in Sales, where only Sales manager may start deals" in task.body


def test_a_new_deal_that_was_moved_on_at_once_is_judged_from_where_it_started() -> None:
    outcome = decide(moved(unseen(RULES, "prospecting", budget=None), "meeting", OLENA), RULES)
    assert (outcome.deal.stage, changes(outcome)["stage"]) == ("prospecting", at("prospecting"))
    assert "budget must be at least 1000" in notes(outcome)[0]


def test_a_new_deal_asks_for_its_history_first() -> None:
    case = unseen(RULES, "meeting")
    case = replace(case, records={"crm": replace(shown(case), known=frozenset(), moves=())})
    assert decide(case, RULES).needs.aspects == {"history"}


def test_a_deal_that_was_created_before_the_conveyor_watched_is_not_judged() -> None:
    case = unseen(RULES, "negotiation", OLENA, budget=None)
    outcome = decide(replace(case, since={"crm": NOW.replace(year=2027)}), RULES)
    assert (outcome.deal.stage, kinds(outcome), tasks(outcome)) == ("negotiation", ["placed"], [])


@pytest.mark.parametrize("first", ["odd", "old"])
def test_a_deal_that_was_created_off_the_line_is_placed_when_it_comes_onto_it(first: str) -> None:
    parked = decide(case := unseen(RULES, first), RULES)
    outcome = decide(moved(carry_out(case, parked), "qualification", OLENA), RULES)
    assert (outcome.deal.status, outcome.deal.stage, outcome.deal.section) == (
        DealStatus.OPEN,
        "qualification",
        "leads",
    )


# Deleted, merged, restored


@pytest.mark.parametrize("reason", ["deleted", "merged", "not_found"])
def test_a_deal_whose_record_is_gone_leaves_the_line_and_waits_for_nobody(reason: str) -> None:
    # Given a deal that was handed over
    offered = decide(case := moved(standing(RULES), "meeting", OLENA), RULES)
    case = carry_out(case, offered)
    # When its record goes
    gone = decide(replace(case, records={"crm": Missing(Ref("crm", "1"), reason)}), RULES)  # type: ignore[arg-type]
    # Then it is deleted, the hand-off is closed, and nothing is written
    assert (gone.deal.status, gone.links["crm"].gone) == (DealStatus.DELETED, True)
    assert handoff(gone).status is HandoffStatus.RETURNED
    assert (kinds(gone), gone.writes) == (["gone"], ())
    # And nothing more is said about it
    case = replace(carry_out(case, gone), records={"crm": Missing(Ref("crm", "1"), reason)})  # type: ignore[arg-type]
    again = decide(case, RULES)
    assert (again.entries, again.handoffs, again.deal) == ((), (), gone.deal)


@pytest.mark.parametrize("stage", ["meeting", "lost", "old"])
def test_a_restored_deal_stands_where_it_stands_now(stage: str) -> None:
    # Given a deal with a long way behind it, made by others, which was deleted
    case = standing(RULES, "prospecting", OLENA, lost_reason="no budget")
    for to, by in (("qualification", OLENA), ("meeting", OLENA), ("negotiation", HANA), (stage, HANA)):
        case = settled(moved(case, to, by), RULES)
    before, record = case.deal, shown(case)
    case = settled(replace(case, records={"crm": Missing(record.ref, "deleted")}), RULES)
    assert case.deal.status is DealStatus.DELETED
    # When it comes back
    outcome = decide(replace(case, records={"crm": record}), RULES)
    # Then it stands where it stood, and nothing is said or written
    assert (outcome.deal.status, outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == (
        before.status,
        before.stage,
        before.section,
        before.owner,
    )
    assert (notes(outcome), tasks(outcome), outcome.handoffs) == ([], [], ())


# New rules


def test_new_rules_place_a_deal_anew_without_judging_it() -> None:
    case = asked(standing(RULES, budget=None), EventKind.CONFIG)
    case = replace(case, records={})
    new = house(("id: QUALIFICATION, is: qualification", "id: QUALIFICATION, is: meeting"))
    outcome = decide(case, new)
    assert (outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == ("meeting", "sales", OLENA)
    assert (kinds(outcome), outcome.handoffs, notes(outcome), tasks(outcome)) == (["placed"], (), [], [])
    assert changes(outcome) == {"write_back.section": "sales"}


def test_new_rules_that_change_nothing_for_a_deal_write_nothing() -> None:
    outcome = decide(replace(asked(standing(RULES), EventKind.CONFIG), records={}), RULES)
    assert (outcome.entries, outcome.writes) == ((), ())


def test_new_rules_park_a_deal_whose_stage_means_nothing_any_more() -> None:
    new = house(("id: QUALIFICATION, is: qualification", "id: QUALIFICATION, ignore: true"))
    outcome = decide(replace(asked(standing(RULES), EventKind.CONFIG), records={}), new)
    assert (outcome.deal.status, outcome.writes) == (DealStatus.IGNORED, ())


@pytest.mark.parametrize("seen_before", [True, False])
def test_a_parked_deal_is_placed_when_the_rules_learn_its_stage(seen_before: bool) -> None:
    case = moved(standing(RULES), "odd", OLENA) if seen_before else unseen(RULES, "odd")
    case = settled(case, RULES)
    new = house(("{crm: Old, id: OLD, ignore: true}", "{crm: Odd, id: ODD, is: prospecting}"))
    outcome = decide(replace(asked(case, EventKind.CONFIG), records={}), new)
    assert (outcome.deal.status, outcome.deal.stage, outcome.deal.owner) == (
        DealStatus.OPEN,
        "prospecting",
        OLENA,
    )
    assert (kinds(outcome), tasks(outcome)) == (["placed"], [])


def test_a_deal_that_was_put_back_long_ago_is_placed_anew_like_any_other() -> None:
    case = moved(standing(RULES, budget=None), "meeting", OLENA)
    case = settled(case, RULES)
    assert shown(case).values["stage"] == at("qualification")
    new = house(("id: QUALIFICATION, is: qualification", "id: QUALIFICATION, is: prospecting"))
    outcome = decide(replace(asked(case, EventKind.CONFIG), records={}), new)
    assert outcome.deal.stage == "prospecting"
    assert "stage" not in changes(outcome), "no card is moved because its stage is called otherwise"


def test_new_rules_do_not_accept_a_move_that_is_just_being_put_back() -> None:
    case = asked(moved(standing(RULES, budget=None), "meeting", OLENA), EventKind.CONFIG)
    outcome = decide(case, RULES)
    assert (outcome.deal.stage, changes(outcome)["stage"]) == ("qualification", at("qualification"))


def test_a_section_that_was_renamed_takes_its_deals_along() -> None:
    new = house(
        ("  leads:\n    roles", "  first_steps:\n    title: Leads\n    roles"),
        ("from: leads", "from: first_steps"),
    )
    outcome = decide(moved(standing(RULES), "meeting", OLENA), new)
    assert (outcome.deal.section, handoff(outcome).from_section) == ("sales", "first_steps")
    assert bodies(outcome, CreateTask) != []
    assert open_handoffs(carry_out(standing(RULES), outcome)) != []


@pytest.mark.parametrize(("written", "placed"), [("stage", "qualification"), ("budget", "meeting")])
def test_new_rules_wait_only_for_a_stage_that_is_on_its_way(written: str, placed: str) -> None:
    case = asked(standing(RULES), EventKind.CONFIG)
    update = UpdateDeal({written: None}, {written: at("qualification")})
    write = OpenWrite(7, Write("key", "d1", "crm", "1", update), WriteState.PENDING)
    new = house(("id: QUALIFICATION, is: qualification", "id: QUALIFICATION, is: meeting"))
    assert decide(replace(case, records={}, writes=(write,)), new).deal.stage == placed
