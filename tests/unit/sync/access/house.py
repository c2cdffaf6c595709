"""A house without workers, with the example rules and a clock that the test turns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_ruleset
from store.database import Store
from sync import rollout
from sync.runtime import Connectors, Runtime

CONFIG = Path(__file__).parents[4] / "config"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class NoWake:
    """Nobody works here, so there is nobody to wake."""

    def deals(self, deal_ids: Collection[str]) -> None: ...

    def poll(self, connection: str) -> None: ...

    def backfill(self, connection: str) -> None: ...


@dataclass
class Clock:
    """The time of the house."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def passes(self, time: timedelta) -> None:
        self.at += time


def make_runtime(store: Store, clock: Clock, *, configured: bool = True) -> Runtime:
    """The parts of a house; under the example rules if it is configured."""
    connectors = Connectors(grants=lambda _: MemoryGrants(), budget=lambda *_: NoBudget(), environment={})
    runtime = Runtime(store, NoWake(), connectors, now=clock)
    if configured:
        rollout.activate(runtime, load_ruleset(CONFIG), by="test", message=None)
    return runtime
