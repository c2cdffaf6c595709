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
        "cases.yaml:1:1",
        "connections.yaml:9:5",
        "connections.yaml:14:14",
        "connections.yaml:15:14",
        "conveyor.yaml:71:3",
        "team.yaml:5:70",
    ]


def test_other_languages_are_noted_but_english_is_not(files: dict[str, str]) -> None:
    for language, noted in (("en", False), ("uk", True)):
        texts = {**files, "conveyor.yaml": f"language: {language}\n{files['conveyor.yaml']}"}
        assert ("conveyor.yaml:1:1" in _notes(texts)) is noted
