"""`conveyor init` as an admin runs it on their first evening: from credentials of live CRMs to a draft that holds."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.sandbox import SANDBOXES
from mapping.loader import load_ruleset
from mapping.ruleset import Ruleset
from sync.drafting.look import MOST_DEALS

from ..contract.connectors.sandbox_client import Sandbox
from .cli_house import CONFIG, CONVEYOR, PATIENCE_S, Folder
from .house import IVAN, MARIA, OLENA, PETAR, ROBOT

CRMS = tuple(crm.name for crm in SANDBOXES)
A_MINUTE_S = 60.0


def credentials(crm: str, url: str) -> dict[str, str]:
    """What the environment holds of a sandbox, as `conveyor sandbox` prints it."""
    (known,) = [each for each in SANDBOXES if each.name == crm]
    return dict(line.format(url=url).split("=", 1) for line in known.settings)


def work(sandbox: Sandbox) -> None:
    """An account in use: Olena finds customers, Petar sells, Maria keeps those who bought."""
    sandbox.reset()
    board = max(sandbox.pipelines(), key=lambda each: len(each["stages"]))
    stages = [stage["id"] for stage in board["stages"]]
    for owner, place in ((OLENA, 0), (OLENA, 1), (PETAR, 2), (PETAR, 3)):
        for _ in range(4):
            sandbox.new_deal(owner=owner, pipeline=board["id"], stage=stages[place])


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder, and an environment without any credentials."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Folder(tmp_path, {**kept, "CONVEYOR_HOME": str(tmp_path / "var")})


def with_crms(folder: Folder, sandboxes: Mapping[str, Sandbox], *crms: str) -> Folder:
    """The folder, with credentials of these CRMs in the environment."""
    for crm in crms:
        work(sandboxes[crm])
        folder.environment.update(credentials(crm, sandboxes[crm].url))
    return folder


def begun(folder: Folder, *arguments: str) -> list[dict[str, Any]]:
    """What `init` says it guessed."""
    return list(folder.read("init", *arguments)["drafts"])


def rules_of(folder: Folder) -> Ruleset:
    return load_ruleset(folder.path / "config")


def written(folder: Folder) -> dict[str, str]:
    """All files of the configuration folder."""
    root = folder.path / "config"
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.*"))}


@pytest.mark.parametrize("crm", CRMS)
def test_a_draft_of_each_crm_is_accepted_offline_and_online(
    crm: str, folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    # Given an account that people work in
    with_crms(folder, sandboxes, crm)
    before = sandboxes[crm].writes()
    # When an admin lets it be drafted
    (draft,) = begun(folder, crm)
    # Then both checks find no error, and the CRM is as it was
    assert folder.read("check")["ok"]
    assert folder.read("check", "--online")["ok"]
    assert sandboxes[crm].writes() == before and sandboxes[crm].malformed() == 0
    # And the line only observes
    rules = rules_of(folder)
    assert rules.conveyor.mode == "observe"
    # And won and lost are the CRM's own
    stages = [stage for one in draft["pipelines"] for stage in one["stages"]]
    assert all(stage["is"] == stage["outcome"] for stage in stages if stage["outcome"] != "open")
    assert not [stage for stage in stages if stage["outcome"] == "open" and stage["is"] in ("won", "lost")]
    # And its stages mean what they mean in the example that ships for this account
    example = load_ruleset(CONFIG).mappings[crm].stage_by_id
    told = {(one["id"], stage["id"]): stage["is"] for one in draft["pipelines"] for stage in one["stages"]}
    assert {key: told[key] for key in example} == {key: line.means for key, line in example.items()}
    # And people have the roles that their deals show, programs none
    roles = {person["email"]: person["roles"] for person in draft["people"]}
    assert "scout" in roles[OLENA] and "hunter" in roles[PETAR], draft["people"]
    assert ROBOT not in roles and any(ROBOT in line for line in draft["left_out"])
    # And the fields were found that the example of this CRM maps
    assert {"budget", "decision_maker", "contract_end", "lost_reason"} <= set(rules.mappings[crm].fields)


def test_the_path_of_two_crms_takes_less_than_a_minute(
    folder: Folder, sandboxes: Mapping[str, Sandbox], record_property: Any
) -> None:
    with_crms(folder, sandboxes, "hubspot", "bitrix24")
    began = time.monotonic()
    drafting = folder.run("init")
    checking = folder.run("check")
    took = time.monotonic() - began
    assert (drafting.returncode, drafting.stderr) == (0, ""), drafting.stderr
    assert checking.returncode == 0, checking.stdout
    record_property("seconds", took)
    assert took < A_MINUTE_S, f"{took:.1f} s"
    # And it says what to do next
    assert "only records, and writes nothing" in drafting.stdout
    for command in ("conveyor check", "conveyor plan", "conveyor apply"):
        assert re.search(rf"^  {command}\b", drafting.stdout, re.MULTILINE)
    assert set(rules_of(folder).connections) == {"hubspot", "bitrix24"}


def test_all_five_crms_on_one_line(folder: Folder, sandboxes: Mapping[str, Sandbox]) -> None:
    with_crms(folder, sandboxes, *CRMS)
    began = time.monotonic()
    drafts = begun(folder)
    took = time.monotonic() - began
    assert took < A_MINUTE_S, f"{took:.1f} s"
    assert {draft["crm"] for draft in drafts} == set(CRMS)
    assert [draft["template"] is None for draft in drafts] == [False, True, True, True, True]
    assert folder.read("check", "--online")["ok"]
    assert set(rules_of(folder).mappings) == set(CRMS)


def test_a_further_crm_keeps_what_is_there_comments_included(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    # Given a draft that an admin worked on
    with_crms(folder, sandboxes, "hubspot")
    begun(folder, "hubspot", "--template", "three-tier")
    root = folder.path / "config"
    for file in ("connections.yaml", "conveyor.yaml", "team.yaml", "mappings/hubspot.yaml"):
        text = (root / file).read_text()
        (root / file).write_text(f"# hands off, says Ivan\n{text}\n# and this   stays, too\n")
    before = written(folder)
    # When a second CRM is added, with somebody who works only there
    with_crms(folder, sandboxes, "bitrix24")
    sandboxes["bitrix24"].add_person("nadia@acme.example", "Nadia N.")
    for _ in range(5):
        sandboxes["bitrix24"].new_deal(owner="nadia@acme.example", stage="NEW", pipeline="0")
    (draft,) = begun(folder, "bitrix24")
    # Then every line stays, in its order, and what is new was added
    after = written(folder)
    assert draft["template"] is None
    assert {file for file in after if after[file] != before.get(file)} == {
        "connections.yaml",
        "team.yaml",
        "mappings/bitrix24.yaml",
    }
    for file, text in before.items():
        rest = iter(after[file].splitlines(keepends=True))
        assert all(line in rest for line in text.splitlines(keepends=True)), file
    assert rules_of(folder).team["nadia@acme.example"].roles == ("scout",)
    assert folder.read("check", "--online")["ok"]


def test_nothing_is_overwritten_without_force(folder: Folder, sandboxes: Mapping[str, Sandbox]) -> None:
    with_crms(folder, sandboxes, "hubspot")
    begun(folder, "hubspot")
    mapping = folder.path / "config" / "mappings" / "hubspot.yaml"
    mapping.write_text(mapping.read_text() + "# mine\n")
    before = written(folder)
    refused = folder.ask("init", "hubspot")
    assert refused.exit_code == 1 and "--force" in refused.stderr and str(mapping) in refused.stderr
    assert written(folder) == before
    begun(folder, "hubspot", "--force")
    after = written(folder)
    assert {file for file in after if after[file] != before[file]} == {"mappings/hubspot.yaml"}
    # Another account of the same CRM is a connection of its own
    folder.environment.update(
        {name.replace("HUBSPOT", "HUBSPOT_US"): value for name, value in folder.environment.items()}
    )
    (draft,) = begun(folder, "hubspot", "--name", "hubspot-us")
    assert draft["connection"] == "hubspot-us"
    assert set(rules_of(folder).connections) == {"hubspot", "hubspot-us"}


def test_a_portal_where_closedwon_means_lost(folder: Folder, sandboxes: Mapping[str, Sandbox]) -> None:
    with_crms(folder, sandboxes, "hubspot")
    board = {
        "id": "default",
        "label": "Rental",
        "stages": [
            {"id": "new", "label": "New"},
            {"id": "hope", "label": "Closed won (waiting for the order)"},
            {"id": "closedlost", "label": "Rented out", "won": True},
            {"id": "closedwon", "label": "Closed won", "lost": True},
        ],
    }
    sandboxes["hubspot"].ask("PUT", "/pipelines", [board])
    try:
        (draft,) = begun(folder, "hubspot")
        told = {stage["id"]: stage["is"] for stage in draft["pipelines"][0]["stages"]}
        assert told["closedlost"] == "won" and told["closedwon"] == "lost"
        assert told["hope"] not in ("won", "lost")
        assert folder.read("check", "--online")["ok"]
    finally:
        sandboxes["hubspot"].reset()


def test_missing_credentials_are_named(folder: Folder) -> None:
    ran = folder.ask("init", "zoho")
    assert ran.exit_code == 2
    assert all(name in ran.stderr for name in ("ZOHO_ID", "ZOHO_SECRET", "ZOHO_REFRESH"))
    assert not (folder.path / "config").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hubspott",), "did you mean 'hubspot'"),
        (("hubspot", "--template", "five-tier"), "three-tier"),
        (("hubspot", "--name", "My Portal"), "use a-z"),
    ],
)
def test_wrong_usage_is_told(folder: Folder, arguments: tuple[str, ...], said: str) -> None:
    ran = folder.ask("init", *arguments)
    assert ran.exit_code == 2 and said in ran.stderr


def test_credentials_that_the_crm_refuses_leave_nothing_behind(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    with_crms(folder, sandboxes, "close")
    folder.environment["CLOSE_KEY"] = "api_Wrong.Wrong"
    ran = folder.ask("init", "close")
    assert ran.exit_code == 3 and "Wrong" not in ran.output
    assert not (folder.path / "config").exists()


def test_a_folder_with_errors_is_left_alone(folder: Folder, sandboxes: Mapping[str, Sandbox]) -> None:
    with_crms(folder, sandboxes, "hubspot")
    begun(folder, "hubspot")
    conveyor = folder.path / "config" / "conveyor.yaml"
    conveyor.write_text(conveyor.read_text().replace("mode: observe", "mode: observ"))
    before = written(folder)
    with_crms(folder, sandboxes, "copper")
    ran = folder.ask("init", "copper")
    assert ran.exit_code == 1 and "conveyor check" in ran.stderr
    assert written(folder) == before


def test_who_moves_deals_on_counts_even_if_they_own_none(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    with_crms(folder, sandboxes, "hubspot")
    sandbox = sandboxes["hubspot"]
    for _ in range(5):
        deal = sandbox.new_deal(owner=PETAR, by=IVAN, pipeline="default", stage="qualifiedtobuy")
        sandbox.edit(deal, by=IVAN, stage="presentationscheduled")
    (draft,) = begun(folder, "hubspot", "--template", "three-tier")
    roles = {person["email"]: person for person in draft["people"]}
    assert "scout" in roles[IVAN]["roles"] and "5 in lead_generation" in roles[IVAN]["reason"]


def test_a_big_account_is_looked_at_for_a_bounded_time(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    with_crms(folder, sandboxes, "hubspot")
    sandboxes["hubspot"].many(MOST_DEALS + 500)
    before = sandboxes["hubspot"].requests()
    (draft,) = begun(folder, "hubspot")
    assert any(f"the first {MOST_DEALS} deals" in note for note in draft["notes"])
    assert sandboxes["hubspot"].requests() - before < 60


def test_what_was_drafted_before_one_failed_stays_and_is_told(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    with_crms(folder, sandboxes, "hubspot", "close")
    folder.environment["CLOSE_KEY"] = "api_Wrong.Wrong"
    ran = folder.ask("init")
    assert ran.exit_code == 3 and "Close" in ran.stderr
    assert [draft["crm"] for draft in json.loads(ran.stdout)["drafts"]] == ["hubspot"]
    # And when it is put right, only what is missing is drafted
    folder.environment.update(credentials("close", sandboxes["close"].url))
    assert [draft["crm"] for draft in begun(folder)] == ["close"]
    assert folder.ask("init").exit_code == 2


def test_a_connection_that_was_written_by_hand_is_used_as_it_stands(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    with_crms(folder, sandboxes, "close")
    by_hand = f"""connections:
  ours:  # an account of Ivan's
    crm: close
    auth: {{api_key: "${{OUR_KEY}}"}}
    base_url: {sandboxes["close"].url}
"""
    (folder.path / "config").mkdir()
    (folder.path / "config" / "connections.yaml").write_text(by_hand)
    folder.environment["OUR_KEY"] = folder.environment.pop("CLOSE_KEY")
    begun(folder, "close", "--name", "ours")
    assert written(folder)["connections.yaml"] == by_hand
    assert folder.read("check", "--online")["ok"]
    refused = folder.ask("init", "hubspot", "--name", "ours", "--force")
    assert refused.exit_code == 1 and "another CRM" in refused.stderr


def test_on_a_terminal_it_asks_and_never_shows_what_was_typed(
    folder: Folder, sandboxes: Mapping[str, Sandbox]
) -> None:
    # Given only the address of the sandbox, and a `.env` that others can read
    work(sandboxes["copper"])
    known = credentials("copper", sandboxes["copper"].url)
    env = folder.path / ".env"
    env.write_text(f"# ours\nCOPPER_BASE_URL={known['COPPER_BASE_URL']}")
    env.chmod(0o644)
    # When the admin answers on a terminal
    shown = typed(folder, ["init", "copper"], [known["COPPER_KEY"], known["COPPER_EMAIL"]])
    # Then the key is never shown, stands in `.env` for them alone, and in no other file
    assert known["COPPER_KEY"] not in shown and "API key" in shown
    assert known["COPPER_KEY"] in env.read_text() and env.read_text().startswith("# ours\n")
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert known["COPPER_KEY"] not in "".join(written(folder).values())
    # And the next command finds it
    assert folder.run("check", "--online").returncode == 0


def typed(folder: Folder, arguments: list[str], answers: list[str]) -> str:
    """Run a command on a terminal of its own, answer each question, and return all that it showed."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [*CONVEYOR, *arguments],
            cwd=folder.path,
            env=folder.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        shown = _talk(ours, answers)
        assert process.wait(PATIENCE_S) == 0, shown
        return shown
    finally:
        os.close(ours)


def _talk(terminal: int, answers: list[str]) -> str:
    """Answer whenever a question ends in a colon and a space."""
    shown, asked = "", 0
    while chunk := _read(terminal):
        shown += chunk
        if shown.endswith(": ") and asked < len(answers):
            os.write(terminal, f"{answers[asked]}\n".encode())
            asked += 1
    return shown


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # the other end is closed
        return ""


def test_json_and_help_tell_all_and_hold_no_secret(folder: Folder, sandboxes: Mapping[str, Sandbox]) -> None:
    with_crms(folder, sandboxes, "hubspot")
    found = folder.read("init", "hubspot", "--template", "two-tier")
    (draft,) = found["drafts"]
    assert draft["template"] == "two-tier-hunter-farmer"
    assert found["next"][0] == "conveyor check"
    stage = draft["pipelines"][0]["stages"][0]
    assert {"name", "id", "outcome", "is", "confidence", "unsure", "reason"} <= stage.keys()
    assert "pat-na1-sandbox" not in json.dumps(found)
    assert {MARIA, IVAN} <= {line.split("<")[1].split(">")[0] for line in draft["left_out"]}
    shown = folder.run("init", "--help").stdout
    for name in ("one-tier", "two-tier", "two-tier-scout-hunter", "three-tier", "four-tier-delivery"):
        assert name in shown
