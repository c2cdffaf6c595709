"""With any one guard of the whole line taken out, its simulation fails: so it does test them."""

from __future__ import annotations

import pytest

from .simulation.line_mutations import MUTATIONS
from .simulation.removing import first_that_fails
from .test_whole_line import run

MOST_HISTORIES = 80

FIRST_TRIED: dict[str, int] = {
    "a_missed_deadline_does_not_begin_anew": 0,
    "a_silence_is_told_again_and_again": 0,
    "anybody_may_own_a_deal": 7,
    "creates_do_not_look_up_their_key": 7,
    "deadlines_stay_as_they_were": 0,
    "deleted_deals_go_on_waiting": 2,
    "fields_of_twins_are_left_alone": 5,
    "late_steps_are_not_counted": 0,
    "new_rules_do_not_move_the_clock": 0,
    "next_deals_begin_a_journey_of_their_own": 1,
    "no_intent_is_written": 47,
    "strays_are_not_adopted_when_seen": 30,
    "tasks_are_not_read_back": 30,
    "tasks_stay_when_their_reason_is_gone": 1,
    "the_breaker_never_trips": 2,
    "timers_add_up": 0,
    "timers_are_not_kept": 0,
    "twins_are_put_back_in_silence": 27,
    "twins_do_not_follow": 0,
    "what_was_opened_is_opened_again": 1,
    "writes_do_not_mind_unseen_changes": 1,
}
"""A history that showed it before: saves time, and is only a place to begin when the engine changes."""


def test_every_guard_is_taken_out() -> None:
    assert FIRST_TRIED.keys() == MUTATIONS.keys()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_the_simulation_notices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    seed = first_that_fails(run, FIRST_TRIED[name], MOST_HISTORIES)
    assert seed is not None, f"{MOST_HISTORIES} histories came to rest although {name}"
