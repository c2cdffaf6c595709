"""With any one law taken out, the simulation fails: so it does test them."""

from __future__ import annotations

import pytest

from .simulation.mutations import MUTATIONS
from .simulation.removing import first_that_fails
from .test_five_laws import run

MOST_HISTORIES = 80

FIRST_TRIED = {
    "changes_are_not_compared_with_the_base": 1,
    "creates_do_not_look_up_their_key": 16,
    "leases_do_not_fence": 13,
    "no_intent_is_written": 313,
    "nothing_sweeps": 43,
    "receipts_are_trusted_blindly": 25,
    "repeated_tasks_and_notes_are_not_searched_for": 0,
    "stages_agree_in_one_direction_only": 0,
    "stalled_workers_still_call": 13,
    "strays_are_not_adopted_at_receipt": 17,
    "strays_are_not_adopted_when_seen": 129,
    "what_was_sent_is_not_kept": 0,
    "writes_do_not_mind_unseen_changes": 19,
}
"""A history that showed it before: saves time, and is only a place to begin when the engine changes."""


def test_every_law_is_taken_out() -> None:
    assert FIRST_TRIED.keys() == MUTATIONS.keys()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_the_simulation_notices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    seed = first_that_fails(run, FIRST_TRIED[name], MOST_HISTORIES)
    assert seed is not None, f"{MOST_HISTORIES} histories came to rest although {name}"
