"""How fast all deals of a CRM are read and placed, against the least that reading and storing them takes.

The floor is what one would write in an hour: list pages with `requests`, decode, upsert each page into SQLite
with the same durability; no placing, no history, nothing to resume from. Run: `python -m benchmarks.backfill`.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from benchmarks import markdown, processes

DEALS = 100_000
PAGE = 100
VENDOR_CALLS_PER_S = 19
"""HubSpot lets a private app make 190 calls in ten seconds: docs/connectors/hubspot.md#limits"""

BITRIX24_DEALS_A_CALL = 500
"""Ten chained pages of fifty: docs/connectors/bitrix24.md#listing"""

FLOOR, OURS = "floor", "ours"
NAMES = {FLOOR: "bare floor", OURS: "backfill"}
LIST_CALL = "GET /crm/v3/objects/deals"


def run(deals: int = DEALS, rounds: int = 3) -> dict[str, Any]:
    """Measure both sides in alternating rounds against one sandbox; returns medians, their ratio and the calls."""
    taken: dict[str, list[dict[str, Any]]] = {FLOOR: [], OURS: []}
    with processes.sandbox() as crm, tempfile.TemporaryDirectory(prefix="conveyor-backfill-") as folder:
        crm.ask("POST", "/bulk", {"count": deals})
        # The sandbox keeps what it rendered once: a first pass, for nobody, makes all others alike.
        _one_side(FLOOR, crm, Path(folder) / "warm.db")
        for number in range(rounds):
            for side, sides in taken.items():
                sides.append(_one_side(side, crm, Path(folder) / f"{side}-{number}.db"))
    rows = {side: _summary(found) for side, found in taken.items()}
    for row in rows.values():
        row["share"] = round(row["deals_per_s"] / rows[FLOOR]["deals_per_s"], 2)
    return {"deals": deals, "rounds": rounds, "sides": rows, "vendor_deals_per_s": VENDOR_CALLS_PER_S * PAGE}


def table(found: dict[str, Any]) -> str:
    """The numbers as Markdown, and what they say."""
    head = ["", "deals/s", "share", "slowest", "fastest", "CPU s", "memory MB", "peak MB", "list calls"]
    names = ["deals_per_s", "share", "slowest", "fastest", "cpu_s", "memory_mb", "peak_mb", "pages"]
    ours, vendor = found["sides"][OURS], found["vendor_deals_per_s"]
    text = f"""
        {found["deals"]:,} deals, {found["rounds"]} rounds each, in turn; the median counts. The floor lists the
        same pages with `requests`, decodes them and upserts them into SQLite with the same durability; the backfill
        also places every deal, enters it into the ledger, and goes on where it was interrupted. Memory is told for
        the start and each fifth of the way. Beside its pages the backfill makes {sum(ours["other_calls"].values())}
        calls, to learn the account's fields, pipelines and people.

        In production the vendor sets the pace. HubSpot allows {VENDOR_CALLS_PER_S} calls a second, which is
        {vendor:,} deals: the backfill could do {ours["deals_per_s"] / vendor:.1f} times that, and reads the next
        pages while it stores the last ones, so it costs no time beside the CRM's own. Bitrix24 allows 2 calls a
        second, each of {BITRIX24_DEALS_A_CALL} deals: {2 * BITRIX24_DEALS_A_CALL:,}.
    """
    rows = [[NAMES[side], *(row[name] for name in names)] for side, row in found["sides"].items()]
    return f"{markdown.table(head, rows)}\n\n{markdown.prose(text)}"


def _one_side(side: str, crm: processes.Sandbox, database: Path) -> dict[str, Any]:
    crm.counts()
    found = processes.run(
        "benchmarks.backfill", "--side", side, "--url", crm.url, "--database", str(database)
    )
    return {**found, "calls": crm.counts()}


def _summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The numbers of one side over all rounds."""
    rates = [each["deals"] / each["seconds"] for each in rounds]
    calls = rounds[-1]["calls"]
    return {
        "deals_per_s": round(statistics.median(rates)),
        "slowest": round(min(rates)),
        "fastest": round(max(rates)),
        "cpu_s": round(statistics.median(each["cpu_s"] for each in rounds), 1),
        "memory_mb": " ".join(str(round(each)) for each in rounds[-1]["memory_mb"]),
        "peak_mb": round(max(each["peak_mb"] for each in rounds)),
        "pages": calls.get(LIST_CALL, 0),
        "other_calls": {name: number for name, number in calls.items() if name != LIST_CALL},
    }


# --- in a process of its own ---


def _floor(url: str, database: Path, at: Callable[[int], None]) -> int:
    """List, decode, upsert; returns how many deals."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {processes.SECRETS['HUBSPOT_TOKEN']}"
    store = sqlite3.connect(database, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, updated_at TEXT, body TEXT)")
    seen = 0
    for results in _pages(session, url):
        rows = [(row["id"], row["updatedAt"], json.dumps(row["properties"])) for row in results]
        store.execute("BEGIN IMMEDIATE")
        store.executemany(
            "INSERT INTO deals VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET updated_at = excluded.updated_at, body = excluded.body",
            rows,
        )
        store.execute("COMMIT")
        seen += len(rows)
        at(seen)
    return seen


def _pages(session: requests.Session, url: str) -> Iterator[list[dict[str, Any]]]:
    params = {"limit": str(PAGE), "properties": ",".join(_properties()), "archived": "false"}
    while True:
        answer = session.get(f"{url}/crm/v3/objects/deals", params=params, timeout=30)
        answer.raise_for_status()
        body = answer.json()
        yield body["results"]
        if "paging" not in body:
            return
        params["after"] = body["paging"]["next"]["after"]


def _properties() -> list[str]:
    """What the connector asks for under the example mapping."""
    from connectors.hubspot.records import ALWAYS
    from connectors.hubspot.values import STANDARD
    from mapping.loader import load_ruleset

    mapping = load_ruleset(processes.CONFIG).mappings["hubspot"]
    standard = [each.name for each in STANDARD.values()]
    return [*ALWAYS, *standard, *mapping.fields.values(), *mapping.write_back.values()]


def _ours(url: str, database: Path, at: Callable[[int], None]) -> int:
    """The backfill as a worker does it, without a broker and without a rate limit; returns how many deals."""
    from connectors.local import MemoryGrants, NoBudget
    from mapping.loader import load_ruleset
    from store.database import open_store
    from sync import rollout
    from sync.backfill import backfill
    from sync.house import NoWake
    from sync.runtime import Connectors, Runtime
    from sync.work import look_for_cycles_seldom

    look_for_cycles_seldom()
    store = open_store(f"sqlite:///{database}")
    store.migrate()
    environment = {**os.environ, "HUBSPOT_BASE_URL": url}
    connectors = Connectors(
        grants=lambda _: MemoryGrants(), budget=lambda *_: NoBudget(), environment=environment
    )
    runtime = Runtime(store, NoWake(), connectors)
    rollout.activate(runtime, load_ruleset(processes.CONFIG), by="benchmark", message=None)
    at(0)
    return backfill(runtime, "hubspot", lambda progress: at(progress.seen)).seen


SIDES = {FLOOR: _floor, OURS: _ours}


def _measure(side: str, url: str, database: Path) -> dict[str, Any]:
    """Run one side; the clock starts when its preparations are done, and so does the sampling of memory."""
    memory: list[float] = []
    started: list[tuple[float, float]] = []

    def at(seen: int) -> None:
        if not started:
            started.append((time.perf_counter(), time.process_time()))
        if seen % (DEALS // 5) == 0:
            memory.append(processes.memory_mb())

    if side == FLOOR:
        at(0)
    seen = SIDES[side](url, database, at)
    clock, cpu = started[0]
    return {
        "deals": seen,
        "seconds": time.perf_counter() - clock,
        "cpu_s": time.process_time() - cpu,
        "memory_mb": memory,
        "peak_mb": processes.peak_mb(),
    }


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=DEALS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        _quietly()
        json.dump(_measure(given.side, given.url, given.database), sys.stdout)
    else:
        json.dump(run(given.deals, given.rounds), sys.stdout, indent=2)


def _quietly() -> None:
    """Keep the log out of the output."""
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


if __name__ == "__main__":
    main()
