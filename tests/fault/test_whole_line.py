"""The whole line over random weeks: deadlines, playbooks, growth, absences, deletions, new rules."""

from __future__ import annotations

import pytest

from .simulation.line_in_time import check_deadlines
from .simulation.line_invariants import check
from .simulation.line_world import WholeLine
from .simulation.seeds import PARTS, seeds

HISTORIES = 16


@pytest.mark.parametrize("part", PARTS)
def test_every_customer_is_with_somebody_and_nothing_is_done_twice(part: int) -> None:
    for seed in seeds(part, HISTORIES):
        run(seed)


def run(seed: int) -> None:
    """One history, from the first deal until every timer has fired."""
    world = WholeLine(seed)
    try:
        world.live()
        world.calm_down(10)
        world.change_rules()
        world.calm_down(3, polls=False)
        check_deadlines(world)
        world.let_time_pass()
        check(world)
    except BaseException as error:
        error.add_note(f"history {seed}")
        raise
