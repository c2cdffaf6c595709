"""Which way a move goes, and which stages it leaves out where a section wants none left out."""

from __future__ import annotations

from mapping.ruleset import Section, Stage
from sync.core.draft import Draft
from sync.core.words import reasons


def is_forward(draft: Draft, leaves: Section, enters: Section, target: Stage) -> bool:
    """Whether the deal goes on along the line; losing it is no way on."""
    if target.status == "lost":
        return False
    if leaves.name != enters.name:
        order = draft.rules.conveyor.section_order
        return order[enters.name] > order[leaves.name]
    names, here = [stage.name for stage in enters.stages], draft.deal.stage or ""
    return here not in names or names.index(target.name) > names.index(here)


def left_out(draft: Draft, leaves: Section, enters: Section, target: Stage) -> tuple[str, ...]:
    """The open stages that a way on leaves out of sections that go in order, in words; none if it leaves none."""
    if not is_forward(draft, leaves, enters, target):
        return ()
    crosses = leaves.name != enters.name
    skipped: list[Stage] = []
    if leaves.in_order:
        skipped += _between(leaves, draft.deal.stage, None if crosses else target.name)
    if crosses and enters.in_order:
        skipped += _between(enters, None, target.name)
    return (reasons.left_out([stage.title for stage in skipped], target.title),) if skipped else ()


def _between(section: Section, start: str | None, end: str | None) -> list[Stage]:
    """The open stages of a section between two of its stages, or from its beginning, or to its end."""
    names = [stage.name for stage in section.stages]
    first = names.index(start) + 1 if start in names else 0
    last = names.index(end) if end in names else len(names)
    return [stage for stage in section.stages[first:last] if stage.status == "open"]
