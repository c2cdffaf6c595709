"""Each trap of YAML is found once, at its exact place, and causes no other error.

In a row, `§` marks where the problem is to be reported.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Row = tuple[str, str, str, str, str]
"""File, a text in it, what that is replaced by (with the mark), the problem's code, how its message begins."""

CONVEYOR, CONNECTIONS, TEAM, CASES, HUBSPOT = (
    "conveyor.yaml",
    "connections.yaml",
    "team.yaml",
    "cases.yaml",
    "mappings/hubspot.yaml",
)

ROWS: list[Row] = [
    (CONVEYOR, "title: Sales manager", "title: §no", "yaml-boolean", "no without quotes is true or false to"),
    (
        CONVEYOR,
        "title: Sales manager",
        "title: §Yes",
        "yaml-boolean",
        "Yes without quotes is true or false to",
    ),
    (CONVEYOR, "required: true", "required: §on", "yaml-boolean", "on without quotes is true or false to"),
    (CONVEYOR, "growth: {}", "§off: {}", "yaml-boolean", "the key off is true or false to some programs"),
    (CONVEYOR, '"09:00"', "§12:30", "yaml-time", "12:30 without quotes is a number of minutes"),
    (CONVEYOR, "at_least: 1000", "at_least: §1_000", "yaml-number", "1_000 without quotes is another number"),
    (HUBSPOT, '"9912"', "§0012", "yaml-number", "0012 without quotes is another number"),
    (
        CONVEYOR,
        "  head:  ",
        "  §scout: {}\n  head:  ",
        "duplicate-key",
        "duplicate key 'scout': it stands in line 7",
    ),
    (CONVEYOR, "due: 1d, required", "due: 1d, §due: 2d, required", "duplicate-key", "duplicate key 'due'"),
    (CONVEYOR, "    title: Lead generation", "§\ttitle: Lead generation", "tab", "a tab in the indentation"),
    (CONVEYOR, "mode: enforce", "mode: §\tenforce", "tab", "a tab where YAML allows none"),
    (CONVEYOR, "  hunter: {title", "  hunter: §&one {title", "anchor", "the anchor &one"),
    (CONVEYOR, "title: Sales manager", "title: §!!str Sales", "tag", "the tag tag:yaml.org,2002:str"),
    (CONVEYOR, "growth: {}", "growth: {§<<: {}}", "merge-key", "the merge key <<"),
    (CONVEYOR, "\ngrowth:", "\n§---\ngrowth:", "several-documents", "a second document begins here"),
    (CONVEYOR, "name: Acme", "? §[a, b]\n: c\nname: Acme", "key-not-text", "a key must be a word"),
    (CONVEYOR, "growth: {}", "§true: {}", "key-not-text", "the key true means true or false"),
    (CONVEYOR, "mode: enforce", "mode: enforce§: x", "syntax", "mapping values are not allowed here"),
    (CONVEYOR, "mode: enforce", "§mode:", "empty-value", "'mode' has no value"),
    (CONVEYOR, "requires: [amount]", "§requires: ", "empty-value", "'requires' has no value"),
    (CONVEYOR, "title: Sales manager", "title: Sa§\x07les", "unreadable-character", "an invisible control"),
    (CONVEYOR, "title: Sales manager", 'title: §"\\ud800"', "unreadable-character", "an escape that stands"),
    (CONVEYOR, "growth: {}", '§"\\ud83d\\ude00": {}', "unreadable-character", "an escape that stands"),
    (
        CONVEYOR,
        "growth: {}",
        "§grоwth: {}",
        "look-alike-letters",
        "'grоwth' mixes Latin letters with look-alikes",
    ),
    (HUBSPOT, "is: won", "is: §wоn", "look-alike-letters", "'wоn' mixes Latin letters with look-alikes"),
    (TEAM, "roles: [scout]", "roles: [§sсоut]", "look-alike-letters", "'sсоut' mixes Latin letters"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[3]}-{row[4][:30]}")
def test_it_is_the_only_error(refused: Callable[[Row], None], row: Row) -> None:
    refused(row)
