"""How two sets of rules differ, in sentences that a head of sales reads. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.parsed import CASES
from mapping.ruleset import Ruleset
from sync.planning.handoff_changes import handoff_changes
from sync.planning.line_changes import line_changes
from sync.planning.mapping_changes import connection_changes, mapping_changes
from sync.planning.people_changes import people_changes

ONLY_WORDING = "Nothing but comments and layout of the files."


def rule_changes(before: Ruleset | None, after: Ruleset) -> list[str]:
    """Every difference, from the line to the mappings; against nothing, what the first version brings."""
    if before is None:
        return list(_first(after))
    if before.hash == after.hash:
        return []
    return list(_differences(before, after)) or [ONLY_WORDING]


def _differences(before: Ruleset, after: Ruleset) -> Iterator[str]:
    yield from connection_changes(before, after)
    yield from line_changes(before.conveyor, after.conveyor)
    yield from handoff_changes(before.conveyor, after.conveyor)
    yield from people_changes(before, after)
    yield from mapping_changes(before, after)
    if [(c.stage, c.values, c.moved_to, c.by, c.then) for c in before.cases] != [
        (c.stage, c.values, c.moved_to, c.by, c.then) for c in after.cases
    ]:
        yield f"The rules' own tests ({CASES}) change."


def _first(rules: Ruleset) -> Iterator[str]:
    line = rules.conveyor
    yield f"The line {line.name} begins, with {len(line.sections)} sections and {len(line.stages)} stages."
    yield from (f"Hand-off {rule.name} is new." for rule in line.handoffs)
    yield f"{len(rules.team)} people are on the team."
    for name in rules.connections:
        yield f"Connection {name} is new: all its deals are read, and placed as they are where they are mapped."
