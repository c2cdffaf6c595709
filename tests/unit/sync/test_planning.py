"""How differences between two sets of rules are said. One change a test, one sentence or two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mapping.loader import load_files
from sync.planning.brake import Brake
from sync.planning.changes import ONLY_WORDING, rule_changes

CONFIG = Path(__file__).parents[3] / "config"
FILES = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
FILES.pop("cases.yaml", None)

LINE, TEAM, HUBSPOT = "conveyor.yaml", "team.yaml", "mappings/hubspot.yaml"


def changes(file: str, old: str, new: str) -> Sequence[str]:
    """What is said of one edit."""
    assert FILES[file].count(old) == 1, f"{old!r} does not stand once in {file}"
    edited = {**FILES, file: FILES[file].replace(old, new)}
    return rule_changes(load_files(FILES), load_files(edited))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            LINE,
            "mode: enforce",
            "mode: observe",
            ["The line: mode is observe (only record), it was enforce (put back what breaks a rule)."],
        ),
        (
            LINE,
            'to: "18:00"',
            'to: "17:00"',
            [
                "The line: working time is Mon, Tue, Wed, Thu, Fri 09:00-17:00, holidays of BG, "
                "it was Mon, Tue, Wed, Thu, Fri 09:00-18:00, holidays of BG."
            ],
        ),
        (
            LINE,
            "proposal: {requires: [amount]}",
            "proposal: {requires: [{amount: {at_least: 500}}]}",
            [
                "Stage Proposal now asks that: amount must be at least 500.",
                "Stage Proposal no longer asks that: amount must be filled in.",
            ],
        ),
        (
            LINE,
            "meeting: {}",
            'meeting: {follow_up_after: 2d, playbook: [{task: "Call", due: 4h, required: true}]}',
            [
                'Stage Meeting now gives the task: "Call" (due in 4 hours, required).',
                "Stage Meeting: follow-up after is 2 days, it was not set.",
            ],
        ),
        (LINE, "title: Conversion", "title: Sales", ["Section Sales: title is Sales, it was Conversion."]),
        (
            TEAM,
            "  - {name: Petar D., email: petar@acme.example, roles: [hunter]}\n",
            "",
            ["Petar D. leaves the team, and was Sales manager."],
        ),
        (
            TEAM,
            "email: petar@acme.example, roles: [hunter]",
            "email: petar@acme.example, roles: [scout], capacity: 5",
            [
                "Petar D. now has the role: Lead hunter.",
                "Petar D. no longer has the role: Sales manager.",
                "Petar D.: most open deals is 5, it was not set.",
            ],
        ),
        (
            HUBSPOT,
            "id: qualifiedtobuy,        is: qualification}",
            "id: qualifiedtobuy,        ignore: true}",
            ['hubspot, Sales Pipeline: "Qualified to buy" is ignored now, and meant Qualification.'],
        ),
        (LINE, "name: Acme sales conveyor", "# why\nname: Acme sales conveyor", [ONLY_WORDING]),
    ],
)
def test_each_difference_has_its_sentence(file: str, old: str, new: str, said: list[str]) -> None:
    assert sorted(changes(file, old, new)) == sorted(said)


def test_what_stands_in_the_settings_is_not_said() -> None:
    said = changes("connections.yaml", 'token: "${HUBSPOT_TOKEN}"', 'token: "${ANOTHER_TOKEN}"')
    assert said == ["Connection hubspot: its settings change."]


def test_a_handoff_is_compared_in_all_it_says() -> None:
    new = 'requires: [contact_email, {budget: {at_least: 1000, ask: "What can they spend?"}}]'
    base = {**FILES, LINE: _handoff("requires: [contact_email]", "accept_within: 4h", "least_loaded")}
    edited = {**FILES, LINE: _handoff(new, "accept_within: 1d", "round_robin")}
    assert rule_changes(load_files(base), load_files(edited)) == [
        "Hand-off Scout to hunter now asks that: budget must be at least 1000 (What can they spend?).",
        "Hand-off Scout to hunter: receiver is Sales manager, in turn, "
        "it was Sales manager, whoever has fewest deals.",
        "Hand-off Scout to hunter: time to accept is 1 day, it was 4 hours.",
    ]


def _handoff(requires: str, accept: str, by: str) -> str:
    head, _, _ = FILES[LINE].partition("\nhandoffs:")
    return (
        f"{head}\nhandoffs:\n  - name: Scout to hunter\n    from: lead_generation\n    to: conversion\n"
        f"    {requires}\n    assign: {{to: hunter, by: {by}}}\n    {accept}\n"
    )


def test_a_handoff_that_is_gone_is_said() -> None:
    base = {**FILES, LINE: _handoff("requires: [amount]", "accept_within: 4h", "round_robin")}
    head, _, _ = FILES[LINE].partition("\nhandoffs:")
    said = rule_changes(load_files(base), load_files({**FILES, LINE: f"{head}\n"}))
    assert said == [
        "Hand-off Scout to hunter is gone: from Lead generation to Conversion, given to Sales manager, in turn."
    ]


def test_a_stage_that_is_renamed_is_gone_and_new() -> None:
    edited = {**FILES, LINE: FILES[LINE].replace("proposal:", "offer:")}
    edited = {
        name: text.replace("is: proposal", "is: offer") if name.startswith("mappings/") else text
        for name, text in edited.items()
    }
    said = rule_changes(load_files(FILES), load_files(edited))
    assert said[:2] == ["Stage Proposal is gone from Conversion.", "Stage Offer is new, in Conversion."]
    assert any('"Decision maker bought-in" means Offer now, and meant Proposal.' in one for one in said)


@pytest.mark.parametrize(
    ("brake", "moved", "of", "holds"),
    [
        (Brake(None, None), 1000, 1000, False),
        (Brake(5, None), 5, 10, False),
        (Brake(5, None), 6, 1000, True),
        (Brake(None, 5), 5, 100, False),
        (Brake(None, 5), 6, 100, True),
        (Brake(50, 5), 6, 100, True),
        (Brake(0, 0), 0, 0, False),
        (Brake(0, None), 1, 1, True),
    ],
)
def test_the_brake_holds_above_either_limit(brake: Brake, moved: int, of: int, holds: bool) -> None:
    assert brake.holds(moved, of) is holds
