"""What new rules move is noted with what was there before, and a rollback goes back where nobody went on with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from mapping.model import DealStatus, Event, EventKind, Handoff, HandoffStatus
from mapping.ruleset import Ruleset
from sync.core import undo
from sync.core.case import Case, Outcome
from sync.core.decide import decide

from .building import HANA, IVAN, NOW, OLENA, PETAR, given_to, nobody_with_an_account, standing
from .line import house

RULES = house()
CONFIG = Event(1, EventKind.CONFIG, data={"ruleset": RULES.hash, "version": "7"})
WAITS = Handoff(
    id="h1",
    deal_id="d1",
    rule=RULES.conveyor.handoffs[0].name,
    file="conveyor.yaml",
    line=1,
    from_section="leads",
    to_section="sales",
    from_stage="qualification",
    from_member=OLENA,
    to_member=None,
    status=HandoffStatus.WAITING,
    offered_at=NOW,
)


def given_out() -> tuple[Case, Outcome]:
    """A deal that waited in the queue, and that goes to a hunter because version 7 came into force."""
    case = replace(standing(RULES, "meeting", OLENA), records={}, events=(CONFIG,), handoffs=(WAITS,))
    return case, decide(case, RULES)


def noted(outcome: Outcome) -> undo.Moved:
    [entry] = [entry for entry in outcome.entries if entry.kind == undo.NOTED]
    return entry.data


def after(case: Case, outcome: Outcome, *events: Event) -> Case:
    """The deal when all that was written is carried out, and nobody could receive it any more."""
    written = {name: value for w in outcome.writes for name, value in getattr(w.body, "changes", {}).items()}
    links = {
        name: replace(link, seen={**link.seen, **written}, sent={**link.sent, **written})
        for name, link in outcome.links.items()
    }
    handoffs = {h.id: h for h in (*case.handoffs, *outcome.handoffs)}
    carried_out = replace(
        case, deal=outcome.deal, links=links, handoffs=tuple(handoffs.values()), events=events
    )
    return nobody_with_an_account(carried_out)


def asks(moved: undo.Moved, under: Ruleset = RULES) -> Event:
    data = {"action": "undo", "rules": under.hash, "move": json.dumps(dict(moved))}
    return Event(2, EventKind.MANUAL, data=data)


def kinds(outcome: Outcome) -> list[str]:
    return [entry.kind for entry in outcome.entries]


def test_what_new_rules_move_is_noted_with_what_was_there_before() -> None:
    _, outcome = given_out()
    to = outcome.deal.owner
    moved = noted(outcome)
    assert (moved["version"], moved["owner"]) == ("7", [OLENA, to])
    assert (moved["handoff"], moved["receiver"]) == ("h1", ["", to])
    assert moved["status"] == [HandoffStatus.WAITING, HandoffStatus.PENDING]
    assert "stage" not in moved


def test_nothing_is_noted_where_the_rules_move_nothing() -> None:
    case = replace(standing(RULES, "meeting", PETAR), records={}, events=(CONFIG,))
    assert undo.NOTED not in kinds(decide(case, RULES))


def test_what_comes_of_a_persons_move_is_not_the_rules_own() -> None:
    by_hand = given_to(standing(RULES, "meeting", OLENA), HANA, IVAN)
    outcome = decide(replace(by_hand, events=(*by_hand.events, CONFIG), handoffs=(WAITS,)), RULES)
    assert outcome.deal.owner == HANA
    assert undo.NOTED not in kinds(outcome)


def test_it_goes_back_and_a_second_time_nothing_is_left_to_do() -> None:
    case, outcome = given_out()
    event = asks(noted(outcome))
    back = decide(after(case, outcome, event), RULES)
    assert back.deal.owner == OLENA
    assert kinds(back)[0] == undo.UNDONE
    [handoff] = back.handoffs
    assert (handoff.status, handoff.to_member, handoff.due_at) == (HandoffStatus.WAITING, None, None)
    again = decide(after(after(case, outcome), back, event), RULES)
    assert not {undo.UNDONE, undo.LEFT} & set(kinds(again))


Since = Callable[[Case], Case]


def moved_on(case: Case) -> Case:
    return replace(case, deal=replace(case.deal, stage="proposal", visit="another"))


def given_to_ivan(case: Case) -> Case:
    return replace(case, deal=replace(case.deal, owner=IVAN))


def accepted(case: Case) -> Case:
    [handoff] = case.handoffs
    return replace(case, handoffs=(replace(handoff, status=HandoffStatus.ACCEPTED, closed_at=NOW),))


def deleted(case: Case) -> Case:
    return replace(case, deal=replace(case.deal, status=DealStatus.DELETED))


@pytest.mark.parametrize(
    ("since", "why"),
    [
        (moved_on, "it was moved since"),
        (given_to_ivan, "it has another owner now"),
        (accepted, "its hand-off went on since"),
        (deleted, "it was deleted"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_whoever_went_on_with_it_wins(since: Since, why: str) -> None:
    case, outcome = given_out()
    now = since(after(case, outcome, asks(noted(outcome))))
    left = decide(now, RULES)
    [entry] = [entry for entry in left.entries if entry.kind == undo.LEFT]
    assert entry.data["why"] == why
    assert left.deal.owner == now.deal.owner


def test_under_other_rules_than_those_it_was_asked_with_nothing_is_undone() -> None:
    case, outcome = given_out()
    event = asks(noted(outcome), replace(RULES, hash="others"))
    assert kinds(decide(after(case, outcome, event), RULES)) == [undo.LEFT]


def test_moves_that_follow_on_one_another_are_undone_as_one() -> None:
    first: undo.Moved = {"version": "2", "owner": [OLENA, PETAR], "visit": ["", ""]}
    second: undo.Moved = {"version": "3", "owner": [PETAR, IVAN], "visit": ["", ""]}
    assert undo.chained([first, second])["owner"] == [OLENA, IVAN]
    by_hand_between: undo.Moved = {"version": "3", "owner": [OLENA, IVAN], "visit": ["", ""]}
    assert undo.chained([first, by_hand_between])["owner"] == [OLENA, IVAN]
    assert undo.chained([first, by_hand_between])["version"] == "3"
