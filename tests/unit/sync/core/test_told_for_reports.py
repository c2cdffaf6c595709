"""What the lines of the ledger hold so that reports can be counted from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mapping.model import EventKind, Missing, Ref, Values
from mapping.ruleset import Ruleset
from sync.core.case import Case, Outcome
from sync.core.decide import decide

from .building import HANA, MARIA, OLENA, OMAR, PETAR, asked, edited, given_to, moved, standing, unseen
from .carrying import carry_out, settled
from .line import house
from .reading import kinds

RULES = house()
SILENT = house(("meeting: {}", "meeting: {follow_up_after: 2d}"))
MONEY = {"amount": "5000", "currency": "EUR", "connection": "crm"}


def told(outcome: Outcome, kind: str) -> Values:
    """What the one line of this kind holds."""
    [entry] = [each for each in outcome.entries if each.kind == kind]
    return entry.data


def touched(case: Case, rules: Ruleset = RULES) -> Case:
    """Olena edits a field, and it is looked at."""
    return settled(edited(case, OLENA, budget=f"{case.now:%M}000"), rules)


def test_a_move_tells_where_from_and_to_whose_it_was_and_what_it_is_worth() -> None:
    data = told(decide(moved(standing(RULES), "meeting", OLENA), RULES), "moved")
    assert data == {
        "from": "qualification",
        "to": "meeting",
        "from_status": "open",
        "touches": 1,
        "section": "sales",
        "owner": OLENA,
        **MONEY,
    }


def test_a_move_tells_how_often_somebody_touched_the_deal_on_the_stage_it_left() -> None:
    case = touched(touched(standing(RULES, "prospecting")))
    first = decide(moved(case, "qualification", OLENA), RULES)
    assert (told(first, "moved")["touches"], first.deal.touches) == (3, 0)
    second = decide(moved(settled(moved(case, "qualification", OLENA), RULES), "meeting", OLENA), RULES)
    assert told(second, "moved")["touches"] == 1


def test_what_we_write_ourselves_is_no_touch() -> None:
    handed = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    assert settled(handed, RULES).deal.touches == 0


def test_a_new_deal_tells_where_it_was_placed() -> None:
    data = told(decide(unseen(RULES, "prospecting"), RULES), "placed")
    assert data == {"to": "prospecting", "section": "leads", "owner": OLENA, **MONEY}


def test_a_hand_off_tells_its_receiver_and_a_return_the_way_back() -> None:
    offered = decide(moved(standing(RULES), "meeting", OLENA), RULES)
    assert told(offered, "handoff_offered")["owner"] == PETAR
    case = carry_out(moved(standing(RULES), "meeting", OLENA), offered)
    data = told(
        decide(asked(case, EventKind.MANUAL, action="return", reason="not ready"), RULES), "handoff_returned"
    )
    [handoff] = case.handoffs
    assert data == {
        "handoff": handoff.id,
        "owner": OLENA,
        "from": "meeting",
        "to": "qualification",
        "section": "leads",
    }


def test_a_return_that_is_a_move_leaves_the_way_back_to_the_move() -> None:
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    outcome = decide(moved(case, "qualification", PETAR), RULES)
    assert kinds(outcome) == ["moved", "handoff_returned"]
    assert (told(outcome, "moved")["to"], "to" in told(outcome, "handoff_returned")) == (
        "qualification",
        False,
    )


def test_an_exception_tells_its_rule() -> None:
    outcome = decide(moved(standing(RULES, budget=None, source="referral"), "meeting", OLENA), RULES)
    assert told(outcome, "exception") == {"rule": "Scout to hunter"}


def test_a_new_owner_is_told() -> None:
    assert told(decide(given_to(standing(RULES), OMAR, OLENA), RULES), "owner_changed") == {"owner": OMAR}


def test_a_deal_that_winning_opens_is_told_with_the_hand_off() -> None:
    rules = house(("is: onboarding, write_back: false", "is: onboarding"))
    outcome = decide(moved(standing(rules, "negotiation", PETAR), "won", PETAR), rules)
    [opening] = outcome.openings
    data = told(outcome, "handoff_offered")
    assert (data["opened"], data["to"], data["section"], data["owner"]) == (
        opening.deal.id,
        "onboarding",
        "care",
        MARIA,
    )
    assert told(outcome, "moved")["owner"] == PETAR


def test_a_record_that_is_gone_tells_in_which_connection() -> None:
    case = standing(RULES)
    gone = replace(case, records={"crm": Missing(Ref("crm", "1"), "deleted")})
    assert told(decide(gone, RULES), "gone") == {"connection": "crm"}


def waited(case: Case, days: int) -> Case:
    return replace(case, now=case.now + timedelta(days=days))


def test_a_silence_is_told_once_and_so_is_who_ends_it() -> None:
    # Given a deal in the hands of its owner, that nobody touches for more than two working days
    case = settled(edited(standing(SILENT, "meeting", HANA), HANA, budget="7000"), SILENT)
    # When it is looked at again and again
    first = decide(silent := waited(case, 5), SILENT)
    again = decide(carry_out(silent, first), SILENT)
    # Then it is told once, with whose it is
    assert (kinds(first), kinds(again)) == (["follow_up"], [])
    assert told(first, "follow_up")["owner"] == HANA
    # And when the owner works on it, that is told
    answered = decide(edited(carry_out(silent, first), HANA, budget="8000"), SILENT)
    assert kinds(answered) == ["followed_up"]


def test_a_move_after_a_silence_speaks_for_itself() -> None:
    case = settled(edited(standing(SILENT, "meeting", HANA), HANA, budget="7000"), SILENT)
    silent = settled(waited(case, 5), SILENT)
    assert kinds(decide(moved(silent, "proposal", HANA), SILENT)) == ["moved"]


def test_where_the_rules_only_observe_no_silence_is_told() -> None:
    rules = house(("meeting: {}", "meeting: {follow_up_after: 2d}"), ("mode: enforce", "mode: observe"))
    case = settled(edited(standing(rules, "meeting", HANA), HANA, budget="7000"), rules)
    assert kinds(decide(waited(case, 5), rules)) == []
