"""How a disagreement between YAML and CRM is said: as an alarm, and in full to who is looking now. Pure."""

from __future__ import annotations

from mapping.phrases import Phrase, phrase
from mapping.problems import Problem

OF_PEOPLE = frozenset({"account-inactive", "member-without-account", "unknown-account"})
"""Codes of what is not mended in a file but by what the hint says."""


def alarm(problem: Problem, connection: str) -> Phrase:
    """What is wrong, and what to do."""
    if problem.code in OF_PEOPLE:
        return phrase("{problem}: {hint}.", problem=problem.message, hint=problem.hint or "")
    return phrase(
        "{place}: {problem}. `conveyor doctor {connection}` says what to do.",
        place=_place(problem),
        problem=problem.message,
        connection=connection,
    )


def in_full(problem: Problem) -> Phrase:
    """What is wrong, with its hint."""
    place, message = _place(problem), problem.message
    if not problem.hint:
        return phrase("{place}: {problem}", place=place, problem=message)
    return phrase("{place}: {problem} ({hint})", place=place, problem=message, hint=problem.hint)


def _place(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}"
