"""Each move of the past is judged from where the deal truly was, by what was known, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Actor, ActorKind, Deal, Link, Ref, StageMove, Value
from mapping.ruleset import Ruleset
from sync.core.directory import Account, build
from sync.replay.grouping import Group
from sync.replay.known import Known
from sync.replay.verdict import Verdict
from sync.replay.walk import Walk, fields_asked

from ..core.building import COMPLETE, OLENA, PETAR, account, at, person
from ..core.line import house

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REF = Ref("crm", "1")
OURS = Actor(ActorKind.OURS)


def moment(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def known(edited: dict[str, datetime] | None = None, **fields: Value) -> Known:
    """A deal that was met before its moves, complete but for `fields`; without any, nothing is known of it."""
    values = {**COMPLETE, **fields}
    deal = Deal("d1", "d1", "crm", fields=values, created_at=START, edited_at=edited or {})
    return Known(REF, deal, Link("crm", "1", "d1"), met_at=START)


def walked(of: Known, *moves: tuple[str, Actor | str], rules: Ruleset | None = None) -> list[Verdict]:
    """The verdicts on these moves, a minute each; the first one makes the deal."""
    rules = rules or house()
    people = build("crm", [Account(account(e) or "", e, e, True) for e in rules.team], rules)
    parts: list[Group | StageMove] = []
    for minute, (stage, by) in enumerate(moves):
        actor = person(by) if isinstance(by, str) else by
        move = StageMove(moment(minute), at(stage), actor)
        parts.append(move if actor is OURS else Group((move,), move.at))
    walk = Walk(of, rules, {"crm": people}, fields_asked(rules))
    return list(walk.verdicts(parts, START - timedelta(days=1)))


def became(verdicts: list[Verdict]) -> list[str]:
    return [verdict.became for verdict in verdicts]


def test_a_deal_goes_the_way_that_it_went() -> None:
    way = [("prospecting", OLENA), ("qualification", OLENA), ("meeting", OLENA), ("proposal", PETAR)]
    assert became(walked(known(), *way)) == ["stayed", "moved", "handed_off", "moved"]


def test_what_would_have_been_put_back_is_not_played_on() -> None:
    # A scout moves on a deal of the hunters, and nobody puts it back: it truly was in proposal then
    verdicts = walked(known(), ("meeting", PETAR), ("proposal", OLENA), ("negotiation", PETAR))
    assert became(verdicts) == ["stayed", "returned", "moved"]
    assert verdicts[2].from_stage == "proposal"


def test_our_own_way_back_is_where_the_next_move_begins() -> None:
    way: list[tuple[str, Actor | str]]
    way = [("qualification", OLENA), ("meeting", OLENA), ("qualification", OURS), ("meeting", OLENA)]
    verdicts = walked(known(budget=None), *way)
    assert became(verdicts) == ["stayed", "returned", "returned"]
    assert verdicts[2].from_stage == "qualification"


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ({}, "handed_off"),
        ({"budget": 9}, "unclear"),
        ({"title": 9}, "handed_off"),
        ({"source": 9}, "handed_off"),
    ],
)
def test_only_what_a_verdict_hangs_on_makes_it_unclear(edited: dict[str, float], expected: str) -> None:
    at_minute = {name: moment(minute) for name, minute in edited.items()}
    verdicts = walked(known(at_minute), ("qualification", OLENA), ("meeting", OLENA))
    assert verdicts[1].became == expected
    assert verdicts[1].missing == (("budget",) if expected == "unclear" else ())


def test_what_breaks_a_rule_whatever_it_held_is_judged() -> None:
    deal = known({"budget": moment(9)}, decision_maker=None)
    assert became(walked(deal, ("qualification", OLENA), ("meeting", OLENA))) == ["stayed", "returned"]
    # but not where an exception may have let it through
    maybe_excused = known({"source": moment(9)}, decision_maker=None)
    [_, verdict] = walked(maybe_excused, ("qualification", OLENA), ("meeting", OLENA))
    assert (verdict.became, verdict.missing) == ("unclear", ("source",))


def test_the_owner_of_then_is_not_known_either() -> None:
    asks = house(("proposal: {requires: [amount]}", "proposal: {requires: [owner]}"))
    [_, verdict] = walked(known(), ("meeting", PETAR), ("proposal", PETAR), rules=asks)
    assert (verdict.became, verdict.missing) == ("unclear", ("owner",))


def test_whether_required_tasks_were_done_is_not_known() -> None:
    asks = house(
        ("proposal: {requires: [amount]}", 'proposal: {playbook: [{task: "Call", due: 1d, required: true}]}')
    )
    way = [("meeting", PETAR), ("proposal", PETAR), ("negotiation", PETAR)]
    verdicts = walked(known(), *way, rules=asks)
    assert became(verdicts) == ["stayed", "moved", "unclear"]
    assert verdicts[2].missing == ("whether its tasks were done",)


def test_where_a_deal_came_from_must_be_known() -> None:
    stranger = replace(known(), deal=None)
    verdicts = walked(stranger, ("meeting", PETAR), ("proposal", OLENA))
    assert became(verdicts) == ["unclear", "returned"]
    assert verdicts[0].missing == ("where it came from",)
