"""From a person's move to the last write of the hand-off that follows, with the whole house running.

The CRM answers each call after a fixed time, which is subtracted: what remains is the house's own. Once with
nothing else to do, and once while other deals change all the time. Run: `python -m benchmarks.latency`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import markdown, processes
from benchmarks.house import House, running_house
from benchmarks.processes import Sandbox

HANDOFFS = 60
EVERY_S = 0.5
ANSWER_MS = 50
LOAD_PER_S = 20.0
OTHER_DEALS = 500
REST_WITHIN_S = 120.0

SCOUT = "olena@acme.example"
BEFORE, AFTER = "qualifiedtobuy", "presentationscheduled"  # qualification to meeting: over the boundary
COMPLETE: Mapping[str, object] = {
    "title": "Fleet renewal",
    "owner": SCOUT,
    "by": SCOUT,
    "stage": BEFORE,
    "amount": "15000",
    "fields": {"decision_maker": "CFO", "budget__c": 5000, "conveyor_section": "lead_generation"},
    "contact": {"name": "Ada Buyer", "email": "ada@customer.example"},
}
"""A deal that may be handed from scout to hunter."""

CUTS = {"p50": 50, "p95": 95, "p99": 99}
IDLE, LOADED = "idle", "under load"


@dataclass(frozen=True)
class Handed:
    """One hand-off as the CRM's journal tells it."""

    total_s: float  # from the move to the last write
    writes: int


def run(handoffs: int = HANDOFFS) -> dict[str, Any]:
    """Hand deals over at an easy pace, without and with load; returns the times and the calls each takes."""
    with (
        processes.sandbox() as crm,
        tempfile.TemporaryDirectory(prefix="conveyor-latency-") as folder,
    ):
        ids = [str(crm.ask("POST", "/deals", COMPLETE)["id"]) for _ in range(2 * handoffs + 1)]
        others = list(crm.ask("POST", "/bulk", {"count": OTHER_DEALS, "owner": SCOUT})["ids"])
        crm.ask("POST", "/bulk_edit", {"ids": others, "fields": {"conveyor_section": "lead_generation"}})
        with running_house(crm, Path(folder)) as house:
            _rest(house)
            crm.ask("POST", "/latency", {"ms": ANSWER_MS})
            calls = _calls_of_one(house, ids.pop())
            idle = _hand_over(house, ids[:handoffs])
            with _editing(crm, others):
                loaded = _hand_over(house, ids[handoffs:])
    answer_s = sum(calls.values()) * ANSWER_MS / 1000
    return {
        "handoffs": handoffs,
        "answer_ms": ANSWER_MS,
        "load_per_s": LOAD_PER_S,
        "calls_of_one": calls,
        IDLE: _summary(idle, answer_s),
        LOADED: _summary(loaded, answer_s),
    }


def table(found: dict[str, Any]) -> str:
    """The numbers as Markdown, and what they say."""
    names = [f"{what}_{cut}_ms" for what in ("own", "total") for cut in CUTS]
    head = ["", *(name.replace("_", " ") for name in names)]
    calls, answer = sum(found["calls_of_one"].values()), found["answer_ms"]
    text = f"""
        {found["handoffs"]} hand-offs each, from the person's move to the last of the {found[IDLE]["writes"]:.0f}
        writes that follow: owner and fields, the task, the note. The CRM answers each call after {answer} ms, and
        {calls} of them follow one another: "own" is what remains without these {calls * answer} ms. Under load,
        {found["load_per_s"]:.0f} other deals a second are edited, and each of them is looked at as well.
    """
    rows = [[when, *(found[when][name] for name in names)] for when in (IDLE, LOADED)]
    return f"{markdown.table(head, rows)}\n\n{markdown.prose(text)}"


def _rest(house: House) -> None:
    processes.wait_until(house.rests, "the house is at rest", within_s=REST_WITHIN_S, every_s=0.1)


def _calls_of_one(house: House, deal_id: str) -> Mapping[str, int]:
    """The calls that a single hand-off takes, by name; those that look at its echoes afterwards left out."""
    _rest(house)
    since = _last_line(house.crm)
    _move(house.crm, deal_id)
    _rest(house)
    lines = house.crm.ask("GET", f"/journal?since={since}")
    last = max(line["n"] for line in lines if line["kind"] == "write")
    calls: dict[str, int] = {}
    for line in lines:
        if line["kind"] == "request" and line["n"] <= last + 1:  # a call is noted after what it wrote
            calls[line["call"]] = calls.get(line["call"], 0) + 1
    return calls


def _hand_over(house: House, ids: Sequence[str]) -> list[Handed]:
    """Move deals over the boundary, one after the other at uneven intervals, and wait for what follows."""
    since = _last_line(house.crm)
    chance = random.Random(1)
    for deal_id in ids:
        time.sleep(chance.uniform(0.5, 1.5) * EVERY_S)
        _move(house.crm, deal_id)
    processes.wait_until(
        lambda: all(_is_handed_over(house.crm.ask("GET", f"/deals/{each}")) for each in ids),
        "all deals are handed over",
        within_s=REST_WITHIN_S,
        every_s=0.5,
    )
    lines = house.crm.ask("GET", f"/journal?since={since}")
    return [_handed(house.crm.ask("GET", f"/deals/{each}"), lines) for each in ids]


def _move(crm: Sandbox, deal_id: str) -> None:
    crm.ask("PATCH", f"/deals/{deal_id}", {"by": SCOUT, "stage": AFTER})


def _is_handed_over(deal: Mapping[str, Any]) -> bool:
    is_written = deal["owner"] != SCOUT and deal["fields"].get("conveyor_section") == "conversion"
    return is_written and len(deal["tasks"]) == 1 and len(deal["notes"]) == 1


def _handed(deal: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Handed:
    """What the journal says of one deal, its task and its note."""
    own = {deal["id"], *(each["id"] for each in (*deal["tasks"], *deal["notes"]))}
    moved_at = next(line["at"] for line in lines if line["kind"] == "person" and line["id"] == deal["id"])
    writes = [line["at"] for line in lines if line["kind"] == "write" and line["id"] in own]
    return Handed(max(writes) - moved_at, len(writes))


def _last_line(crm: Sandbox) -> int:
    lines = crm.ask("GET", "/journal")
    return int(lines[-1]["n"]) if lines else 0


@contextmanager
def _editing(crm: Sandbox, ids: Sequence[str]) -> Iterator[None]:
    """Edit other deals all the time, at an even rate, until the end of the block."""
    stop = threading.Event()
    own = Sandbox(crm.url, crm.pid)  # a session is for one thread

    def edit() -> None:
        started, number = time.monotonic(), 0
        while not stop.wait(max(0.0, started + number / LOAD_PER_S - time.monotonic())):
            own.ask("PATCH", f"/deals/{ids[number % len(ids)]}", {"by": SCOUT, "amount": 1000 + number})
            number += 1

    thread = threading.Thread(target=edit, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _summary(handed: Sequence[Handed], answer_s: float) -> dict[str, float]:
    """Milliseconds in all, and what the house itself took of them."""
    totals = sorted(each.total_s for each in handed)
    cuts = statistics.quantiles(totals, n=100, method="inclusive")
    found = {name: cuts[place - 1] for name, place in CUTS.items()}
    total = {f"total_{name}_ms": round(value * 1000) for name, value in found.items()}
    own = {f"own_{name}_ms": round((value - answer_s) * 1000) for name, value in found.items()}
    return {**total, **own, "writes": statistics.mean(each.writes for each in handed)}


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handoffs", type=int, default=HANDOFFS)
    json.dump(run(parser.parse_args().handoffs), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
