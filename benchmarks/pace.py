"""Twenty thousand deals read from each CRM within its own rate limit: how many calls, how long, how many refused.

Run: `python -m benchmarks pace`. The limits of the emulated CRMs are on, and the budget is what workers share.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from benchmarks import markdown, processes
from cli.sandbox import SANDBOXES, SandboxCrm
from connectors.local import MemoryGrants
from mapping.loader import load_ruleset
from store.database import Store, open_store
from sync import rollout
from sync.backfill import backfill
from sync.budget import RedisBudget
from sync.embedded_broker import EmbeddedBroker
from sync.house import NoWake
from sync.runtime import Connectors, Runtime

DEALS = 20_000

PAGE: Mapping[str, int] = {"hubspot": 100, "bitrix24": 500, "zoho": 200, "copper": 200, "close": 200}
"""The most deals that one call of a CRM lists. Bitrix24: ten pages of fifty in one batch. Zoho's documents disagree
whether a query gives 200 or 2,000: 200 works by both."""


@dataclass(frozen=True)
class Measured:
    """What reading all deals of one CRM took."""

    crm: str
    seconds: float
    calls: int
    refused: int
    malformed: int
    by_name: Mapping[str, int]


def run(deals: int = DEALS) -> list[Measured]:
    """Read all CRMs at the same time; each has its own limit."""
    with (
        tempfile.TemporaryDirectory(prefix="conveyor-pace-") as folder,
        EmbeddedBroker(Path(folder)) as broker,
        ThreadPoolExecutor(len(SANDBOXES)) as threads,
    ):
        stores = {each: _store(Path(folder) / f"{each.name}.db") for each in SANDBOXES}
        jobs = [threads.submit(_read, each, broker.url, store, deals) for each, store in stores.items()]
        return [job.result() for job in jobs]


def table(found: list[Measured]) -> str:
    """The numbers as Markdown, with what they mean."""
    head = ["CRM", "calls", "least possible", "deals a call", "refused by the limit", "malformed", "s"]
    rows = [
        [
            each.crm,
            each.calls,
            -(-DEALS // PAGE[each.crm]),
            round(DEALS / each.calls),
            each.refused,
            each.malformed,
            round(each.seconds, 1),
        ]
        for each in found
    ]
    text = f"""
        {DEALS:,} deals in each CRM, all read at the same time by a first backfill, with the vendors' documented
        limits in force and the budget that workers share. The calls are all that were made, those that describe the
        account too; the least possible are the deals over the largest page that the CRM gives. Copper's and Close's
        pages overlap by some deals, so that nothing is lost while people edit.
    """
    return f"{markdown.table(head, rows)}\n\n{markdown.prose(text)}"


def _store(database: Path) -> Store:
    store = open_store(f"sqlite:///{database}")
    store.migrate()
    return store


def _read(crm: SandboxCrm, broker_url: str, store: Store, deals: int) -> Measured:
    with _limited(crm.name) as sandbox, redis.Redis.from_url(broker_url) as client:
        sandbox.ask("POST", "/bulk", {"count": deals})
        sandbox.ask("POST", "/counts/reset")
        environment = dict(line.format(url=sandbox.url).split("=", 1) for line in crm.settings)
        connectors = Connectors(
            grants=lambda _: MemoryGrants(),
            budget=lambda name, _: RedisBudget(client, name),
            environment=environment,
        )
        runtime = Runtime(store, NoWake(), connectors)
        rollout.activate(runtime, load_ruleset(processes.CONFIG), by="benchmark", message=None)
        started = time.monotonic()
        backfill(runtime, crm.name)
        seconds = time.monotonic() - started
        store.close()
        counts = sandbox.ask("GET", "/counts")
    return _measured(crm.name, seconds, counts)


def _measured(name: str, seconds: float, counts: Mapping[str, Any]) -> Measured:
    calls: Mapping[str, int] = counts["by_call"]
    return Measured(name, seconds, sum(calls.values()), counts["refused"], counts["malformed"], calls)


@contextmanager
def _limited(crm: str) -> Iterator[processes.Sandbox]:
    """An emulated CRM on a free port, with its rate limits."""
    with processes.child(["-m", "sandbox", crm, "--port", "0"]) as running:
        yield processes.Sandbox(json.loads(running.line())["url"], running.process.pid)
