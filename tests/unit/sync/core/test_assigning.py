"""Who receives over many hand-offs: nobody is forgotten, nobody is buried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mapping.ruleset import Ruleset
from sync.core.case import Turn
from sync.core.decide import decide

from .building import (
    HANA,
    OLENA,
    PETAR,
    later,
    moved,
    standing,
)
from .histories import quick
from .line import house

HUNTERS = (PETAR, HANA)
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
    taken = Turn(before.open_deals + 1, before.taken + 1, case.now)
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
