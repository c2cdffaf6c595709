"""How long a replay of a hundred thousand moves takes, from the CRM's history to the last verdict.

Run: `python -m benchmarks replay`.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from benchmarks import markdown, processes
from benchmarks.line import filled
from sync.replay.past import read_past
from sync.replay.replay import replay
from sync.work import look_for_cycles_seldom

DEALS = 20_000
SCOUT, HUNTER = "olena@acme.example", "petar@acme.example"
WAY = (
    ("qualifiedtobuy", SCOUT),
    ("presentationscheduled", SCOUT),
    ("decisionmakerboughtin", HUNTER),
    ("contractsent", HUNTER),
    ("decisionmakerboughtin", HUNTER),
)
"""The columns that each deal goes through, and who moves it there; what it lacks has most of that put back."""


def run(deals: int = DEALS) -> dict[str, Any]:
    """Move all deals along, and replay that; returns the seconds by part and what came of it."""
    look_for_cycles_seldom()
    with filled(deals) as (crm, runtime):
        for stage, by in WAY:
            crm.ask("POST", "/bulk_edit", {"by": by, "stage": stage, "webhooks": False})
        rules, since = runtime.rules.get(), runtime.now() - timedelta(days=1)
        started = time.perf_counter()
        read_past(runtime, rules, since)
        read_s = time.perf_counter() - started
        started, used = time.perf_counter(), time.process_time()
        made = replay(runtime, rules, since)
        took_s, cpu_s = time.perf_counter() - started, time.process_time() - used
    return {
        "moves": made.tally.moves,
        "verdicts": dict(made.tally.became),
        "seconds": took_s,
        "cpu_s": cpu_s,
        "read_s": read_s,
        "peak_mb": processes.peak_mb(),
    }


def table(found: dict[str, Any]) -> str:
    """The numbers as Markdown."""
    head = ["moves", "s in all", "CPU s", "s to read the history", "moves/s", "peak MB"]
    rate = found["moves"] / found["seconds"]
    numbers = [found["moves"], *(round(found[name], 1) for name in ("seconds", "cpu_s", "read_s"))]
    numbers += [round(rate), round(found["peak_mb"])]
    verdicts = ", ".join(f"{kind.replace('_', ' ')} {number:,}" for kind, number in found["verdicts"].items())
    text = f"""
        {DEALS:,} deals of one HubSpot, each made and then moved {len(WAY)} times; each move is judged by what
        judges live, too. Verdicts: {verdicts}. The history comes page by page over loopback, without the CRM's
        rate limit.
    """
    return f"{markdown.table(head, [numbers])}\n\n{markdown.prose(text)}"
