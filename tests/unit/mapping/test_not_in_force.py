"""Whatever is read but not done yet says so, where it stands."""

from __future__ import annotations

from mapping.loader import check_files


def _notes(files: dict[str, str]) -> list[str]:
    _, problems = check_files(files)
    notes = [problem for problem in problems if problem.code == "not-in-force-yet"]
    assert {problem.severity for problem in notes} <= {"note"}
    return [f"{note.file}:{note.line}:{note.column}" for note in notes]


def test_each_place_is_noted(files: dict[str, str]) -> None:
    assert _notes(files) == [
        "team.yaml:5:70",
    ]
