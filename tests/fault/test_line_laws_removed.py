"""With any one guard of the whole line taken out, its simulation fails: so it does test them."""

from __future__ import annotations

import pytest

from .simulation.line_mutations import MUTATIONS
from .test_whole_line import run

MOST_HISTORIES = 80

FIRST_TRIED: dict[str, int] = {
    "a_missed_deadline_does_not_begin_anew": 4,
    "a_silence_is_told_again_and_again": 0,
    "anybody_may_own_a_deal": 0,
    "creates_do_not_look_up_their_key": 1,
    "deadlines_stay_as_they_were": 4,
    "deleted_deals_go_on_waiting": 10,
    "fields_of_twins_are_left_alone": 4,
    "late_steps_are_not_counted": 1,
    "lost_deals_go_on_waiting": 16,
    "new_rules_do_not_move_the_clock": 6,
    "next_deals_begin_a_journey_of_their_own": 1,
    "no_intent_is_written": 33,
    "strays_are_not_adopted_when_seen": 6,
    "tasks_are_not_read_back": 12,
    "tasks_stay_when_their_reason_is_gone": 1,
    "the_breaker_never_trips": 7,
    "timers_add_up": 0,
    "timers_are_not_kept": 0,
    "twins_are_put_back_in_silence": 11,
    "twins_do_not_follow": 12,
    "what_is_gone_is_not_polled": 64,
    "what_was_opened_is_opened_again": 11,
    "writes_do_not_mind_unseen_changes": 9,
}
"""A history that showed it before: saves time, and is only a place to begin when the engine changes."""


def test_every_guard_is_taken_out() -> None:
    assert FIRST_TRIED.keys() == MUTATIONS.keys()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_the_simulation_notices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    first = FIRST_TRIED[name]
    for seed in (first, *(seed for seed in range(MOST_HISTORIES) if seed != first)):
        if _fails(seed):
            return
    pytest.fail(f"{MOST_HISTORIES} histories came to rest although {name}")


def _fails(seed: int) -> bool:
    """Whether a history ends in anything but rest; what is gone may break the engine in any way."""
    try:
        run(seed)
    except Exception:  # noqa: BLE001
        return True
    return False
