"""A CRM's own admin changes the board while the line is running: it is told, and mended by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.sandbox import SANDBOXES
from mapping.loader import load_files
from store import connections
from sync import work
from sync.rollout import activate
from sync.views import health

from .cli_house import Folder
from .house import PETAR, House

INTERVAL = timedelta(minutes=5)
NEW = {"id": "555001", "label": "Legal review"}


@pytest.fixture
def folder(house: House, tmp_path: Path) -> Folder:
    """The admin's folder, with the files of the version in force, on the house's own database."""
    for name, text in house.files.items():
        (tmp_path / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "config" / name).write_bytes(text.encode())
    places = {"DATABASE_URL": f"sqlite:///{tmp_path / 'conveyor.db'}", "CONVEYOR_HOME": str(tmp_path / "var")}
    (settings,) = (crm.settings for crm in SANDBOXES if crm.name == house.name)
    secrets = dict(line.format(url=house.sandbox.url).split("=", 1) for line in settings)
    return Folder(tmp_path, {**secrets, **places})


def alarms(house: House) -> list[str]:
    """What `status` says of drift."""
    return [alarm["message"] for alarm in health.status(house.runtime)["alarms"] if alarm["kind"] == "drift"]


def polled(house: House) -> list[str]:
    """The alarms after the next poll."""
    house.clock.shift += INTERVAL
    work.poll_connection(house.runtime, house.name)
    return alarms(house)


def stage_meaning(house: House, board: dict[str, Any], meaning: str) -> dict[str, Any]:
    """A column of the board by what it means on the line."""
    mapping = house.crm.mapping()
    own = {stage.id for stage in mapping.stage_by_id.values() if stage.means == meaning}
    return next(stage for stage in board["stages"] if stage["id"] in own)


def change_the_board(house: House) -> None:
    """Rename a column, delete one, add one, and let a hunter go."""
    boards = house.sandbox.pipelines()
    board = boards[0]
    stage_meaning(house, board, "qualification")["label"] = "Qualified, called back"
    board["stages"].remove(stage_meaning(house, board, "negotiation"))
    board["stages"].insert(1, dict(NEW))
    house.sandbox.ask("PUT", "/pipelines", boards)
    house.sandbox.add_person(PETAR, "Petar D.", active=False)


@pytest.mark.every_crm
def test_drift_is_found_told_once_and_mended(house: House, folder: Folder) -> None:
    # Given a line that agrees with its CRM, and has just looked
    assert polled(house) == []
    # When the CRM's admin changes the board, and a hunter leaves
    change_the_board(house)
    # Then the next poll finds all of it, and each is one alarm for as long as it lasts
    found = polled(house)
    assert len(found) == 4, found
    for said in ("'Qualified, called back'", "has no stage with the id", "'Legal review'", PETAR):
        assert sum(said in message for message in found) == 1, (said, found)
    assert polled(house) == found
    assert any(f"`conveyor rehome {PETAR} --to PERSON`" in message for message in found)
    # And `doctor` shows the patch, and writes nothing
    ran = folder.ask("doctor", house.name)
    patch = json.loads(ran.stdout)["patch"]
    assert ran.exit_code == 1
    assert [row[:1] for row in patch.splitlines() if "Legal review" in row or "called back" in row] == [
        "+",
        "+",
    ]
    file = folder.path / "config" / house.mapping_file
    assert file.read_text() == house.files[house.mapping_file]
    # When the patch is written, then the files agree with the CRM, comments and all, but for who left
    assert folder.ask("doctor", house.name, "--fix").exit_code == 1
    assert list(comments(house.files[house.mapping_file])) == [
        comment for comment in comments(file.read_text()) if "new in the CRM" not in comment
    ]
    checked = folder.read("check", "--online")
    assert [problem["code"] for problem in checked["problems"] if problem["severity"] == "error"] == []
    found_now = {problem["code"] for problem in checked["problems"]}
    assert len(found_now & {"account-inactive", "member-without-account"}) == 1  # Copper hides who left
    assert "nothing-to-write" not in found_now
    # When it is applied, then only the person is left to be told of, until that is settled too
    files = {name: (folder.path / "config" / name).read_text() for name in house.files}
    activate(house.runtime, load_files(files), by="admin", message="drift")
    (left,) = polled(house)
    assert PETAR in left
    house.sandbox.add_person(PETAR, "Petar D.", active=True)
    assert polled(house) == []


def comments(text: str) -> Iterator[str]:
    """The comments of a file, in their order."""
    return (line[line.index("#") :] for line in text.splitlines() if "#" in line)


def test_one_look_in_each_interval(house: House) -> None:
    assert polled(house) == []
    before = house.sandbox.requests()
    work.poll_connection(house.runtime, house.name)
    poll_alone = house.sandbox.requests() - before
    change_the_board(house)
    work.poll_connection(house.runtime, house.name)
    assert alarms(house) == []
    before = house.sandbox.requests()
    assert len(polled(house)) == 4
    assert house.sandbox.requests() - before > poll_alone


def test_what_was_found_stays_while_the_crm_cannot_be_asked(house: House) -> None:
    assert polled(house) == []
    change_the_board(house)
    found = polled(house)
    house.sandbox.fault("server_error", times=50)
    assert polled(house) == found
    house.sandbox.clear_faults()


def test_a_person_who_is_gone_from_the_crm_is_told_one_who_never_was_there_is_not(house: House) -> None:
    """Where the people of a house are told apart by what was read of them before."""
    with house.runtime.store.begin() as tx:
        row = connections.load(tx, house.name)
        connections.save_directory(tx, house.name, [], house.clock())
    text = house.files["team.yaml"]
    house.replace("team.yaml", f"{text}  - {{name: New Here, email: new@acme.example, roles: [hunter]}}\n")
    assert polled(house) == []
    with house.runtime.store.begin() as tx:
        users = connections.load(tx, house.name).directory
        gone = connections.User("909", "New Here", "new@acme.example")
        connections.save_directory(tx, house.name, [*users, gone], house.clock())
    (told,) = polled(house)
    assert "new@acme.example has no account" in told
    assert row.name == house.name
    assert polled(house) == [told]


def test_webhooks_that_could_not_be_renewed_are_an_alarm(house: House) -> None:
    with house.runtime.store.begin() as tx:
        connections.save_renew_at(tx, house.name, house.clock())
    polled(house)
    found = [a for a in health.status(house.runtime)["alarms"] if a["kind"] == "webhooks_not_renewed"]
    assert len(found) == 1
    assert "set public_url" in found[0]["message"]
    with house.runtime.store.begin() as tx:
        connections.save_renew_at(tx, house.name, None)
    assert [a for a in health.status(house.runtime)["alarms"] if a["kind"] == "webhooks_not_renewed"] == []


@pytest.mark.parametrize("crm", ["hubspot"])
def test_people_read_what_would_mend_it_and_what_is_left_to_them(house: House, folder: Folder) -> None:
    change_the_board(house)
    boards = house.sandbox.pipelines()
    boards[0]["stages"].remove(stage_meaning(house, boards[0], "meeting"))  # no rule of its own either
    boards[0]["stages"].remove(stage_meaning(house, boards[0], "qualification"))
    boards[0]["stages"].remove(stage_meaning(house, boards[0], "prospecting"))
    house.sandbox.ask("PUT", "/pipelines", boards)
    ran = folder.run("doctor")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "What would mend mappings/hubspot.yaml in config:" in ran.stdout
    assert "--- mappings/hubspot.yaml\n+++ mappings/hubspot.yaml\n@@ " in ran.stdout
    assert "`conveyor doctor --fix` writes it." in ran.stdout
    left = ran.stdout.split("\nLeft to you:\n")[1]
    assert "no other stage of hubspot is prospecting, which conveyor.yaml:" in left
    assert f"`conveyor rehome {PETAR} --to PERSON`" in left
    ran = folder.run("doctor", "--fix")
    assert "Wrote mappings/hubspot.yaml in config:" in ran.stdout
    text = (folder.path / "config/mappings/hubspot.yaml").read_text()
    assert "Presentation scheduled" not in text
    assert "Appointment scheduled" in text
    ran = folder.run("doctor")
    assert "What would mend" not in ran.stdout


@pytest.mark.parametrize("crm", ["hubspot"])
def test_files_that_are_right_already_or_have_errors(house: House, folder: Folder) -> None:
    boards = house.sandbox.pipelines()
    stage_meaning(house, boards[0], "meeting")["label"] = "Demo"
    house.sandbox.ask("PUT", "/pipelines", boards)
    assert folder.run("doctor", "--fix").returncode == 1
    ran = folder.run("doctor")
    assert (
        "The files in config agree with the CRMs already: `conveyor apply` puts them in force." in ran.stdout
    )
    (folder.path / "config/team.yaml").write_text("team: no\n")
    assert "No patch is proposed: the files in config have errors" in folder.run("doctor").stdout
