"""From files to rules: what is right loads, everything that is wrong is said at once."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from mapping.loader import ConfigError, check_files, check_folder, load_files, load_ruleset
from mapping.ruleset import (
    AnyOf,
    Assign,
    Away,
    Check,
    Duration,
    Growth,
    Mode,
    Place,
    Quota,
    Safety,
    WorkingHours,
)

ROOT = Path(__file__).parents[3]
EXAMPLE = Path(__file__).with_name("example")


def test_the_shipped_configuration_has_no_errors() -> None:
    ruleset, problems = check_folder(ROOT / "config")
    assert ruleset is not None
    assert {problem.code for problem in problems} <= {"stage-not-mapped"}
    assert (
        set(ruleset.mappings)
        == set(ruleset.connections)
        == {
            "hubspot",
            "zoho",
            "bitrix24",
            "copper",
            "close",
        }
    )


def test_the_line_is_compiled() -> None:
    line = load_ruleset(EXAMPLE).conveyor
    assert (line.name, line.timezone, line.mode) == ("Acme sales conveyor", "Europe/Sofia", Mode.ENFORCE)
    assert line.working_hours == WorkingHours((0, 1, 2, 3, 4), time(9), time(18), "BG")
    assert list(line.section_by_name) == ["lead_generation", "conversion", "retention"]
    assert line.section_by_name["conversion"].title == "Conversion"
    assert line.stages["won"].requires == (Check("amount", (("at_least", "1"),)), Check("contract_end"))
    assert line.stages["qualification"].playbook[0].required
    assert line.stages["prospecting"].follow_up_after == Duration(2, "d")
    assert line.roles["head"].may_move == "anywhere"
    assert line.safety == Safety(50, 5, 3, Duration(1, "h"))
    assert line.growth[0] == Growth(
        "renewal", "contract_end", "before", Duration(60, "d"), line.growth[0].place
    )


def test_a_handoff_is_compiled_with_its_place() -> None:
    rule = load_ruleset(EXAMPLE).conveyor.handoff("lead_generation", "conversion")
    assert rule is not None
    assert rule.place == Place("conveyor.yaml", 39)
    assert rule.requires == (
        Check("decision_maker", ask="Who signs?"),
        Check("budget", (("at_least", "1000"),), "What can they spend this quarter?"),
        AnyOf((Check("contact_phone"), Check("contact_email"))),
    )
    assert rule.unless == (Check("source", (("one_of", ("referral",)),)),)
    assert rule.assign == Assign("hunter", "least_loaded")
    assert rule.remind_at == (50, 90)
    assert rule.accept_within == Duration(4, "h")


def test_the_mapping_is_compiled() -> None:
    mapping = load_ruleset(EXAMPLE).mappings["hubspot"]
    stage = mapping.stage_by_id["default", "122178070"]
    assert (stage.name, stage.means, stage.write_back) == ("Quote re-sent", "proposal", False)
    assert mapping.stage_by_id["default", "9912"].means is None
    assert mapping.ignored_pipelines == {"77"}
    assert mapping.write_back == {"section": "conveyor_section", "accept_by": "conveyor_accept_by"}


def test_people_are_compiled() -> None:
    team = load_ruleset(EXAMPLE).team
    assert team["petar@acme.example"].away == (
        Away(date(2026, 12, 24), date(2027, 1, 2), "ivan@acme.example"),
    )
    assert team["ivan@acme.example"].quota == Quota("50000", "EUR", "month")
    assert team["maria@acme.example"].accounts == {"bitrix24": "17"}


def test_secrets_stay_names() -> None:
    connection = load_ruleset(EXAMPLE).connections["zoho"]
    assert connection.settings["webhook"] == {"token": "${ZOHO_WEBHOOK_TOKEN}"}
    assert connection.settings["region"] == "eu"
    assert connection.poll_every == Duration(5, "m")


def test_ids_may_be_numbers(files: dict[str, str]) -> None:
    files["mappings/hubspot.yaml"] = files["mappings/hubspot.yaml"].replace('"9912"', "9912")
    assert ("default", "9912") in load_files(files).mappings["hubspot"].stage_by_id


def test_the_hash_names_the_texts(files: dict[str, str]) -> None:
    first = load_files(files)
    assert load_files(dict(reversed(files.items()))).hash == first.hash == load_ruleset(EXAMPLE).hash
    assert load_files(first.files).hash == first.hash
    files["team.yaml"] += "# a comment\n"
    assert load_files(files).hash != first.hash


def test_all_mistakes_are_reported_at_once(files: dict[str, str]) -> None:
    files["mappings/hubspot.yaml"] = files["mappings/hubspot.yaml"].replace("is: qualif", "is: qualf")
    files["conveyor.yaml"] = (
        files["conveyor.yaml"]
        .replace("mode: enforce", "mod: enforce")
        .replace("roles: [farmer]", "roles: [framer]")
        .replace("title: Sales manager", "title: no")
        .replace("{budget: {at_least: 1000", "{budget: {at_least: 1000, at_least: 5")
    )
    files["team.yaml"] = files["team.yaml"].replace(
        "roles: [farmer], weight: 2", "rolls: x, roles: [farmer], weight: two"
    )
    with pytest.raises(ConfigError) as raised:
        load_files(files)
    assert [str(problem) for problem in raised.value.problems if problem.severity == "error"] == [
        "conveyor.yaml:1:1: 'mode' is missing here",
        "conveyor.yaml:4:1: unknown key 'mod' - did you mean 'mode'?",
        "conveyor.yaml:8:19: no without quotes is true or false to some programs",
        "conveyor.yaml:31:13: unknown role 'framer' - did you mean 'farmer'?",
        "conveyor.yaml:44:35: duplicate key 'at_least': it stands in line 44 already",
        "mappings/hubspot.yaml:6:72: unknown stage 'qualfication' - did you mean 'qualification'?",
        "team.yaml:4:49: unknown key 'rolls' - did you mean 'roles'?",
        "team.yaml:4:84: expected a whole number, found the text 'two'",
    ]


def test_an_unreadable_file_hides_no_mistake_of_another(files: dict[str, str]) -> None:
    files["conveyor.yaml"] += "  ["
    files["team.yaml"] = files["team.yaml"].replace("roles: [scout]", "rolls: [scout]")
    _, problems = check_files(files)
    codes = {problem.code for problem in problems if problem.severity == "error"}
    assert codes == {"syntax", "unknown-key", "missing-key"}


def test_missing_files_are_named() -> None:
    ruleset, problems = check_files({})
    assert ruleset is None
    assert [problem.file for problem in problems] == ["connections.yaml", "conveyor.yaml", "team.yaml"]
    assert {problem.code for problem in problems} == {"missing-file"}


def test_cases_are_optional(files: dict[str, str]) -> None:
    assert len(load_files(files).cases) == 1
    del files["cases.yaml"]
    assert load_files(files).cases == ()


@pytest.mark.parametrize("name", ["conveyer.yaml", "conveyor.yml", "mappings/hubspot.yml"])
def test_a_file_that_is_not_read_is_a_warning(files: dict[str, str], name: str) -> None:
    files[name] = "anything: [goes"
    ruleset, problems = check_files(files)
    found = [problem for problem in problems if problem.code == "file-not-read"]
    assert [(problem.file, problem.severity) for problem in found] == [(name, "warning")]
    assert ruleset is not None
    assert name not in ruleset.files


def test_there_is_no_such_folder(tmp_path: Path) -> None:
    ruleset, problems = check_folder(tmp_path / "nowhere")
    assert ruleset is None
    assert [problem.code for problem in problems] == ["missing-folder"]


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"", "empty-file", (1, 1)),
        (b"# only a comment\n", "empty-file", (1, 1)),
        (b"team:\n  - {name: Andr\xe9}\n", "not-utf-8", (2, 16)),
        ("team: []".encode("utf-16"), "not-utf-8", (1, 1)),
        (b"- a\n- b\n", "table-expected", (1, 1)),
        (b"just a text", "table-expected", (1, 1)),
        (b"team: " + b"[" * 100, "too-deep", (1, 26)),
        (b"team:\n" + b"  - a\n" * 60_000, "too-large", (1, 1)),
        (b"#" * (1024 * 1024 + 1), "too-large", (1, 1)),
    ],
)
def test_a_file_that_makes_no_sense(
    files: dict[str, str], tmp_path: Path, raw: bytes, code: str, place: tuple[int, int]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "team.yaml").write_bytes(raw)
    ruleset, problems = check_folder(tmp_path)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert ruleset is None
    assert [(problem.file, problem.code) for problem in errors] == [("team.yaml", code)]
    if code != "too-large":
        assert (errors[0].line, errors[0].column) == place


def test_a_folder_named_like_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").mkdir()
    _, problems = check_folder(tmp_path)
    assert "unreadable-file" in {problem.code for problem in problems if problem.file == "team.yaml"}
