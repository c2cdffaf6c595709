"""The five laws of convergence hold over random histories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .simulation.invariants import check
from .simulation.world import World

HISTORIES = int(os.environ.get("CONVEYOR_HISTORIES", "40"))


@pytest.mark.parametrize("start", range(4))
def test_every_history_comes_to_rest_with_nothing_lost_doubled_or_undone(tmp_path: Path, start: int) -> None:
    for seed in range(start, HISTORIES, 4):
        run(tmp_path, seed)


def run(folder: Path, seed: int) -> None:
    """One history, from the first deal to rest."""
    world = World(folder, seed)
    try:
        world.live()
        world.calm_down()
        check(world)
    except BaseException as error:
        error.add_note(f"history {seed}")
        raise
    finally:
        world.close()
