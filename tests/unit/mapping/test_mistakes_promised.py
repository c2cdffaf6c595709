"""What the format promises to refuse: each mistake is found, and all of them at once, each at its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mapping.loader import check_files

Files = dict[str, str]
CONVEYOR, TEAM, CONNECTIONS, HUBSPOT = (
    "conveyor.yaml",
    "team.yaml",
    "connections.yaml",
    "mappings/hubspot.yaml",
)

PROMISED: dict[str, tuple[str, str, str, str]] = {
    "an unknown key": (CONVEYOR, "accept_within: 4h", "acept_within: 4h", "unknown-key"),
    "an unknown name": (HUBSPOT, "is: qualification", "is: qualificaton", "unknown-stage"),
    "a stage neither mapped nor ignored": (
        HUBSPOT,
        "is: negotiation}",
        "write_back: true}",
        "stage-without-meaning",
    ),
    "a role without people": (CONVEYOR, "  head:  ", "  closer: {}\n  head:  ", "role-without-people"),
    "a required field that is mapped nowhere": (CONVEYOR, "[lost_reason]", "[why_lost]", "unmapped-field"),
    "two rules for one boundary": (
        CONVEYOR,
        "\ngrowth:",
        "  - {from: lead_generation, to: conversion, assign: {to: hunter, by: round_robin}}\n\ngrowth:",
        "duplicate-handoff",
    ),
    "`no`": (CONVEYOR, "title: Sales manager", "title: no", "yaml-boolean"),
    "`12:30`": (CONVEYOR, '"09:00"', "12:30", "yaml-time"),
    "a duplicate key": (CONVEYOR, "title: Lead hunter", "title: Lead hunter, title: Scout", "duplicate-key"),
    "a tab": (CONNECTIONS, "    poll_every: 5m", "\tpoll_every: 5m", "tab"),
    "look-alike letters": (TEAM, "roles: [scout]", "roles: [sсоut]", "look-alike-letters"),
}
"""File, a text in it, what that is replaced by, the code. Names and ids that disagree with the CRM, and `won` on a
stage that the CRM calls lost, need the CRM: `test_online.py`."""


@pytest.mark.parametrize("mistake", PROMISED)
def test_it_is_refused(files: Files, mistake: str) -> None:
    file, old, new, code = PROMISED[mistake]
    files[file] = _replaced(files[file], old, new)
    ruleset, problems = check_files(files)
    assert ruleset is None
    assert (file, code) in {
        (problem.file, problem.code) for problem in problems if problem.severity == "error"
    }


def test_all_are_told_at_once_each_at_its_place(example_files: Callable[[], Files]) -> None:
    files = example_files()
    for file, old, new, _ in PROMISED.values():
        files[file] = _replaced(files[file], old, new)
    _, problems = check_files(files)
    found = {(problem.file, problem.code): problem for problem in problems}
    for file, _, new, code in PROMISED.values():
        above, _, below = files[file].partition(new.strip("\n"))
        assert below, f"{new!r} is no longer there"
        first = above.count("\n") + 1
        assert first <= found[file, code].line <= first + new.strip("\n").count("\n"), code
    assert "did you mean 'qualification'?" in found[HUBSPOT, "unknown-stage"].message


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)
