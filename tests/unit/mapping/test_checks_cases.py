"""Mistakes in the cases themselves: each is found once, at its place. In a row, `§` marks where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mapping.loader import load_files

Row = tuple[str, str, str, str, str]

ROWS: list[Row] = [
    (
        "cases.yaml",
        "moved_to: meeting",
        "moved_to: §qualification",
        "moves-nowhere",
        "the deal stands on 'qualification' already",
    ),
    (
        "cases.yaml",
        "budget: 500",
        "owner: §petra@acme.example",
        "unknown-member",
        "unknown member 'petra@acme.example' - did you mean 'petar@acme.example'?",
    ),
    (
        "cases.yaml",
        "by: scout",
        "by: §Petra@acme.example",
        "unknown-member",
        "unknown member 'petra@acme.example' - did you mean 'petar@acme.example'?",
    ),
    (
        "cases.yaml",
        "by: scout",
        "by: §scouts",
        "unknown-role",
        "unknown role 'scouts' - did you mean 'scout'?",
    ),
    (
        "cases.yaml",
        "budget: 500",
        "§buget: 500",
        "unmapped-field",
        "the field 'buget' is mapped nowhere - did you mean 'budget'?",
    ),
    (
        "cases.yaml",
        "stage: qualification",
        "stage: §qualificaton",
        "unknown-stage",
        "unknown stage 'qualificaton' - did you mean 'qualification'?",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2])
def test_each_mistake_is_found_at_its_place(row: Row, refused: Callable[[Row], None]) -> None:
    refused(row)


def test_an_owner_is_known_in_any_spelling(files: dict[str, str]) -> None:
    files["cases.yaml"] = files["cases.yaml"].replace("budget: 500", "owner: Olena@ACME.example")
    assert load_files(files).cases[0].values["owner"] == "Olena@ACME.example"
