"""Whether YAML and CRM still say the same: what was renamed, deleted, added, and who left."""

from __future__ import annotations

from connectors.base import Description
from mapping.online import compare
from mapping.problems import Problem
from mapping.ruleset import Ruleset
from sync.doctor.check import Check, State

DRIFT = "drift"


def check(rules: Ruleset, name: str, description: Description) -> Check:
    """All that `conveyor check --online` finds there, in one check, a line each."""
    problems = compare(rules, name, description)
    if not problems:
        return Check(DRIFT, State.FINE, "Stages, fields and people are as the YAML has them.")
    wrong = any(problem.severity == "error" for problem in problems)
    lines = [f"{_count(problems)} between the YAML and the CRM.", *map(_line, problems)]
    return Check(DRIFT, State.PROBLEM if wrong else State.WARNING, "\n".join(lines))


def _line(problem: Problem) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{problem.file}:{problem.line}: {problem.message}{hint}"


def _count(problems: list[Problem]) -> str:
    return f"{len(problems)} difference{'' if len(problems) == 1 else 's'}"
