"""The funnel beside the line: how many stand where, and what touches and hours a move took there in four weeks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from datetime import datetime, timedelta

from mapping.ruleset import Ruleset
from reports.report import report
from reports.scope import Scope
from reports.table import Row
from store.database import Unavailable
from sync.runtime import Runtime
from sync.views.line import LineView

OVER = timedelta(weeks=4)
KEPT_FOR = timedelta(minutes=15)
PATIENCE_S = 0.3
"""A page waits no longer for numbers that are counted from the whole ledger: it is shown without them once."""

_Key = tuple[str, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the funnel; the numbers of moves are None where nothing is known."""

    title: str
    deals: int
    share: float  # of the stage with the most deals
    moves: int
    conversion: float | None
    touches: float | None
    hours: float | None  # seconds of working time


class Effort:
    """What moves took, counted beside the pages, at most once in a while for each sight."""

    def __init__(self) -> None:
        self._counting = ThreadPoolExecutor(1, "funnel")
        self._known: dict[_Key, tuple[datetime, Future[Mapping[str, Row]]]] = {}
        self._lock = threading.Lock()

    def get(self, runtime: Runtime, rules: Ruleset, sections: frozenset[str] | None) -> Mapping[str, Row]:
        """The row of each stage; nothing while the first count goes on."""
        now, key = runtime.now(), (rules.hash, sections)
        with self._lock:
            kept = self._known.get(key)
            if kept is None or now - kept[0] > KEPT_FOR:
                fresh = (now, self._counting.submit(_rows, runtime, rules, sections, now))
                self._known = {**self._known, key: fresh} if len(self._known) < 32 else {key: fresh}
                kept = fresh if kept is None or not kept[1].done() else kept
        try:
            return kept[1].result(PATIENCE_S)
        except (NotYet, Unavailable):
            return {}


def steps(view: LineView, rows: Mapping[str, Row]) -> list[Step]:
    """The open stages of a drawn line with their numbers."""
    stages = [
        stage for section in view["sections"] for stage in section["stages"] if stage["status"] == "open"
    ]
    most = max((stage["deals"] for stage in stages), default=0) or 1
    return [
        _step(stage["title"], stage["deals"], stage["deals"] / most, rows.get(stage["name"], {}))
        for stage in stages
    ]


def _step(title: str, deals: int, share: float, row: Row) -> Step:
    moves = row.get("moves")
    return Step(
        title=title,
        deals=deals,
        share=share,
        moves=int(moves) if moves else 0,
        conversion=_number(row.get("conversion")),
        touches=_number(row.get("touches")),
        hours=_number(row.get("hours")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _rows(
    runtime: Runtime, rules: Ruleset, sections: frozenset[str] | None, now: datetime
) -> Mapping[str, Row]:
    with runtime.store.read() as tx:
        made = report(tx, rules, Scope(now - OVER, now, sections), now)
    return {str(row["stage"]): row for row in made.table("funnel").rows}
