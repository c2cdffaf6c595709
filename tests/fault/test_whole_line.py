"""The whole line over random weeks: deadlines, playbooks, growth, absences, deletions, new rules."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .simulation.line_invariants import check
from .simulation.line_world import WholeLine

HISTORIES = int(os.environ.get("CONVEYOR_HISTORIES", "12"))


@pytest.mark.parametrize("start", range(4))
def test_every_customer_is_with_somebody_and_nothing_is_done_twice(tmp_path: Path, start: int) -> None:
    for seed in range(start, HISTORIES, 4):
        run(tmp_path, seed)


def run(folder: Path, seed: int) -> None:
    """One history, from the first deal until every timer has fired."""
    world = WholeLine(folder, seed)
    try:
        world.live()
        world.calm_down(10)
        world.let_time_pass()
        check(world)
    except BaseException as error:
        error.add_note(f"history {seed}")
        raise
    finally:
        world.close()
