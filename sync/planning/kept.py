"""What a plan was made from, so that it is only carried out while it still holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.phrases import Phrase, phrase
from sync.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Kept:
    """The rules that were planned, the version in force then, and where the deals stood."""

    rules: str
    version: int | None
    state: str


def kept(plan: Plan) -> Kept:
    """What this plan was made from."""
    return Kept(plan.after.hash, plan.active.version if plan.active else None, plan.forecast.state)


def outdated(plan: Plan, seen: Kept) -> list[Phrase]:
    """Why a plan that was seen before is not the one made now, in words; nothing where it is."""
    now = kept(plan)
    reasons = (
        (now.rules != seen.rules, phrase("the YAML files are others now")),
        (now.version != seen.version, phrase("another version is in force now")),
        (now.state != seen.state, phrase("deals stand elsewhere now")),
    )
    return [words for differs, words in reasons if differs]
