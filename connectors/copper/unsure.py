"""Remembers which creates went out and got no answer: a search shows what they made only a while later.

Kept in the memory of one process, as a help and not as the truth: what can be found without a search is looked for
there first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.errors import Transient, Unreadable

LAG_S = 90.0
"""Integrations wait 40 s for the search index; the vendor names no time (docs/connectors/copper.md#polling)."""

MOST_WAITS = 4
"""So often a repeat is put off; the growing pauses between attempts add up to about the same time."""


@dataclass
class _Doubt:
    since: float
    waits: int = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.since + LAG_S or self.waits >= MOST_WAITS


class Unsure:
    """The creates of one connection whose outcome is not known. Safe to share by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doubts: dict[str, _Doubt] = {}

    @contextmanager
    def sending(self, key: str) -> Iterator[None]:
        """Note the key if what is sent inside may have taken effect without an answer."""
        try:
            yield
        except (Transient, Unreadable) as error:
            if getattr(error, "uncertain", True):
                with self._lock:
                    self._doubts = {each: doubt for each, doubt in self._doubts.items() if not doubt.is_over}
                    self._doubts[key] = _Doubt(time.monotonic())
            raise

    def wait(self, key: str) -> None:
        """Raise Transient while what an earlier attempt made may still turn up in a search."""
        with self._lock:
            doubt = self._doubts.get(key)
            if doubt is None or doubt.is_over:
                return
            doubt.waits += 1
        raise Transient("Whether an earlier attempt took effect is not to be seen in Copper yet.")
