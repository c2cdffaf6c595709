"""What `conveyor demo` runs: the emulated CRMs and a whole conveyor, as processes of their own, over real HTTP.

Its data stay in the home; the emulated CRMs keep nothing, so each run's ids begin after those of the run before.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import requests

from cli.demo_crm import Crm
from cli.sandbox import HOST, SANDBOXES, SandboxCrm
from cli.trouble import UNREACHABLE, Failed
from mapping.model import DealStatus, Ref
from mapping.ruleset import Ruleset
from store import connections, deals, inbox, outbox, rulesets
from sync.house import open_house
from sync.processes import die_with_parent
from sync.reconcile import look_at
from sync.rollout import activate
from sync.runtime import Runtime
from sync.settings import Settings

START_WITHIN_S = 60.0
REST_WITHIN_S = 30.0
STOP_WITHIN_S = 30.0
LOOK_EVERY_S = 0.02
IDS_OF_A_RUN = 10_000
RUNS_FILE = "demo.json"
LOG_FILE = "demo.log"


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@dataclass
class DemoHouse:
    """The running demo: its CRMs, its conveyor, and a view into its database."""

    home: Path
    log: Path
    url: str
    crms: list[Crm]
    runtime: Runtime
    stop: threading.Event
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def rest(self) -> bool:
        """Wait until no webhook is under way and nothing is due or waits to be written; False if it does not end."""
        return self._wait(self._rests, REST_WITHIN_S)

    def poll(self, name: str) -> None:
        """Have a worker read what changed in a CRM, and wait until it has."""
        before = self.runtime.now()
        self.runtime.wake.poll(name)
        self._must(lambda: _is_after(self._row(name).last_poll_at, before), f"a worker polls {name}")

    def backfill(self, name: str) -> int:
        """Have a worker read all deals of a CRM, and wait until it has; returns how many there are."""
        before = self.runtime.now()
        self.runtime.wake.backfill(name)
        self._must(lambda: _is_after(self._row(name).backfill_done_at, before), f"a worker reads {name}")
        return self._row(name).backfill_seen

    def wait_until_stopped(self) -> None:
        """Stay up until Ctrl-C."""
        while not self.stop.wait(0.5):
            self._look_after_processes()

    def _row(self, name: str) -> connections.ConnectionRow:
        with self.runtime.store.read() as tx:
            return connections.load(tx, name)

    def _rests(self) -> bool:
        if any(crm.webhooks_under_way() for crm in self.crms):
            return False
        with self.runtime.store.read() as tx:
            events, writes = inbox.counts(tx, self.runtime.now()), outbox.counts(tx, self.runtime.now())
        return events.pending == 0 and writes.pending == 0 and writes.scheduled == 0

    def _must(self, condition: Callable[[], bool], what: str) -> None:
        if not self._wait(condition, START_WITHIN_S):
            raise Failed(f"The demo waited in vain until {what}; its log is {self.log}.", UNREACHABLE)

    def _wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            self._look_after_processes()
            if self.stop.wait(LOOK_EVERY_S):
                raise Stopped
            if time.monotonic() > deadline:
                return False
        return True

    def _look_after_processes(self) -> None:
        for process in self.processes:
            if process.poll() is not None:
                raise Failed(
                    f"A part of the demo ended by itself; the end of its log, {self.log}:\n{_end_of(self.log)}"
                )


@contextmanager
def open_demo(
    settings: Settings, rules: Ruleset, ports: Callable[[str, int], int], stop: threading.Event
) -> Iterator[DemoHouse]:
    """Start everything in the settings' home; ends all of it afterwards. `ports` says where each part listens."""
    home = settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    log_path = home / LOG_FILE
    port = ports("conveyor", settings.port)
    with ExitStack() as stack:
        log = stack.enter_context(log_path.open("wb"))
        urls = {crm.name: f"http://{HOST}:{ports(crm.name, crm.port)}" for crm in SANDBOXES}
        _set_environment(settings, home, urls)
        crms = [_crm(crm, urls[crm.name], rules) for crm in SANDBOXES]
        processes = [_sandbox(crm, urls[crm.name], _next_run(home), log, stack) for crm in SANDBOXES]
        _prepare(rules)
        command = [sys.executable, "-P", "-m", "cli", "up", "--host", HOST, "--port", str(port)]
        processes.append(_start(command, log, stack))
        house = DemoHouse(home, log_path, f"http://{HOST}:{port}", crms, None, stop, processes)  # type: ignore[arg-type]
        house._must(lambda: all(_answers(f"{crm.url}/sandbox") for crm in crms), "the sandboxes are up")
        house._must(lambda: _answers(f"{house.url}/readyz"), "the conveyor is up")
        house.runtime = open_house(Settings())
        stack.callback(house.runtime.store.close)
        _count_run(home)
        for crm in crms:
            stack.callback(crm.close)
        yield house
