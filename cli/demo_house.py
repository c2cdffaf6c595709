"""What `conveyor demo` runs: emulated CRMs and a whole conveyor, as processes of their own, over real HTTP.

The conveyor's data stay in its home. The emulated CRMs keep nothing, so each run's ids begin after those before.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import requests

from cli.demo_crm import Crm
from cli.demo_parts import Parts
from cli.listening import address_of
from cli.sandbox import HOST, SANDBOXES
from cli.trouble import Failed
from connectors.base import Capabilities
from mapping.model import DealStatus, Ref
from mapping.ruleset import Ruleset
from store import connections, deals, inbox, outbox
from sync import logs
from sync.backfill import backfill
from sync.core.correct import clock_seconds
from sync.house import open_house
from sync.reconcile import look_at
from sync.rollout import activate
from sync.runtime import Runtime
from sync.settings import Settings
from sync.supervise import RunFile

REST_WITHIN_S = 30.0
ASK_AGAIN_S, ASK_TIMES = 3.0, 10
IDS_OF_A_RUN = 10_000
RUNS = "demo.json"
Listen = Callable[[int], socket.socket]
SECRETS = {crm.name: crm.secret for crm in SANDBOXES}


@dataclass(frozen=True)
class Queues:
    """How much there is to look at and to write, and how much was done already."""

    events: inbox.InboxCounts
    writes: outbox.OutboxCounts

    @property
    def idle(self) -> bool:
        return self.events.pending == 0 and self.writes.pending == 0 and self.writes.scheduled == 0


@dataclass
class DemoHouse:
    """The running demo: its CRMs, its conveyor's address, and a view into its database."""

    parts: Parts
    url: str
    crms: list[Crm]
    deals: dict[str, int]  # CRM -> how many there were before the conveyor came
    runtime: Runtime

    def rest(self, crm: Crm | None = None) -> bool:
        """Wait until no webhook is under way and nothing is due or to be written there, without a CRM anywhere.

        False if that never ends.
        """
        return self.parts.wait(lambda: self._rests(crm), REST_WITHIN_S)

    def poll(self, crm: Crm) -> None:
        """Have a worker read what changed in a CRM, and wait until it has."""
        every = self.runtime.rules.get().connections[crm.name].poll_every
        next_at = self.runtime.now() + timedelta(seconds=clock_seconds(every))

        def polled() -> bool:
            # The time of the next poll is set when all that this one found is stored.
            return _is_after(self._row(crm.name).poll_at, next_at)

        # Asked again, for a wake-up that meets a poll of the scheduler's leaves it at that.
        for _ in range(ASK_TIMES):
            self.runtime.wake.poll(crm.name)
            if self.parts.wait(polled, ASK_AGAIN_S):
                return
        self.parts.must(polled, f"a worker polls {crm.name}")

    def send_webhooks(self, crm: Crm) -> None:
        """Have a CRM send its webhooks to the conveyor, as an admin of the CRM sets it up."""
        crm.send_webhooks(f"{self.url}/webhooks/{crm.name}", SECRETS[crm.name])

    def capabilities(self) -> dict[str, Capabilities]:
        """What each CRM can do."""
        rules = self.runtime.rules.get()
        return {crm.name: self.runtime.connector(crm.name, rules).capabilities for crm in self.crms}

    def wait_until_stopped(self) -> None:
        """Stay up until Ctrl-C."""
        while not self.parts.stop.wait(0.5):
            self.parts.look_after()

    def _row(self, name: str) -> connections.ConnectionRow:
        with self.runtime.store.read() as tx:
            return connections.load(tx, name)

    def _rests(self, crm: Crm | None) -> bool:
        """No webhook is under way between two looks at the same idle queues: each could become the other."""
        before = self._queues(crm)
        if not before.idle or any(each.webhooks_under_way() for each in ([crm] if crm else self.crms)):
            return False
        return self._queues(crm) == before

    def _queues(self, crm: Crm | None) -> Queues:
        now, name = self.runtime.now(), crm.name if crm else None
        with self.runtime.store.read() as tx:
            return Queues(inbox.counts(tx, now, name), outbox.counts(tx, now, name))


@contextmanager
def open_demo(
    settings: Settings,
    rules: Ruleset,
    listen_at: Listen,
    stop: threading.Event,
    fill: Callable[[list[Crm]], None],
) -> Iterator[DemoHouse]:
    """Start everything in the settings' home, and end it afterwards.

    `listen_at` opens a socket, given the usual port; `fill` makes the deals that are there before the conveyor is.
    """
    logs.configure(level=logging.ERROR)
    home = settings.home.resolve()
    _must_be_ours(home)
    RunFile(home).close()  # raises if another one runs here
    with ExitStack() as stack:
        listeners = {crm.name: stack.enter_context(listen_at(crm.port)) for crm in SANDBOXES}
        own = stack.enter_context(listen_at(settings.port))
        urls = {name: address_of(HOST, listener) for name, listener in listeners.items()}
        os.environ.update(_environment(settings, home, urls))
        parts = Parts(home, stop, stack)
        _start_sandboxes(parts, listeners, ids_after=_count_run(home) * IDS_OF_A_RUN)
        crms = [crm_under(name, url, rules, stack) for name, url in urls.items()]
        fill(crms)
        yield start(parts, Settings(), rules, crms, own)


def start(
    parts: Parts, settings: Settings, rules: Ruleset, crms: list[Crm], listener: socket.socket
) -> DemoHouse:
    """Start a conveyor under these rules, which has read all deals of the CRMs; it ends with the parts."""
    found = _prepare(settings, rules, crms)
    parts.start("cli", "up", "--host", HOST, listener=listener)
    url = address_of(HOST, listener)
    parts.must(lambda: _answers(f"{url}/readyz"), "the conveyor is up")
    runtime = open_house(settings)
    parts.stack.callback(runtime.store.close)
    return DemoHouse(parts, url, crms, found, runtime)


def _must_be_ours(home: Path) -> None:
    """Raise `Failed` if the home is that of a conveyor that somebody works with."""
    if (home / "conveyor.db").exists() and not (home / RUNS).exists():
        raise Failed(
            f"{home} holds a conveyor that is not the demo's. Give the demo a folder of its own: CONVEYOR_HOME=..."
        )


def _environment(settings: Settings, home: Path, urls: Mapping[str, str]) -> dict[str, str]:
    """What this process and those it starts share; the database and broker of a real house are out of reach."""
    shared = {
        "CONVEYOR_HOME": str(home),
        "CONVEYOR_CONFIG": str(settings.config.resolve()),
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    lines = [line.format(url=urls[crm.name]) for crm in SANDBOXES for line in crm.settings]
    return shared | dict(line.split("=", 1) for line in lines)


def _start_sandboxes(parts: Parts, listeners: Mapping[str, socket.socket], *, ids_after: int) -> None:
    urls = [address_of(HOST, listener) for listener in listeners.values()]
    for crm in SANDBOXES:
        given = ["--secret", crm.secret, "--ids-after", str(ids_after)]
        parts.start("sandbox", crm.name, *given, listener=listeners[crm.name])
    parts.must(lambda: all(_answers(f"{url}/sandbox") for url in urls), "the sandbox CRMs are up")


def crm_under(name: str, url: str, rules: Ruleset, stack: ExitStack) -> Crm:
    """A CRM as people see it who know these rules."""
    crm = Crm(name, url, lambda: rules.mappings[name])
    stack.callback(crm.close)
    return crm


def _prepare(settings: Settings, rules: Ruleset, crms: list[Crm]) -> dict[str, int]:
    """Put the rules in force and read all deals; returns how many each CRM has.

    Those of earlier runs are to be looked at: they are gone with their CRMs.
    """
    runtime = open_house(settings, needs_broker=False)
    try:
        activate(runtime, rules, by="demo", message="The example that the demo plays")
        with runtime.store.read() as tx:
            before = [row for row in deals.listing(tx) if row.deal.status is not DealStatus.DELETED]
        for link in (link for row in before for link in row.links if link.remote_id and not link.gone):
            look_at(runtime, Ref(link.connection, str(link.remote_id)))
        names = [crm.name for crm in crms]
        with ThreadPoolExecutor(len(names)) as pool:
            read = pool.map(lambda name: backfill(runtime, name).seen, names)
        return dict(zip(names, read, strict=True))
    finally:
        runtime.store.close()


def _count_run(home: Path) -> int:
    """How many runs there were in this home before this one."""
    path = home / RUNS
    before = int(json.loads(path.read_text())["runs"]) if path.exists() else 0
    path.write_text(json.dumps({"runs": before + 1}))
    return before


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def _is_after(moment: datetime | None, before: datetime) -> bool:
    return moment is not None and moment >= before
