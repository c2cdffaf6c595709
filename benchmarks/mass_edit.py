"""What it costs to follow a mass edit: many deals moved at once in the CRM, with the whole house running.

The least possible is one batch read for each hundred deals. Run: `python -m benchmarks.mass_edit`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import markdown, processes
from benchmarks.house import House, running_house

DEALS = 5_000
BATCH = 100
"""The most deals that HubSpot reads in a call: docs/connectors/hubspot.md#reading"""

HUBSPOT_CALLS_PER_S = 19

SCOUT = "olena@acme.example"
SECTION = "conveyor_section"
FROM, TO = "appointmentscheduled", "qualifiedtobuy"  # prospecting to qualification: one section
REST_WITHIN_S = 300.0


def run(deals: int = DEALS) -> dict[str, Any]:
    """Move all deals one stage on, by somebody who may; returns the calls made and the time until all is quiet."""
    with (
        processes.sandbox() as crm,
        tempfile.TemporaryDirectory(prefix="conveyor-mass-edit-") as folder,
    ):
        crm.ask("POST", "/bulk", {"count": deals, "stage": FROM})
        # As the house has left them long ago: else it would write into every deal where it stands.
        crm.ask("POST", "/bulk_edit", {"fields": {SECTION: "lead_generation"}, "webhooks": False})
        with running_house(crm, Path(folder)) as house:
            processes.wait_until(house.rests, "the house is at rest", within_s=REST_WITHIN_S)
            crm.counts()
            with processes.Watch(house.pids["worker"]) as memory:
                edited_s, took_s = _edit(house)
            calls = dict(crm.counts())
            moved = _moved(house)
    reads = sum(number for name, number in calls.items() if "batch/read" in name)
    return {
        "deals": deals,
        "moved": moved,
        "seconds": round(took_s, 1),
        "deals_per_s": round(deals / took_s),
        "edit_s": round(edited_s, 1),
        "reads": reads,
        "least_reads": math.ceil(deals / BATCH),
        "calls": calls,
        "worker_before_mb": round(memory.samples_mb[0]),
        "worker_peak_mb": round(memory.peak_mb),
    }


def table(found: dict[str, Any]) -> str:
    """The numbers as Markdown, and what they say."""
    found = {**found, "other": sum(found["calls"].values()) - found["reads"]}
    columns = {
        "deals": "deals edited",
        "reads": "batch reads",
        "least_reads": "least possible",
        "other": "other calls",
        "seconds": "s until quiet",
        "deals_per_s": "deals/s",
        "worker_before_mb": "worker MB before",
        "worker_peak_mb": "worker MB peak",
    }
    text = f"""
        One person moves all deals one stage on within a section; the webhooks come in, and every deal is looked at
        and judged. HubSpot's webhooks name the person, so no history is read, and the moves are allowed, so nothing
        is written. At HubSpot's own limit the reads alone take {found["reads"] / HUBSPOT_CALLS_PER_S:.0f} s. The
        memory is that of the worker and its parent process together.
    """
    rows = [[found[name] for name in columns]]
    return f"{markdown.table(list(columns.values()), rows)}\n\n{markdown.prose(text)}"


def _edit(house: House) -> tuple[float, float]:
    """Edit all deals; returns the seconds that this took, and those until nothing was due any more."""
    started = time.perf_counter()
    house.crm.ask("POST", "/bulk_edit", {"by": SCOUT, "stage": TO})
    edited_s = time.perf_counter() - started
    processes.wait_until(house.rests, "the edit is worked off", within_s=REST_WITHIN_S, every_s=0.1)
    return edited_s, time.perf_counter() - started


def _moved(house: House) -> int:
    """How many deals the house has on the new stage."""
    from store import deals

    with house.runtime.store.read() as tx:
        return sum(row.deals for row in deals.counts_by_stage(tx) if row.stage == "qualification")


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=DEALS)
    json.dump(run(parser.parse_args().deals), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
