"""Which way a deal went: by the history of the CRM, else by complete hints, else in one jump."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import (
    UNKNOWN_ACTOR,
    Actor,
    ActorKind,
    Aspect,
    Event,
    EventKind,
    StageMove,
)
from sync.core.case import Case
from sync.core.decide import decide

from .building import (
    CREATED,
    HANA,
    OLENA,
    PETAR,
    at,
    edited,
    moved,
    person,
    shown,
    standing,
)
from .carrying import settled
from .line import house
from .reading import changes, kinds, notes

RULES = house()


# Which way it went


def test_two_quick_moves_are_judged_one_by_one_by_the_history_of_the_crm() -> None:
    # Given a scout who moves a deal on, and a hunter who goes on with it before anybody looked
    case = moved(moved(standing(RULES), "meeting", OLENA), "negotiation", PETAR)
    outcome = decide(case, RULES)
    # Then each move was theirs to make, and the hunter has accepted the deal by going on with it
    assert (outcome.deal.stage, outcome.deal.owner) == ("negotiation", PETAR)
    assert kinds(outcome) == ["moved", "handoff_offered", "handoff_accepted", "moved"]


def test_the_first_of_two_quick_moves_that_does_not_stand_ends_the_way() -> None:
    case = moved(moved(standing(RULES, budget=None), "meeting", OLENA), "negotiation", PETAR)
    outcome = decide(case, RULES)
    assert (outcome.deal.stage, changes(outcome)) == ("qualification", {"stage": at("qualification")})
    assert outcome.handoffs == ()


def test_our_own_moves_in_the_history_are_not_judged() -> None:
    case = settled(moved(standing(RULES, budget=None), "meeting", OLENA), RULES)
    assert [move.actor.kind for move in shown(case).moves][-1] is ActorKind.OURS
    outcome = decide(moved(edited(case, OLENA, budget="3000"), "meeting", OLENA), RULES)
    assert (outcome.deal.stage, kinds(outcome)) == ("meeting", ["moved", "handoff_offered"])


def _without_history(case: Case) -> Case:
    record = replace(shown(case), moves=(), known=frozenset({Aspect.PEOPLE, Aspect.TASKS}))
    return replace(case, records={"crm": record})


def test_without_history_the_hints_of_webhooks_tell_the_way_within_a_section() -> None:
    case = moved(moved(standing(RULES, "meeting", PETAR), "negotiation", HANA), "proposal", PETAR)
    outcome = decide(_without_history(case), RULES)
    assert [(e.kind, e.actor) for e in outcome.entries] == [("moved", HANA), ("moved", PETAR)]


def test_hints_may_come_in_any_order() -> None:
    case = moved(moved(standing(RULES, "meeting", PETAR), "negotiation", OLENA), "proposal", PETAR)
    case = _without_history(case)
    assert decide(replace(case, events=case.events[::-1]), RULES) == decide(case, RULES)


@pytest.mark.parametrize(
    ("to", "by", "why"),
    [
        ("meeting", OLENA, "it crosses a boundary"),
        ("prospecting", UNKNOWN_ACTOR, "nobody says who it was"),
    ],
)
def test_where_hints_are_not_enough_the_history_is_asked_for(to: str, by: str | Actor, why: str) -> None:
    outcome = decide(_without_history(moved(standing(RULES), to, by)), RULES)
    assert Aspect.HISTORY in outcome.needs.aspects, why
    assert (outcome.writes, outcome.entries, outcome.deal) == ((), (), standing(RULES).deal)


def test_hints_that_do_not_end_where_the_deal_stands_are_not_enough() -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR)
    case = replace(_without_history(case), events=_without_history(moved(case, "proposal", PETAR)).events)
    assert Aspect.HISTORY in decide(case, RULES).needs.aspects


def test_where_a_crm_keeps_no_history_two_quick_moves_are_one() -> None:
    case = moved(moved(standing(RULES), "meeting", OLENA), "negotiation", PETAR)
    case = replace(case, records={"crm": replace(shown(case), moves=())})
    outcome = decide(case, RULES)
    assert kinds(outcome) == ["returned_by_rule"], "Petar may not move a deal out of the scouts' section"


def test_a_history_that_lags_behind_the_record_is_completed_by_the_record() -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR)
    case = replace(case, records={"crm": replace(shown(case), moves=shown(case).moves[:-1])})
    assert kinds(decide(case, RULES)) == ["moved"]


@pytest.mark.parametrize("judged_before", [True, False])
def test_old_history_is_not_judged_again_when_it_lags_behind(judged_before: bool) -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR)
    record, link = shown(case), case.links["crm"]
    old = (StageMove(CREATED, at("onboarding"), person(PETAR)),)
    case = replace(
        case,
        records={"crm": replace(record, moves=(*old, *record.moves[:-1]))},
        links={"crm": link if judged_before else replace(link, stage_at=None)},
    )
    assert kinds(decide(case, RULES)) == ["moved"]


def test_a_wrong_move_that_its_maker_took_back_at_once_is_only_entered() -> None:
    case = moved(moved(standing(RULES, budget=None), "meeting", OLENA), "prospecting", OLENA)
    outcome = decide(case, RULES)
    assert (outcome.deal.stage, changes(outcome), notes(outcome)) == ("prospecting", {}, [])
    assert kinds(outcome) == ["undone", "moved"]


def test_a_move_that_only_a_poll_noticed_asks_for_the_history() -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR)
    case = replace(_without_history(case), events=(Event(1, EventKind.POLL, "crm", "1"),))
    assert decide(case, RULES).needs.aspects == {Aspect.HISTORY}


def test_what_was_judged_is_remembered_by_its_time() -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR)
    assert decide(case, RULES).links["crm"].stage_at == case.now


def test_of_a_history_that_lost_the_base_only_later_moves_are_judged() -> None:
    case = moved(standing(RULES, "meeting", PETAR), "negotiation", PETAR)
    judged = StageMove(CREATED, at("prospecting"), person(PETAR))  # at the very time that is remembered
    case = replace(case, records={"crm": replace(shown(case), moves=(judged, *shown(case).moves[1:]))})
    assert kinds(decide(case, RULES)) == ["moved"]
