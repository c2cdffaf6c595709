"""Keeps drawn lines as long as nothing happens, so that many open pages cost one look at the database."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from store import line as stored
from store.line import Wanted
from sync.access.sight import Sight
from sync.access.viewer import Viewer
from sync.runtime import Runtime
from sync.views import line
from sync.views.line import LineView

KEPT_FOR = timedelta(seconds=15)
"""Longer than this nothing is kept: what is late depends on the clock alone."""

MOST = 64

_Key = tuple[Viewer, Wanted]


@dataclass(frozen=True, slots=True)
class _Kept:
    """One drawn line, and when and over what it was drawn."""

    mark: tuple[int, ...]
    at: datetime
    view: LineView


class KeptLines:
    """One line for each viewer and filter; drawn once for all who ask at the same time."""

    def __init__(self) -> None:
        self._kept: dict[_Key, _Kept] = {}
        self._turns: dict[_Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def read(self, runtime: Runtime, sight: Sight, wanted: Wanted) -> LineView:
        """The line as of now. Raises what `sync.views.line.read` raises."""
        key = (sight.viewer, wanted)
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            now, kept = runtime.now(), self._kept.get(key)
            with runtime.store.read() as tx:
                mark = stored.change_mark(tx, now)
            if kept is None or kept.mark != mark or not timedelta(0) <= now - kept.at < KEPT_FOR:
                kept = _Kept(mark, now, line.read(runtime, sight, wanted))
                self._keep(key, kept)
            return kept.view

    def _keep(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept, self._turns = {}, {}
            self._kept[key] = kept
