"""Which random histories a test lives through.

`CONVEYOR_HISTORIES` says how many, `CONVEYOR_FIRST_SEED` where to begin: another part of them, or one again.
"""

from __future__ import annotations

import os

PARTS = range(4)
"""The histories are shared out among so many tests, which run beside each other."""


def seeds(part: int, usually: int) -> range:
    """The seeds of one part."""
    first = int(os.environ.get("CONVEYOR_FIRST_SEED", "0"))
    count = int(os.environ.get("CONVEYOR_HISTORIES", str(usually)))
    return range(first + part, first + count, len(PARTS))
