"""How long a plan takes over ten thousand deals, and putting it in force: each deal is decided by both sets of rules.

Run: `python -m benchmarks plan`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks import markdown, processes
from benchmarks.line import MAPPING, example, filled
from mapping.ruleset import Ruleset
from sync.planning.plan import plan_for
from sync.rollout import activate
from sync.runtime import Runtime

DEALS = 10_000
CHANGES = {
    "one requirement more": ("conveyor.yaml", "meeting: {}", "meeting: {requires: [budget]}"),
    "another mode": ("conveyor.yaml", "mode: enforce", "mode: warn"),
    "a column that means another stage": (MAPPING, "is: prospecting}", "is: qualification}"),
}


@dataclass(frozen=True)
class Measured:
    """One change: how many deals it touches, and the seconds that it took to plan it and to put it in force."""

    name: str
    touched: int
    plan_s: float
    apply_s: float
    peak_mb: float


def run(deals: int = DEALS) -> list[Measured]:
    """Plan and apply each change, one after the other."""
    found: list[Measured] = []
    with filled(deals) as (_, runtime):
        for number, name in enumerate(CHANGES, start=1):
            found.append(_measure(runtime, name, example(*list(CHANGES.values())[:number])))
    return found


def _measure(runtime: Runtime, name: str, rules: Ruleset) -> Measured:
    started = time.perf_counter()
    plan = plan_for(runtime, rules)
    planned = time.perf_counter()
    activate(runtime, rules, by="benchmark", message=None, foretold=plan.forecast)
    applied = time.perf_counter()
    touched = plan.forecast.affected
    return Measured(name, touched, planned - started, applied - planned, processes.peak_mb())


def table(found: list[Measured]) -> str:
    """The numbers as Markdown."""
    head = ["change", "deals touched", "plan s", "apply s", "peak MB"]
    rows = [[m.name, m.touched, f"{m.plan_s:.1f}", f"{m.apply_s:.2f}", round(m.peak_mb)] for m in found]
    text = f"""
        {DEALS:,} deals of one connection, in SQLite. A plan decides each of them by the new rules, and those of which
        anything would come by the present ones too. Putting it in force takes over what the plan found out.
    """
    return f"{markdown.table(head, rows)}\n\n{markdown.prose(text)}"
