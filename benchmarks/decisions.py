"""How many decisions a second the pure core takes: no database, no CRM, one processor.

Run: `python -m benchmarks decisions`. The deals are those of the example's own cases.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks import markdown, processes
from mapping.loader import load_ruleset
from mapping.ruleset import Ruleset
from sync.core.case import Case
from sync.core.decide import decide
from sync.trial import as_a_case_sees, played

AT_LEAST_S = 2.0
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)


def run() -> dict[str, float]:
    """Decide the same cases again and again; returns decisions a second by kind."""
    rules = load_ruleset(processes.CONFIG)
    full = as_a_case_sees(rules)
    by_outcome = {case.then: played(case, full, NOW) for case in reversed(rules.cases)}
    quiet = replace(by_outcome["moved"], records={}, events=())
    cases = {
        "was only looked at": quiet,
        "moves within its section": by_outcome["moved"],
        "is handed over": by_outcome["handed_off"],
        "is put back": by_outcome["returned"],
    }
    return {name: _rate(case, full) for name, case in cases.items()}


def table(found: dict[str, float]) -> str:
    """The numbers as Markdown."""
    rows = [[name, round(rate)] for name, rate in found.items()]
    text = (
        "One processor, the rules of `config/`; each deal has its record, history, contact and tasks at hand."
    )
    return f"{markdown.table(['a deal that', 'decisions/s'], rows)}\n\n{markdown.prose(text)}"


def _rate(case: Case, rules: Ruleset) -> float:
    number, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < AT_LEAST_S:
        for _ in range(100):
            assert not decide(case, rules).needs
        number += 100
    return number / took
