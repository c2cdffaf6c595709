"""A whole house for a benchmark: `conveyor up` in a folder of its own, and a view into its database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from benchmarks.processes import CONFIG, SECRETS, START_S, Sandbox, child, wait_until
from store import connections, inbox, outbox
from store.inbox import InboxCounts
from store.outbox import OutboxCounts
from sync.house import open_house
from sync.runtime import Runtime
from sync.settings import Settings

CONNECTIONS = """\
connections:
  hubspot:
    crm: hubspot
    auth: {token: "${HUBSPOT_TOKEN}"}
    webhook: {secret: "${HUBSPOT_CLIENT_SECRET}"}
    base_url: "${HUBSPOT_BASE_URL}"
    calls_per_10s: 1000000
"""
"""Without the CRM's rate limit: what is measured is the house, not the limit."""

POLL_UNDER_WAY = timedelta(minutes=2)
"""While a poll runs, the next one is set for sooner than this; after it, for five minutes later."""


@dataclass(frozen=True)
class House:
    """`conveyor up` with one CRM, and a view into its database."""

    url: str
    crm: Sandbox
    runtime: Runtime
    pids: Mapping[str, int]  # web, worker, scheduler

    def rests(self) -> bool:
        """Whether no webhook is under way and nothing is due: looked at twice, for each could become the other."""
        before = self._queues()
        idle = before[0].pending == 0 and before[1].pending == 0 and before[1].scheduled == 0
        if not idle or self.crm.ask("GET", "")["webhooks_pending"]:
            return False
        return self._queues() == before

    def _queues(self) -> tuple[InboxCounts, OutboxCounts]:
        now = self.runtime.now()
        with self.runtime.store.read() as tx:
            return inbox.counts(tx, now), outbox.counts(tx, now)


@contextmanager
def running_house(crm: Sandbox, folder: Path, *, threads: int = 8) -> Iterator[House]:
    """Start `conveyor up`, wait until it has read all deals, and have the CRM send its webhooks there."""
    environment = _environment(crm, folder)
    with child(["-P", "-m", "cli", "up", "--port", "0", "--threads", str(threads)], environment, folder):
        wait_until(lambda: _answers(_running(folder).get("url")), "the house is up", within_s=START_S)
        running = _running(folder)
        runtime = open_house(_settings(folder), needs_broker=False)
        opened = House(running["url"], crm, runtime, running["children"])
        try:
            wait_until(lambda: _was_read(runtime), "all deals are read", within_s=2 * START_S)
            target = {"url": f"{opened.url}/webhooks/hubspot", "secret": SECRETS["HUBSPOT_CLIENT_SECRET"]}
            crm.ask("PUT", "/webhooks", target)
            yield opened
        finally:
            runtime.store.close()


def _environment(crm: Sandbox, folder: Path) -> dict[str, str]:
    """The environment of a house in this folder, under the example's rules for HubSpot alone."""
    shutil.copytree(CONFIG, folder / "config")
    (folder / "config" / "connections.yaml").write_text(CONNECTIONS)
    for other in (folder / "config" / "mappings").glob("*.yaml"):
        if other.stem != "hubspot":
            other.unlink()
    return {
        "CONVEYOR_CONFIG": str(folder / "config"),
        "CONVEYOR_HOME": str(folder / "var"),
        "HUBSPOT_BASE_URL": crm.url,
    }


def _settings(folder: Path) -> Settings:
    home = folder / "var"
    return Settings(config=folder / "config", home=home, database_url=f"sqlite:///{home / 'conveyor.db'}")


def _running(folder: Path) -> dict[str, Any]:
    """The house's run file; empty while it is not written."""
    try:
        return dict(json.loads((folder / "var" / "up.json").read_text() or "{}"))
    except (FileNotFoundError, ValueError):
        return {}


def _answers(url: str | None) -> bool:
    try:
        return url is not None and requests.get(f"{url}/readyz", timeout=2).ok
    except requests.RequestException:
        return False


def _was_read(runtime: Runtime) -> bool:
    """Whether all deals are read, and the first poll is over: none disturbs what is measured."""
    with runtime.store.read() as tx:
        row = connections.load(tx, "hubspot")
    polled = row.poll_at is not None and row.poll_at > runtime.now() + POLL_UNDER_WAY
    return row.backfill_done_at is not None and polled
