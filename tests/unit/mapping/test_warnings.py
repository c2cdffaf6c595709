"""What is odd is said at its place, and stops nothing.

In a row, `§` marks where the problem is to be reported.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mapping.loader import check_files

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
    (
        CONVEYOR,
        "name: Acme",
        "§\ufeffname: Acme",
        "byte-order-mark",
        "this file begins with an invisible byte order",
    ),
    (
        CONVEYOR,
        "\ngrowth:",
        "  - §{from: retention, to: conversion, assign: {to: hunter, by: weighted}, if_late: [return]}\n\ngrowth:",
        "no-deadline",
        "there is no deadline",
    ),
    (
        CONVEYOR,
        "  retention:\n",
        "  §retention:\n",
        "stage-not-mapped",
        "no CRM maps any stage of 'retention'",
    ),
    (
        CONVEYOR,
        "      meeting: {}",
        "      meeting: {}\n      §demo: {}",
        "stage-not-mapped",
        "no CRM maps the stage 'demo'",
    ),
    (
        CONVEYOR,
        "  conversion:\n    roles: [hunter]",
        "  demo:\n    roles: [scout]\n    stages: {demo: {}}\n  §conversion:\n    roles: [hunter]",
        "no-handoff",
        "no hand-off leads from 'demo' to 'conversion'",
    ),
    (
        HUBSPOT,
        "is: negotiation}",
        "is: negotiation, §write_back: false}",
        "nothing-to-write",
        "nothing may be written for 'negotiation'",
    ),
    (
        HUBSPOT,
        "lost_reason: closed_lost_reason",
        "lost_reason: §budget__c",
        "same-crm-field",
        "'budget__c' is 'budget' already",
    ),
    (
        CONNECTIONS,
        "  zoho:",
        "  §zoho:",
        "no-mapping",
        "mappings/zoho.yaml is missing: no deal of 'zoho' is on",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[3]}-{row[4][:30]}")
def test_it_stops_nothing(warned: Callable[[Row], None], row: Row) -> None:
    warned(row)


def test_no_way_into_a_section_that_lives_elsewhere(files: dict[str, str]) -> None:
    files[CONVEYOR] = (
        files[CONVEYOR]
        .replace("    on: won\n", "")
        .replace("  retention:\n", "  retention:\n    crm: zoho\n")
    )
    ruleset, problems = check_files(files)
    assert [str(problem) for problem in problems if problem.code == "no-door"] == [
        "conveyor.yaml:56:5: 'hubspot' has no way into 'retention'"
    ]
    assert ruleset is not None


def test_a_field_that_one_crm_lacks(files: dict[str, str]) -> None:
    bitrix24 = files[HUBSPOT].replace("connection: hubspot", "connection: bitrix24")
    files["mappings/bitrix24.yaml"] = bitrix24.replace("  budget: budget__c\n", "")
    ruleset, problems = check_files(files)
    assert [str(problem) for problem in problems if problem.code == "field-not-mapped-here"] == [
        "mappings/bitrix24.yaml:15:1: a rule asks for 'budget', which 'bitrix24' does not map"
    ]
    assert ruleset is not None
