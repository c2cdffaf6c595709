"""Who receives over many hand-offs: nobody is forgotten, nobody is buried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.model import HandoffStatus
from mapping.ruleset import Ruleset
from sync.core.case import Case, Outcome, Turn
from sync.core.decide import decide

from .building import (
    HANA,
    MARIA,
    OLENA,
    PETAR,
    later,
    moved,
    standing,
)
from .carrying import carry_out
from .histories import quick
from .line import house
from .reading import changes, handoff

ZOE = "zoe@acme.example"
THREE = (
    "  - {name: Maria S.",
    "  - {name: Zoe Z., email: zoe@acme.example, roles: [hunter]}\n  - {name: Maria S.",
)


def handed_over(rules: Ruleset, pools: Mapping[str, Turn], moment: int) -> tuple[str, dict[str, Turn]]:
    """Who received the next deal, and how everybody stands then."""
    case = later(moved(standing(rules), "meeting", OLENA), moment)
    outcome = decide(replace(case, pools={"hunter": pools}), rules)
    [turn] = outcome.turns
    before = pools.get(turn.member, Turn())
    assert before.taken == turn.taken_before
    taken = Turn(before.open_deals + 1, turn.taken_after, case.now)
    return turn.member, {**pools, turn.member: taken}


ticks = st.lists(st.integers(0, 1), min_size=1, max_size=12)
"""Whether the clock went on between two hand-offs: in a batch it may stand still."""


@quick(50)
@given(ticks)
def test_least_loaded_keeps_the_spread_at_one(steps: list[int]) -> None:
    rules, pools, moment = house(THREE), {m.email: Turn() for m in house(THREE).holders("hunter")}, 0
    for step in steps:
        moment += step
        _, pools = handed_over(rules, pools, moment)
        loads = [turn.open_deals for turn in pools.values()]
        assert max(loads) - min(loads) <= 1


@quick(50)
@given(st.lists(st.integers(0, 5), min_size=3, max_size=3), st.integers(1, 12))
def test_least_loaded_levels_out_whatever_it_started_from(loads: list[int], deals: int) -> None:
    rules = house(THREE)
    names = [member.email for member in rules.holders("hunter")]
    pools = {name: Turn(load) for name, load in zip(names, loads, strict=True)}
    for moment in range(deals):
        lowest = min(turn.open_deals for turn in pools.values())
        receiver, after = handed_over(rules, pools, moment)
        assert pools[receiver].open_deals == lowest
        pools = after


@quick(50)
@given(ticks)
def test_round_robin_visits_everybody_before_anybody_twice(steps: list[int]) -> None:
    rules = house(THREE, ("by: least_loaded", "by: round_robin"))
    pools: dict[str, Turn] = {}
    visits: Counter[str] = Counter({member.email: 0 for member in rules.holders("hunter")})
    moment = 0
    for step in steps:
        moment += step
        receiver, pools = handed_over(rules, pools, moment)
        assert visits[receiver] == min(visits.values())
        visits[receiver] += 1


WEIGHTED = ("by: least_loaded", "by: weighted")
PETAR_COUNTS_TWICE = ("petar@acme.example, roles: [hunter]", "petar@acme.example, roles: [hunter], weight: 2")


def test_weights_converge() -> None:
    rules, visits = house(THREE, WEIGHTED, PETAR_COUNTS_TWICE), Counter[str]()
    pools: dict[str, Turn] = {}
    for moment in range(40):
        receiver, pools = handed_over(rules, pools, moment)
        visits[receiver] += 1
    assert visits == {PETAR: 20, HANA: 10, ZOE: 10}


def test_who_joins_late_is_not_buried_under_what_they_missed() -> None:
    rules = house(THREE, WEIGHTED)
    pools = {PETAR: Turn(0, 100), HANA: Turn(0, 100)}
    visits: Counter[str] = Counter()
    for moment in range(9):
        receiver, pools = handed_over(rules, pools, moment)
        visits[receiver] += 1
    assert visits[ZOE] in (3, 4)
    assert pools[ZOE].taken >= 100


@pytest.mark.parametrize("method", ["least_loaded", "round_robin", "weighted"])
def test_nobody_receives_more_than_they_have_room_for(method: str) -> None:
    rules = house(ROOM_FOR_TWO, ("by: least_loaded", f"by: {method}"))
    outcome = decide(_with_loads(rules, {PETAR: 2, HANA: 9}), rules)
    assert handoff(outcome).to_member == HANA
    assert "Petar" not in str(changes(outcome))
    assert _why(outcome, PETAR) == "has 2 open deals, and room for 2"


def test_where_nobody_has_room_the_deal_waits_and_is_given_once_there_is() -> None:
    rules = house(
        ROOM_FOR_TWO,
        ("hana@acme.example, roles: [hunter]", "hana@acme.example, roles: [hunter], capacity: 0"),
    )
    case = _with_loads(rules, {PETAR: 2})
    outcome = decide(case, rules)
    assert handoff(outcome).status is HandoffStatus.WAITING
    assert handoff(outcome).reason == (
        "Petar D. has 2 open deals, and room for 2; Hana V. has 0 open deals, and room for 0"
    )
    waiting = carry_out(case, outcome)
    still = decide(later(replace(waiting, pools={"hunter": {PETAR: Turn(2)}}), 10), rules)
    assert still.handoffs == () and still.look_again_at is not None
    freed = decide(later(replace(waiting, pools={"hunter": {PETAR: Turn(1)}}), 10), rules)
    assert (handoff(freed).status, handoff(freed).to_member) == (HandoffStatus.PENDING, PETAR)


def test_who_is_away_receives_nothing() -> None:
    rules = house((AWAY_FROM, AWAY))
    outcome = decide(_with_loads(rules, {HANA: 5}), rules)
    assert handoff(outcome).to_member == HANA
    assert _why(outcome, PETAR) == "is away until 6 Mar 2026, Hana V. covers"


def test_an_absence_counts_both_days_on_the_lines_calendar() -> None:
    rules = house((AWAY_FROM, AWAY))
    for day, receiver in ((2, PETAR), (3, HANA), (6, HANA), (7, PETAR)):
        case = _with_loads(rules, {HANA: 5})
        outcome = decide(replace(case, now=datetime(2026, 3, day, 12, tzinfo=UTC)), rules)
        assert handoff(outcome).to_member == receiver, day
    evening = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # half past midnight in Sofia
    assert handoff(decide(replace(_with_loads(rules, {HANA: 5}), now=evening), rules)).to_member == HANA


ONE = ("by: least_loaded}", "by: person, person: petar@acme.example}")
ONE_OR = ("by: least_loaded}", "by: person, person: petar@acme.example, else: round_robin}")


def test_one_person_is_named() -> None:
    rules = house(ONE)
    outcome = decide(_with_loads(rules, {PETAR: 50}), rules)
    assert (handoff(outcome).to_member, handoff(outcome).reason) == (PETAR, "named by the rule")


def test_the_named_person_is_away_and_somebody_covers() -> None:
    rules = house(ONE, (AWAY_FROM, AWAY))
    outcome = decide(_with_loads(rules, {}), rules)
    assert handoff(outcome).to_member == HANA
    assert handoff(outcome).reason == "covers Petar D., who is away until 6 Mar 2026"


@pytest.mark.parametrize(("one", "status"), [(ONE, HandoffStatus.WAITING), (ONE_OR, HandoffStatus.PENDING)])
def test_the_named_person_has_no_room(one: tuple[str, str], status: HandoffStatus) -> None:
    rules = house(one, ROOM_FOR_TWO)
    outcome = decide(_with_loads(rules, {PETAR: 2}), rules)
    assert (handoff(outcome).status, handoff(outcome).to_member) == (
        status,
        HANA if status is HandoffStatus.PENDING else None,
    )


BEFORE = ("by: least_loaded}", "by: same_as_before, else: round_robin}")


def test_who_had_the_customer_before_receives_again() -> None:
    rules = house(BEFORE)
    case = _with_loads(rules, {HANA: 9})
    assert handoff(decide(case, rules)).to_member == PETAR, "nobody had them: the second way"
    before = replace(handoff(decide(case, rules)), id="h0", deal_id="d0", to_member=HANA)
    outcome = decide(replace(case, earlier=(before,)), rules)
    assert (handoff(outcome).to_member, handoff(outcome).reason) == (HANA, "same as before")


def test_the_latest_who_had_the_customer_counts_and_only_in_this_role() -> None:
    rules = house(BEFORE)
    case = _with_loads(rules, {})
    given = handoff(decide(case, rules))
    earlier = (
        replace(given, id="h0", to_member=HANA, offered_at=given.offered_at - timedelta(days=9)),
        replace(given, id="h1", to_member=PETAR, offered_at=given.offered_at - timedelta(days=30)),
        replace(given, id="h2", to_member=MARIA, offered_at=given.offered_at - timedelta(days=1)),
    )
    assert handoff(decide(replace(case, earlier=earlier), rules)).to_member == HANA


ROOM_FOR_TWO = ("petar@acme.example, roles: [hunter]", "petar@acme.example, roles: [hunter], capacity: 2")
AWAY_FROM = "petar@acme.example, roles: [hunter]"
AWAY = (
    "petar@acme.example, roles: [hunter], "
    "away: [{from: 2026-03-03, until: 2026-03-06, covered_by: hana@acme.example}]"
)


def _with_loads(rules: Ruleset, loads: Mapping[str, int]) -> Case:
    """A deal handed over, while people have so many open deals."""
    case = moved(standing(rules), "meeting", OLENA)
    return replace(case, pools={"hunter": {email: Turn(number) for email, number in loads.items()}})


def _why(outcome: Outcome, member: str) -> str:
    return next(c.why for c in handoff(outcome).candidates if c.member == member)
