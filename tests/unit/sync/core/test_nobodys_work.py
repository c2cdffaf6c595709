"""A deal in a section where its owner holds no role: people are asked until somebody there has it."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import CloseTask
from sync.core.case import Case
from sync.core.decide import decide

from .building import HANA, HUGO, IVAN, OLENA, PETAR, SAM, account, given_to, moved, standing
from .carrying import settled
from .line import house, two_houses
from .reading import bodies, changes, kinds, tasks

RULES = house()
BACK = (
    "{crm: Meeting, id: MEETING, is: meeting}",
    "{crm: Meeting, id: MEETING, is: meeting}\n      - {crm: Back, id: BACK, is: qualified}",
)
HEAD = ("  hunter: {title: Hunter}", "  hunter: {title: Hunter}\n  head: {title: Head, may_move: anywhere}")
HEDY = "  - {name: Hugo, email: hugo@acme.example, roles: [hunter]}"
OVER_TWO = two_houses(BACK, HEAD, (HEDY, f"{HEDY}\n  - {{name: Ivan, email: {IVAN}, roles: [head]}}"))


def worn_out(case: Case) -> Case:
    """The conveyor moved this deal as often as it may."""
    return replace(case, deal=replace(case.deal, moved_at=(case.now,) * 3))


def received_by_nobody() -> Case:
    """A deal that crossed into sales while the loop breaker held: a scout still has it."""
    case = settled(moved(worn_out(standing(RULES)), "meeting", OLENA), RULES)
    assert (case.deal.section, case.deal.owner, case.deal.correction is not None) == ("sales", OLENA, True)
    return case


def in_the_south(case: Case) -> Case:
    """A deal that went from north to south while the loop breaker held: no hand-off knows of it."""
    case = settled(settled(moved(worn_out(case), "door", SAM, "NORTH"), OVER_TWO), OVER_TWO)
    assert (case.deal.home, case.handoffs) == ("south", ())
    return case


def test_moving_it_on_does_not_settle_that_nobody_received_it() -> None:
    before = received_by_nobody()
    outcome = decide(moved(before, "negotiation", PETAR), RULES)
    assert (outcome.deal.stage, outcome.deal.owner) == ("negotiation", OLENA)
    before_it, after_it = before.deal.correction, outcome.deal.correction
    assert before_it is not None
    assert after_it == replace(before_it, kind="owner"), "the same task; the fight itself is over"
    assert bodies(outcome, CloseTask) == []


def test_it_is_settled_once_somebody_of_the_section_has_it() -> None:
    case = settled(given_to(received_by_nobody(), HANA, by=PETAR), RULES)
    assert (case.deal.owner, case.deal.correction) == (HANA, None)


def test_whoever_takes_it_and_moves_it_on_at_once_settles_it_too() -> None:
    outcome = decide(moved(received_by_nobody(), "negotiation", PETAR, owner=account(PETAR)), RULES)
    assert (outcome.deal.owner, outcome.deal.correction) == (PETAR, None)


def test_whoever_takes_a_deal_back_where_nobody_had_it_is_asked_to_give_it_to_somebody() -> None:
    outcome = decide(moved(standing(RULES, "meeting", PETAR), "qualification", PETAR), RULES)
    assert (outcome.deal.section, outcome.deal.owner) == ("leads", PETAR)
    assert kinds(outcome) == ["moved", "violation_enforce"]
    [task] = tasks(outcome)
    assert (task.owner, task.body) == (
        account(PETAR),
        "Please put this right: Petar D. is not Lead hunter, the role that owns deals here.",
    )


def test_it_stays_asked_while_the_deal_moves_on_there() -> None:
    case = settled(moved(standing(RULES, "meeting", PETAR), "qualification", PETAR), RULES)
    assert decide(moved(case, "prospecting", OLENA), RULES).deal.correction == case.deal.correction
    assert settled(given_to(case, OLENA, by=OLENA), RULES).deal.correction is None


def test_head_who_moves_it_back_and_gives_it_to_somebody_there_is_asked_nothing() -> None:
    case = standing(RULES, "meeting", PETAR)
    outcome = decide(moved(case, "qualification", IVAN, owner=account(OLENA)), RULES)
    assert (outcome.deal.owner, outcome.deal.correction) == (OLENA, None)


def test_a_deal_that_comes_back_to_another_crm_belongs_to_whom_that_crm_shows() -> None:
    case = settled(given_to(in_the_south(standing(OVER_TWO, "qualified", SAM)), HUGO, by=HUGO), OVER_TWO)
    outcome = decide(moved(case, "back", HUGO, "SOUTH"), OVER_TWO)
    assert (outcome.deal.home, outcome.deal.owner) == ("north", SAM)
    assert "owner" not in changes(outcome, "north")


def test_an_owner_given_to_the_record_that_the_deal_leaves_is_no_matter() -> None:
    case = settled(
        settled(moved(standing(OVER_TWO, "qualified", SAM), "door", SAM, "NORTH"), OVER_TWO), OVER_TWO
    )
    case = replace(case, handoffs=())  # withdrawn long ago
    outcome = decide(moved(case, "back", IVAN, "SOUTH", owner=account(HUGO)), OVER_TWO)
    outcome = decide(moved(given_to(case, None, by=IVAN), "back", IVAN, "SOUTH"), OVER_TWO)
    assert (outcome.deal.home, outcome.deal.owner) == ("north", SAM)


def test_a_wrong_move_in_between_that_is_put_back_settles_nothing() -> None:
    before = settled(moved(standing(RULES, "meeting", PETAR), "qualification", PETAR), RULES)
    asked = before.deal.correction
    outcome = decide(moved(before, "prospecting", PETAR), RULES)
    assert (outcome.deal.stage, kinds(outcome)) == ("qualification", ["returned_by_rule"])
    assert bodies(outcome, CloseTask) == [], "they are asked all the time"
    case = settled(moved(before, "prospecting", PETAR), RULES)
    assert decide(moved(case, "prospecting", OLENA), RULES).deal.correction == asked


def test_who_takes_it_while_a_wrong_move_is_put_back_is_asked_no_more() -> None:
    case = settled(moved(standing(RULES, "meeting", PETAR), "qualification", PETAR), RULES)
    case = settled(moved(case, "prospecting", PETAR), RULES)
    outcome = decide(given_to(case, OLENA, by=OLENA), RULES)
    assert outcome.deal.owner == OLENA
    assert len(bodies(outcome, CloseTask)) == 1
    assert decide(moved(case, "prospecting", OLENA, owner=account(OLENA)), RULES).deal.correction is None
