"""With any one law taken out, the simulation fails: so it does test them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulation.invariants import Broken
from .simulation.mutations import MUTATIONS
from .test_five_laws import run

SHOWN_BY: dict[str, int] = {}
"""The first history that shows it; found by running them in order."""


def test_every_mutation_is_tried() -> None:
    assert SHOWN_BY.keys() == MUTATIONS.keys()


@pytest.mark.parametrize("name", sorted(SHOWN_BY))
def test_the_simulation_notices(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    with pytest.raises((Broken, Exception)):
        run(tmp_path, SHOWN_BY[name])
