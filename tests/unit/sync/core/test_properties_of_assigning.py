"""Who receives, whatever the team is like: spread, weights, room and absences over many hand-offs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.model import HandoffStatus
from mapping.ruleset import Away, Ruleset
from sync.core.case import Turn
from sync.core.decide import decide

from .building import OLENA, later, moved, standing
from .histories import quick
from .line import house
from .reading import handoff

ZOE = (
    "  - {name: Maria S.",
    "  - {name: Zoe Z., email: zoe@acme.example, roles: [hunter]}\n  - {name: Maria S.",
)
NAMES = ("petar@acme.example", "hana@acme.example", "zoe@acme.example")
METHODS = ("least_loaded", "round_robin", "weighted")


@dataclass(frozen=True)
class Hunter:
    """How somebody of the team stands."""

    weight: int = 1
    room: int | None = None
    is_away: bool = False
    load: int = 0


hunters = st.builds(
    Hunter,
    weight=st.integers(1, 4),
    room=st.sampled_from([None, None, 0, 1, 3]),
    is_away=st.sampled_from([False, False, True]),
    load=st.integers(0, 3),
)
teams = st.tuples(hunters, hunters, hunters)


@cache
def rules_for(method: str, team: tuple[Hunter, ...]) -> Ruleset:
    """The line with this team of hunters."""
    rules = house(ZOE, ("by: least_loaded", f"by: {method}"))
    away = (Away(date(2026, 3, 1), date(2026, 3, 30), None),)
    changed = {
        name: replace(
            rules.team[name], weight=who.weight, capacity=who.room, away=away if who.is_away else ()
        )
        for name, who in zip(NAMES, team, strict=True)
    }
    return replace(rules, team={**rules.team, **changed})


def received(method: str, team: tuple[Hunter, ...], deals: int) -> list[tuple[str | None, dict[str, Turn]]]:
    """Who received each of so many deals, and how everybody stood before."""
    rules = rules_for(method, team)
    pool = {name: Turn(who.load) for name, who in zip(NAMES, team, strict=True)}
    told: list[tuple[str | None, dict[str, Turn]]] = []
    for moment in range(deals):
        case = later(moved(standing(rules), "meeting", OLENA), moment)
        outcome = decide(replace(case, pools={"hunter": pool}), rules)
        told.append((handoff(outcome).to_member, dict(pool)))
        for turn in outcome.turns:
            before = pool[turn.member]
            assert before.taken == turn.taken_before
            pool[turn.member] = Turn(before.open_deals + 1, turn.taken_after, case.now)
        if handoff(outcome).status is HandoffStatus.WAITING:
            assert outcome.turns == ()
            assert outcome.look_again_at is not None
    return told


def can_take(who: Hunter, turn: Turn) -> bool:
    """In other words than the engine's."""
    return not who.is_away and (who.room is None or turn.open_deals < who.room)


@pytest.mark.parametrize("method", METHODS)
@quick(25)
@given(teams, st.integers(1, 8))
def test_only_who_is_there_and_has_room_receives_and_somebody_always_does(
    method: str, team: tuple[Hunter, ...], deals: int
) -> None:
    for receiver, pool in received(method, team, deals):
        free = [name for name, who in zip(NAMES, team, strict=True) if can_take(who, pool[name])]
        assert receiver in free if free else receiver is None


@quick(40)
@given(teams, st.integers(1, 8))
def test_least_loaded_goes_to_the_lowest_of_those_who_can(team: tuple[Hunter, ...], deals: int) -> None:
    for receiver, pool in received("least_loaded", team, deals):
        free = [
            pool[name].open_deals for name, who in zip(NAMES, team, strict=True) if can_take(who, pool[name])
        ]
        assert receiver is None or pool[receiver].open_deals == min(free)


@quick(20)
@given(st.tuples(*[st.builds(Hunter, load=st.integers(0, 2))] * 3), st.integers(9, 14))
def test_on_equal_terms_the_spread_is_at_most_one(team: tuple[Hunter, ...], deals: int) -> None:
    """However unequal they began: so many deals level out what two are."""
    *_, (_, pool) = received("least_loaded", team, deals)
    loads = [turn.open_deals for turn in pool.values()]
    assert max(loads) - min(loads) <= 1


@quick(15)
@given(st.tuples(*[st.builds(Hunter, weight=st.integers(1, 4))] * 3), st.integers(10, 30))
def test_weights_converge(team: tuple[Hunter, ...], deals: int) -> None:
    """Nobody gets less than their share, but for the part of a deal; and nobody two more than it."""
    counts = Counter(receiver for receiver, _ in received("weighted", team, deals))
    whole = sum(who.weight for who in team)
    for name, who in zip(NAMES, team, strict=True):
        share = deals * who.weight / whole
        assert floor(share) <= counts[name] <= share + 2
