"""`check` and `apply` run the rules' own tests: a case that fails is a problem, and keeps a version back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Conveyor = Callable[..., Result]

TOO_SMALL = '{stage: qualification, budget: 500, decision_maker: "CFO", contact_email: a@b.c}'
CASE = f"cases:\n  - {{given: {TOO_SMALL}, when: {{moved_to: meeting, by: scout}}, then: returned}}\n"


@pytest.fixture
def cases(config: Path) -> Path:
    """The file of the cases, with one that holds."""
    file = config / "cases.yaml"
    file.write_text(CASE)
    return file


def problems(ran: Result) -> list[dict[str, object]]:
    found = json.loads(ran.stdout)
    assert found["ok"] is (ran.exit_code == 0)
    return [problem for problem in found["problems"] if problem["file"] == "cases.yaml"]


def versions(conveyor: Conveyor) -> list[int]:
    return [version["version"] for version in json.loads(conveyor("history", "--json").stdout)]


def test_cases_that_hold_are_counted_and_no_problem(conveyor: Conveyor, cases: Path) -> None:
    text, parsed = conveyor("check"), conveyor("check", "--json")
    assert (text.exit_code, parsed.exit_code, problems(parsed)) == (0, 0, [])
    assert "Cases: 1 hold, 0 fail." in text.stdout


def test_a_case_that_fails_is_a_problem_of_check(conveyor: Conveyor, cases: Path) -> None:
    cases.write_text(CASE.replace("then: returned", "then: handed_off"))
    text, parsed = conveyor("check"), conveyor("check", "--json")
    assert (text.exit_code, parsed.exit_code) == (1, 1)
    [problem] = problems(parsed)
    column = CASE.splitlines()[1].index("returned}") + 1
    assert (problem["line"], problem["column"]) == (2, column)
    assert (problem["severity"], problem["code"]) == ("error", "case-fails")
    message, hint = str(problem["message"]), str(problem["hint"])
    assert message.startswith("expected handed_off, but the rules say returned: ")
    assert "budget must be at least 1000" in message
    assert "conveyor.yaml:" in message
    assert hint.startswith("if the rules are right, write then: returned")
    assert f"{cases}:2:{column}: error: {message}" in text.stdout
    assert f"    {hint}\n" in text.stdout
    assert "Cases: 0 hold, 1 fail." in text.stdout


def test_a_rule_that_breaks_a_case_is_not_put_in_force(conveyor: Conveyor, cases: Path, config: Path) -> None:
    assert conveyor("apply").exit_code == 0
    line = config / "conveyor.yaml"
    line.write_text(line.read_text().replace("budget: {at_least: 1000", "budget: {at_least: 100"))
    ran = conveyor("apply", "--yes")
    assert (ran.exit_code, versions(conveyor)) == (1, [1])
    assert f"{cases}:2:" in ran.stdout
    assert "expected returned, but the rules say handed_off" in ran.stdout
    assert "Nothing was put in force." in ran.stderr
    assert "expected returned, but the rules say handed_off" in conveyor("apply", "--yes", "--json").stderr
    cases.write_text(CASE.replace("budget: 500", "budget: 50"))
    assert (conveyor("apply", "--yes").exit_code, versions(conveyor)) == (0, [2, 1])


def test_in_an_emergency_the_line_may_be_set_to_observe(
    conveyor: Conveyor, cases: Path, config: Path
) -> None:
    line = config / "conveyor.yaml"
    line.write_text(line.read_text().replace("mode: enforce", "mode: observe"))
    assert (conveyor("check").exit_code, conveyor("apply").exit_code) == (0, 0)


def test_cases_are_not_run_on_files_with_errors(conveyor: Conveyor, cases: Path, config: Path) -> None:
    (config / "team.yaml").write_text("team: [{}]\n")
    ran = conveyor("check")
    assert (ran.exit_code, "The cases were not run: first put the errors right." in ran.stdout) == (1, True)
    cases.unlink()
    assert "were not run" not in conveyor("check").stdout


def test_without_cases_nothing_is_said_of_them(conveyor: Conveyor, cases: Path) -> None:
    cases.unlink()
    ran = conveyor("check")
    assert (ran.exit_code, "Cases" in ran.stdout) == (0, False)
