"""Waits for something to become true, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 30.0


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as it is true; fail the test if it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S} s"
        time.sleep(0.01)
