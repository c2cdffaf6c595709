"""Counts the verdicts of a replay: in all, by rule, and by person. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sync.replay.lateness import Answered
from sync.replay.verdict import BROKEN, Verdict

OUTSIDERS = ""
"""The key of those who are not on the team."""


@dataclass(slots=True)
class Tally:
    """What one set of rules makes of the past."""

    deals: int = 0
    moves: int = 0
    unnamed: int = 0  # whoever made them is not known, so that their role was not judged
    excused: int = 0
    became: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)
    people: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    first_sight: Counter[str] = field(default_factory=Counter)

    def add(self, verdicts: Iterable[Verdict], answers: Iterable[Answered]) -> None:
        """Count one deal in."""
        own = list(verdicts)
        self.deals += bool(own)
        for verdict in own:
            self._add(verdict)
        for one in answers:
            self.answers[one.answer] += 1
            self._of(self.rules, one.rule)[one.answer] += 1
            if one.receiver is not None:
                self._of(self.people, one.receiver)[one.answer] += 1

    def _add(self, verdict: Verdict) -> None:
        self.moves += 1
        self.unnamed += not verdict.named
        self.excused += verdict.excused
        self.became[verdict.became] += 1
        person = self._of(self.people, verdict.by or OUTSIDERS)
        person["moves"] += 1
        person[verdict.became] += 1
        if verdict.rule is not None:
            self._of(self.rules, verdict.rule)[verdict.became] += 1
        if verdict.became in BROKEN:
            self.reasons.update(verdict.reasons)
        self.missing.update(verdict.missing)

    @staticmethod
    def _of(table: dict[str, Counter[str]], name: str) -> Counter[str]:
        return table.setdefault(name, Counter())
