"""A thousand hand-offs at once, end to end: time, and the CRM's calls for each against the least possible.

Run: `python -m benchmarks handoffs`. HubSpot; its deals are complete, so each is handed over and none is put back.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import markdown, processes
from benchmarks.house import House, running_house

DEALS = 1_000
SCOUT = "olena@acme.example"
FROM, TO = "qualifiedtobuy", "presentationscheduled"
COMPLETE = {"decision_maker": "CFO", "budget__c": 5000, "conveyor_section": "lead_generation"}
REST_WITHIN_S = 300.0

LEAST = {
    "reading the deal with its history": 1 / 50,
    "reading its contact": 2 / 100,
    "owner and fields": 2.0,
    "task": 1.0,
    "note": 1.0,
}
"""Calls for one hand-off. An update reads first, for HubSpot does not write on condition; history comes in batches of
fifty deals, contacts of a hundred: docs/connectors/hubspot.md#reading"""


def run(deals: int = DEALS) -> dict[str, Any]:
    """Move all deals over the boundary, by somebody who may; returns time and calls until all is quiet."""
    with (
        processes.sandbox() as crm,
        tempfile.TemporaryDirectory(prefix="conveyor-handoffs-") as folder,
    ):
        contact = {"name": "Ada Buyer", "email": "ada@customer.example"}
        ids = [_new_deal(crm, contact) for _ in range(deals)]
        with running_house(crm, Path(folder)) as house:
            processes.wait_until(house.rests, "the house is at rest", within_s=REST_WITHIN_S)
            crm.counts()
            took_s = _hand_over(house)
            calls = dict(crm.counts())
            accounted = _handed_over(house)
    return {"deals": deals, "ids": len(ids), "handed_over": accounted, "seconds": took_s, "calls": calls}


def table(found: dict[str, Any]) -> str:
    """The numbers as Markdown, and what they say."""
    deals, calls = found["deals"], sum(found["calls"].values())
    head = ["hand-offs", "s until quiet", "hand-offs/s", "calls", "calls each", "least possible each"]
    least = sum(LEAST.values())
    row = [
        found["handed_over"],
        round(found["seconds"], 1),
        round(deals / found["seconds"]),
        calls,
        round(calls / deals, 2),
        round(least, 2),
    ]
    by_name = ", ".join(f"{name} {number:,}" for name, number in _most(found["calls"]))
    text = f"""
        One person moves {deals:,} complete deals over a boundary at once. Each is judged, somebody receives it, and
        owner, fields, task and note are written. The calls, those that look at the echoes of our own writes too:
        {by_name}. The least possible is {", ".join(f"{what} {number:g}" for what, number in LEAST.items())}.
    """
    return f"{markdown.table(head, [row])}\n\n{markdown.prose(text)}"


def _new_deal(crm: processes.Sandbox, contact: Mapping[str, str]) -> str:
    deal = {"title": "Fleet renewal", "stage": FROM, "owner": SCOUT, "by": SCOUT}
    return str(crm.ask("POST", "/deals", {**deal, "contact": contact, "fields": COMPLETE})["id"])


def _hand_over(house: House) -> float:
    started = time.perf_counter()
    house.crm.ask("POST", "/bulk_edit", {"by": SCOUT, "stage": TO})
    processes.wait_until(house.rests, "all is handed over", within_s=REST_WITHIN_S, every_s=0.1)
    return time.perf_counter() - started


def _handed_over(house: House) -> int:
    from store import handoffs

    with house.runtime.store.read() as tx:
        return handoffs.counts(tx, house.runtime.now()).open


def _most(calls: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(calls.items(), key=lambda call: -call[1])[:8]
