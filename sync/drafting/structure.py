"""Guesses how many specialists a customer meets, by whether people keep to one part of the line. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.base import RemotePipeline, RemoteUser
from sync.drafting.meanings import IGNORE
from sync.drafting.people import Activity, Place
from sync.drafting.pipelines import guess_pipelines
from sync.drafting.templates import TEMPLATES, Template

KEPT = 0.8
"""The part of the work that must be done by people who mostly work in that section."""

ENOUGH_WORK = 10
BY_HEADS = 0.4
UNCLEAR = 0.7


@dataclass(frozen=True)
class StructureGuess:
    """A template, how sure it is, and why."""

    template: Template
    confidence: float
    reason: str


def guess_structure(
    pipelines: Sequence[RemotePipeline], users: Sequence[RemoteUser], activity: Activity
) -> StructureGuess:
    """The template with the most specialists by which people keep to their own section."""
    work = _work(pipelines, users, activity)
    if sum(sum(by_stage.values()) for by_stage in work.values()) < ENOUGH_WORK:
        return _by_heads(sum(user.active for user in users))
    for template in sorted(TEMPLATES.values(), key=lambda each: -each.tiers):
        kept, roles = _kept(work, template)
        if kept >= KEPT and roles == template.tiers:
            reason = f"{kept:.0%} of the work is done by people who mostly work in that section"
            return StructureGuess(template, UNCLEAR, reason)
    return StructureGuess(TEMPLATES["one-tier"], UNCLEAR, "people work all along the line")


def _by_heads(people: int) -> StructureGuess:
    name = {0: "three-tier", 1: "one-tier", 2: "two-tier-scout-hunter"}.get(people, "three-tier")
    return StructureGuess(
        TEMPLATES[name], BY_HEADS, f"{people} people, and too few deals to see what they do"
    )


def _work(
    pipelines: Sequence[RemotePipeline], users: Sequence[RemoteUser], activity: Activity
) -> dict[str, Counter[str]]:
    """How often each person was seen at each stage of the line."""
    means: Mapping[Place, str] = {
        (guess.id, stage.id): stage.means for guess in guess_pipelines(pipelines) for stage in guess.stages
    }
    person = {key: user.id for user in users if user.active for key in (user.id, *user.aliases)}
    work: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for seen in (activity.owned, activity.moved):
        for (account, place), count in seen.items():
            if account in person and means.get(place, IGNORE) != IGNORE:
                work[person[account]][means[place]] += count
    return work


def _kept(work: Mapping[str, Counter[str]], template: Template) -> tuple[float, int]:
    """The part of the work done by people in the section where they do most, and how many sections are somebody's."""
    kept, total, mostly = 0, 0, set()
    for by_stage in work.values():
        by_section: Counter[str] = Counter()
        for stage, count in by_stage.items():
            by_section[template.section_of(stage)] += count
        ((section, most),) = by_section.most_common(1)
        kept, total = kept + most, total + by_section.total()
        mostly.add(section)
    return kept / total, len(mostly)
