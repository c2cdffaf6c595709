"""How two sets of rules differ, in sentences that a head of sales reads. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.parsed import CASES
from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Ruleset
from sync.planning.handoff_changes import handoff_changes
from sync.planning.line_changes import line_changes
from sync.planning.mapping_changes import connection_changes, mapping_changes, new_connection
from sync.planning.people_changes import people_changes

ONLY_WORDING = phrase("Nothing but comments and layout of the files.")


def rule_changes(before: Ruleset | None, after: Ruleset) -> list[Phrase]:
    """Every difference, from the line to the mappings; against nothing, what the first version brings."""
    if before is None:
        return list(_first(after))
    if before.hash == after.hash:
        return []
    return list(_differences(before, after)) or [ONLY_WORDING]


def _differences(before: Ruleset, after: Ruleset) -> Iterator[Phrase]:
    yield from connection_changes(before, after)
    yield from line_changes(before.conveyor, after.conveyor)
    yield from handoff_changes(before.conveyor, after.conveyor)
    yield from people_changes(before, after)
    yield from mapping_changes(before, after)
    if [(c.stage, c.values, c.moved_to, c.by, c.then) for c in before.cases] != [
        (c.stage, c.values, c.moved_to, c.by, c.then) for c in after.cases
    ]:
        yield phrase("The rules' own tests ({file}) change.", file=CASES)


def _first(rules: Ruleset) -> Iterator[Phrase]:
    line = rules.conveyor
    yield phrase(
        "The line {line} begins, with {sections} sections and {stages} stages.",
        line=line.name,
        sections=len(line.sections),
        stages=len(line.stages),
    )
    yield from (phrase("Hand-off {rule} is new.", rule=rule.name) for rule in line.handoffs)
    yield counted("{count} person is on the team.", "{count} people are on the team.", count=len(rules.team))
    yield from map(new_connection, rules.connections)
