"""How long a report takes over a long history: every deal of a year, read once.

Run: `python -m benchmarks report`. The history is written straight into a database, as the engine would have.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import markdown, processes
from mapping.loader import load_ruleset
from mapping.model import Deal, DealStatus, Link, Value
from mapping.ruleset import Ruleset
from reports.report import report
from reports.scope import PeriodName, scope_of
from store import deals, ledger
from store.database import Store, open_store
from store.ledger import Entry

DEALS = 50_000
WRITES_A_MOVE = 2  # rows of the ledger that no report counts
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PATH = ("prospecting", "qualification", "meeting", "proposal", "negotiation", "won")
LOST = 0.2
PEOPLE = ("olena@acme.example", "petar@acme.example")
PERIODS: tuple[PeriodName, ...] = ("week", "quarter")


@dataclass(frozen=True)
class Found:
    """What one report took."""

    period: str
    rows: int
    seconds: float
    cpu_s: float
    peak_mb: int


def run() -> list[Found]:
    """Write a history, and report over it."""
    rules = load_ruleset(processes.CONFIG)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'history.db'}")
        try:
            store.migrate()
            rows = _write(store, rules)
            return [_measured(store, rules, period, rows) for period in PERIODS]
        finally:
            store.close()


def table(found: list[Found]) -> str:
    """The numbers as Markdown."""
    heads = ["a report over", "rows of the ledger", "seconds", "CPU s", "peak MB"]
    rows = [
        [f"a {each.period}", each.rows, round(each.seconds, 2), round(each.cpu_s, 2), each.peak_mb]
        for each in found
    ]
    text = f"{DEALS:,} deals of a year on SQLite; each report reads the whole ledger once, in one process."
    return f"{markdown.table(heads, rows)}\n\n{markdown.prose(text)}"


def _measured(store: Store, rules: Ruleset, period: PeriodName, rows: int) -> Found:
    began, cpu = time.perf_counter(), time.process_time()
    with store.read() as tx:
        made = report(tx, rules, scope_of(period, NOW, rules.conveyor.timezone), NOW)
    assert made.table("funnel").rows[0]["came"], "nothing was counted"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Found(period, rows, time.perf_counter() - began, time.process_time() - cpu, peak)


def _write(store: Store, rules: Ruleset) -> int:
    chance, total = random.Random(7), 0
    for first in range(0, DEALS, 5000):
        told = [_story(chance, number, rules) for number in range(first, first + 5000)]
        entries = [entry for _, _, own in told for entry in own]
        with store.begin() as tx:
            deals.insert_many(tx, [(deal, link) for deal, link, _ in told], None)
            ledger.add(tx, entries)
        total += len(entries)
    return total


def _story(chance: random.Random, number: int, rules: Ruleset) -> tuple[Deal, Link, list[Entry]]:
    """A deal that goes along the line until it is won, lost, or the year is over."""
    name, owner = f"{number:024x}", chance.choice(PEOPLE)
    fields: dict[str, Value] = {
        "title": f"Deal {number}",
        "amount": str(chance.randint(100, 9000)),
        "currency": "EUR",
    }
    fields["source"] = chance.choice(["web", "fair", "referral", None])
    standing: dict[str, Value] = {"owner": owner, "connection": "hubspot"}
    standing |= {"amount": fields["amount"], "currency": "EUR", "section": "lead_generation"}
    at = START + timedelta(minutes=chance.uniform(0, 320 * 24 * 60))
    entries = [Entry(name, at, "placed", "conveyor", "Placed.", data={"to": PATH[0], **standing})]
    stage = PATH[0]
    for then, to in _way(chance, at):
        section = standing["section"] if to == "lost" else rules.conveyor.stages[to].section
        standing["section"] = section
        data: dict[str, Value] = {"from": stage, "to": to, "touches": chance.randint(1, 5), **standing}
        entries.append(Entry(name, then, "moved", owner, f"Moved to {to}.", data=data))
        written = Entry(
            name, then, "written", "conveyor", "Written.", data={"connection": "hubspot", "write": "task"}
        )
        entries += [written] * WRITES_A_MOVE
        stage = to
    status = DealStatus(rules.conveyor.stages[stage].status)
    deal = Deal(name, name, "hubspot", status, str(standing["section"]), stage, owner, fields, placed=True)
    return deal, Link("hubspot", str(number), name), entries


def _way(chance: random.Random, at: datetime) -> Iterator[tuple[datetime, str]]:
    for to in PATH[1:]:
        at += timedelta(hours=chance.expovariate(1 / 40))
        is_lost = chance.random() < LOST
        if at >= NOW:
            return
        yield at, "lost" if is_lost else to
        if is_lost:
            return
