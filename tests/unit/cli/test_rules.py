"""`check`, `schema`, `apply` and `history` on files, without any CRM."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result


def test_a_folder_without_mistakes_is_fine(conveyor: Callable[..., Result]) -> None:
    assert conveyor("check").exit_code == 0
    found = json.loads(conveyor("check", "--json").stdout)
    assert found["ok"] is True
    assert all(problem["severity"] != "error" for problem in found["problems"])


def test_every_mistake_is_told_with_its_place(conveyor: Callable[..., Result], config: Path) -> None:
    mapping = config / "mappings" / "hubspot.yaml"
    mapping.write_text(mapping.read_text().replace("is: qualification", "is: qualificaton"))
    team = config / "team.yaml"
    team.write_text(team.read_text().replace("roles: [scout]", "roles: [scoutt]"))
    text, parsed = conveyor("check"), conveyor("check", "--json")
    assert (text.exit_code, parsed.exit_code) == (1, 1)
    found = json.loads(parsed.stdout)
    assert found["ok"] is False
    problem = next(p for p in found["problems"] if "did you mean 'qualification'?" in p["message"])
    assert set(problem) == {"file", "line", "column", "severity", "code", "message", "hint"}
    assert (problem["file"], problem["severity"]) == ("mappings/hubspot.yaml", "error")
    assert f"{mapping}:{problem['line']}:{problem['column']}: error: " in text.stdout
    assert any(p["file"] == "team.yaml" for p in found["problems"])


def test_a_folder_that_is_not_there_is_a_problem(conveyor: Callable[..., Result], tmp_path: Path) -> None:
    ran = conveyor("check", "--config", str(tmp_path / "none"))
    assert (ran.exit_code, "there is no such folder" in ran.stdout) == (1, True)


def test_schemas_are_printed_and_written(conveyor: Callable[..., Result], tmp_path: Path) -> None:
    assert set(json.loads(conveyor("schema").stdout)) == {
        "connections",
        "conveyor",
        "mapping",
        "team",
        "cases",
    }
    one = json.loads(conveyor("schema", "team").stdout)
    assert conveyor("schema", "--to", str(tmp_path / "schemas")).exit_code == 0
    assert json.loads((tmp_path / "schemas" / "team.schema.json").read_text()) == one


def test_the_first_apply_makes_version_1(conveyor: Callable[..., Result]) -> None:
    ran = conveyor("apply", "--message", "the beginning", "--by", "anna")
    assert (ran.exit_code, "Version 1 is in force." in ran.stdout) == (0, True)
    (version,) = json.loads(conveyor("history", "--json").stdout)
    assert set(version) == {"version", "hash", "active", "applied_at", "applied_by", "message"}
    assert (version["version"], version["active"], version["applied_by"], version["message"]) == (
        1,
        True,
        "anna",
        "the beginning",
    )


def test_the_same_files_are_not_applied_twice(conveyor: Callable[..., Result]) -> None:
    conveyor("apply")
    ran = conveyor("apply")
    assert (ran.exit_code, "nothing changes" in ran.stdout) == (0, True)
    assert len(json.loads(conveyor("history", "--json").stdout)) == 1


def test_a_second_version_follows_and_says_what_changed(
    conveyor: Callable[..., Result], config: Path
) -> None:
    conveyor("apply")
    line = config / "conveyor.yaml"
    line.write_text(line.read_text().replace("at_least: 1000", "at_least: 2000"))
    (config / "mappings" / "bitrix24.yaml").write_text(
        "# changed\n" + (config / "mappings" / "bitrix24.yaml").read_text()
    )
    ran = conveyor("apply")
    assert ran.exit_code == 0
    assert [line for line in ran.stdout.splitlines() if line.startswith("  changed")] == [
        "  changed conveyor.yaml",
        "  changed mappings/bitrix24.yaml",
    ]
    versions = json.loads(conveyor("history", "--json").stdout)
    assert [(v["version"], v["active"]) for v in versions] == [(2, True), (1, False)]


def test_files_with_errors_are_never_applied(conveyor: Callable[..., Result], config: Path) -> None:
    conveyor("apply")
    (config / "team.yaml").write_text("team: [{}]\n")
    ran = conveyor("apply", "--yes")
    assert ran.exit_code == 1
    assert "Nothing was put in force." in ran.stderr
    assert [v["version"] for v in json.loads(conveyor("history", "--json").stdout)] == [1]
