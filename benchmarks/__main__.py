"""Runs all benchmarks and writes `benchmarks/results.md`: `python -m benchmarks`, or some by name."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import backfill, intake, latency, mass_edit

RESULTS = Path(__file__).with_name("results.md")


def machine() -> str:
    """What the numbers were measured on."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb()} GB; {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; {datetime.now(UTC):%Y-%m-%d}, "
        f"load at the start {os.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _table(*rows: tuple[object, ...]) -> str:
    head, *body = [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def _intake() -> str:
    sides: Mapping[str, Mapping[str, Any]] = intake.run()
    rows = [(name, *row.values()) for name, row in sides.items()]
    head = ("receiver", *next(iter(sides.values())))
    return (
        "Signed HubSpot deliveries of three events over 32 connections; answered after the durable commit. "
        "Wanted: at least 0.45 of the receiver without its store, p99 under 25 ms.\n\n" + _table(head, *rows)
    )


def _backfill() -> str:
    found = backfill.run()
    names = (
        "deals_per_s",
        "share",
        "slowest",
        "fastest",
        "cpu_s",
        "memory_mb",
        "peak_mb",
        "pages",
        "other_calls",
    )
    rows = [(side, *(row[name] for name in names)) for side, row in found["sides"].items()]
    return (
        f"{found['deals']:,} deals; the floor is a bare loop over the same pages with an upsert into SQLite. "
        "Wanted: at least 0.3 of it, memory flat under 200 MB, no call beyond the pages (and those that describe "
        f"the account). HubSpot's own limit is {found['vendor_deals_per_s']:,} deals/s.\n\n"
        + _table(("side", *names), *rows)
    )


def _mass_edit() -> str:
    found = mass_edit.run()
    calls = "; ".join(f"{name}: {number}" for name, number in sorted(found["calls"].items()))
    names = ("deals", "moved", "seconds", "reads", "least_reads", "worker_before_mb", "worker_peak_mb")
    row = tuple(found[name] for name in names)
    return f"Moved at once by a person in the CRM, webhooks on.\n\n{_table(names, row)}\n\nCalls: {calls}."


def _latency() -> str:
    found = latency.run()
    rows = [(kind, *found[kind].values()) for kind in (latency.IDLE, latency.LOADED)]
    head = ("", *found[latency.IDLE])
    calls = "; ".join(f"{name}: {number}" for name, number in found["calls_of_one"].items())
    return (
        f"{found['handoffs']} hand-offs each; every call is answered after {found['answer_ms']} ms, which is "
        f"subtracted in `own`. Under load: {found['load_per_s']:.0f} other changes a second. Wanted: own p95 under "
        f"500 ms.\n\n{_table(head, *rows)}\n\nCalls of one hand-off: {calls}."
    )


BENCHMARKS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "intake": ("Intake of webhooks", _intake),
    "backfill": ("Backfill", _backfill),
    "mass_edit": ("Mass edit", _mass_edit),
    "latency": ("Webhook to written back", _latency),
}


def main() -> None:
    """Run what was asked for, all by default, and write the results down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which; all by default")
    names = parser.parse_args().names or list(BENCHMARKS)
    parts = [
        "# Benchmark results",
        f"Measured on: {machine()}.",
        "Each compares in one run: read the ratios.",
    ]
    for name in names:
        title, measure = BENCHMARKS[name]
        print(f"{title} ...", file=sys.stderr, flush=True)
        parts.append(f"## {title}\n\n{measure()}")
        print(parts[-1], flush=True)
    if names == list(BENCHMARKS):
        RESULTS.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
