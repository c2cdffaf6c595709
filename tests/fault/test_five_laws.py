"""The five laws of convergence hold over random histories."""

from __future__ import annotations

import pytest

from .simulation.invariants import check
from .simulation.seeds import PARTS, seeds
from .simulation.world import World

HISTORIES = 32


@pytest.mark.parametrize("part", PARTS)
def test_every_history_comes_to_rest_with_nothing_lost_doubled_or_undone(part: int) -> None:
    for seed in seeds(part, HISTORIES):
        run(seed)


def run(seed: int) -> None:
    """One history, from the first deal to rest."""
    world = World(seed)
    try:
        world.live()
        world.calm_down()
        check(world)
    except BaseException as error:
        error.add_note(f"history {seed}")
        raise
