"""Meets connections that are new to the house: reads who works there, and has all deals read once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from pydantic import ValidationError

from connectors.errors import ConnectorError
from mapping.ruleset import Ruleset
from store import connections
from store.connections import ConnectionRow
from store.database import Unavailable
from sync import people
from sync.runtime import NotConfigured, NotUsable, Runtime

log = structlog.get_logger()

LOOK_EVERY_S = 20.0
_THEN_START_AGAIN = "Put that right, then start again."

Say = Callable[[str], None]


class FirstLook:
    """Looks at all connections again and again; says of each once how it went."""

    def __init__(self, runtime: Runtime, say: Say) -> None:
        self._runtime, self._say = runtime, say
        self._met: set[str] = set()
        self._said: dict[str, str] = {}
        self._read: dict[str, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while True:
            try:
                self.look()
            except Unavailable as error:
                log.warning("first_look_waits", why=str(error))
            if stop.wait(LOOK_EVERY_S):
                return

    def look(self) -> None:
        """Meet the connections that were not met yet; start the backfills that are missing or stand still."""
        runtime = self._runtime
        try:
            rules = runtime.rules.get()
        except NotConfigured:
            return
        with runtime.store.read() as tx:
            rows = connections.load_all(tx)
        for name in rules.connections:
            row = rows.get(name)
            if row is None or row.paused(runtime.now()):
                continue
            if name in self._met or self._meet(name, rules):
                self._read_everything(row)

    def _meet(self, name: str, rules: Ruleset) -> bool:
        """Read the people of a connection; False, with the reason said, if it cannot be asked."""
        try:
            description = self._runtime.connector(name, rules).describe()
        except (NotUsable, LookupError) as error:
            return self._could_not(name, str(error), _THEN_START_AGAIN)
        except ConnectorError as error:
            return self._could_not(name, str(error), "It is tried again.")
        except ValidationError as error:
            # The error itself may quote settings, which hold secrets.
            wrong = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
            why = f"{rules.connections[name].place}: its settings do not fit ({wrong})."
            return self._could_not(name, why, _THEN_START_AGAIN)
        with self._runtime.store.begin() as tx:
            people.save(tx, name, description, self._runtime.now())
        self._met.add(name)
        self._say(f"{name}: connected to {description.account}, {len(description.users)} people.")
        return True

    def _could_not(self, name: str, why: str, then: str) -> bool:
        if self._said.get(name) != why:
            self._said[name] = why
            self._say(f"{name}: not connected yet. {why} {then}")
        return False

    def _read_everything(self, row: ConnectionRow) -> None:
        """Wake for a backfill that was never finished, and has not come further since the last look."""
        if row.backfill_done_at is not None:
            return
        stands_still = self._read.get(row.name, row.backfill_seen) == row.backfill_seen
        self._read[row.name] = row.backfill_seen
        if stands_still:
            self._runtime.wake.backfill(row.name)
