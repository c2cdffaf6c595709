"""What `decide` made of a move of the past, in a few words that can be counted and compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mapping.model import Handoff, Ref
from sync.core.case import Entry, Outcome

Became = Literal[
    "moved",
    "handed_off",
    "given_back",
    "returned",
    "left_alone",
    "told",
    "recorded",
    "undone",
    "unmapped",
    "stayed",
    "unclear",
]
"""The move stood; stood and handed the deal over; gave it back to who had it before; was put back; stood though it
broke a rule, since the conveyor had moved the deal too often, since the rule only warns, since it only observes; was
undone by people before anybody looked; led off the line; led nowhere else on it; hangs on what nobody can tell."""

_KINDS: Mapping[str, Became] = {
    "returned_by_rule": "returned",
    "loop_breaker": "left_alone",
    "violation_warn": "told",
    "violation_observe": "recorded",
    "handoff_returned": "given_back",
    "handoff_offered": "handed_off",
    "handoff_waiting": "handed_off",
    "undone": "undone",
    "unmapped": "unmapped",
    "moved": "moved",
}
"""What a kind of ledger entry says of a move; the first in this order counts."""

BROKEN = frozenset({"returned", "left_alone", "told", "recorded"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One look at a deal of the past: the moves that were judged together, mostly one."""

    ref: Ref
    at: datetime
    from_stage: str | None
    to_stage: str | None
    by: str | None  # a member's e-mail; None: an outsider, or nobody says who
    became: Became
    named: bool = True  # whether the CRM says who it was
    rule: str | None = None
    place: tuple[str, int] | None = None
    reasons: tuple[str, ...] = ()
    excused: bool = False
    missing: tuple[str, ...] = ()  # of an unclear one: what nobody can tell
    handoffs: tuple[Handoff, ...] = ()  # that it would have opened

    @property
    def same_as(self) -> tuple[object, ...]:
        """What two sets of rules, or a replay and what happened, must have in common."""
        return self.became, self.rule


def became(entries: tuple[Entry, ...]) -> tuple[Became, Entry | None]:
    """What came of it, and the entry that says so."""
    by_kind = {entry.kind: entry for entry in reversed(entries)}
    for kind, word in _KINDS.items():
        if kind in by_kind:
            return word, by_kind[kind]
    return "stayed", None


def opened(outcome: Outcome, known: frozenset[str]) -> tuple[Handoff, ...]:
    """The hand-offs that an outcome opens, of the deal or of the customer's next one."""
    own = tuple(handoff for handoff in outcome.handoffs if handoff.id not in known)
    return own + tuple(one.handoff for one in outcome.openings if one.handoff is not None)
