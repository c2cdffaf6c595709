"""An admin's first day: `conveyor up` beside a HubSpot, moves in the CRM, a second version, and what breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ..contract.connectors.sandbox_client import Sandbox, running
from .cli_house import Folder, eventually, is_alive, make_folder, running_house

OLENA, PETAR = "olena@acme.example", "petar@acme.example"
COMPLETE = {"budget__c": "3000", "decision_maker": "CFO"}

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("cli_up")]  # one house serves all


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """An emulated HubSpot with a deal that was there before."""
    with running("hubspot") as started:
        started.reset()
        started.new_deal("There before", stage="contractsent", owner=PETAR, by=PETAR)
        yield started


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A folder in which `conveyor up` runs."""
    made = make_folder(tmp_path_factory.mktemp("admin"), sandbox.url)
    with running_house(made, sandbox):
        yield made


def new_deal(sandbox: Sandbox, **values: object) -> str:
    """A deal of Olena's that nothing is known of yet."""
    contact = {"name": "Ann Buyer", "email": "ann@customer.example"}
    values = {"stage": "qualifiedtobuy", "amount": 5000, "contact": contact, **values}
    return sandbox.new_deal("Sofas", owner=OLENA, by=OLENA, **values)


def told(folder: Folder, deal_id: str, kind: str) -> dict[str, Any] | None:
    """The line of that kind in a deal's story, if there is one."""
    timeline = folder.read("explain", f"hubspot:{deal_id}")["timeline"]
    return next((line for line in timeline if line["kind"] == kind), None)


def stage_of(folder: Folder, deal_id: str) -> str | None:
    """The stage on the line, None while the deal is not known."""
    rows = folder.read("deals", "--connection", "hubspot")
    return next((row["stage"] for row in rows if row["external_id"] == deal_id), None)


def test_the_first_start_applies_the_files_and_reads_all_deals(folder: Folder, sandbox: Sandbox) -> None:
    (version,) = folder.read("history")
    assert (version["version"], version["message"]) == (1, "First start")
    eventually(
        lambda: folder.read("status")["connections"]["hubspot"]["backfilled_at"], "all deals have been read"
    )
    before = sandbox.deals()[0]["id"]
    row = next(row for row in folder.read("deals") if row["external_id"] == before)
    assert (row["stage"], row["status"], row["owner"]) == ("negotiation", "open", PETAR)
    assert "5 people" in folder.output
    assert "Console at http://127.0.0.1:" in folder.output


def test_a_move_against_the_rules_is_put_back_and_explained(folder: Folder, sandbox: Sandbox) -> None:
    deal_id = new_deal(sandbox)
    eventually(lambda: stage_of(folder, deal_id), "the new deal is known")
    sandbox.edit(deal_id, stage="presentationscheduled", by=OLENA)
    eventually(lambda: sandbox.deal(deal_id)["notes"], "a note says why")
    assert sandbox.deal(deal_id)["stage"] == "qualifiedtobuy"
    line = eventually(lambda: told(folder, deal_id, "returned_by_rule"), "the story tells it")
    assert line["rule"]["file"] == "conveyor.yaml"
    assert line["actor"] == OLENA
    assert "budget must be at least 1000" in line["summary"]
    assert stage_of(folder, deal_id) == "qualification"
    status = folder.read("status")
    assert status["outbox"]["done"] >= 2
    assert status["connections"]["hubspot"]["last_event_at"]


def test_a_complete_deal_is_handed_over_and_accepted_by_command(folder: Folder, sandbox: Sandbox) -> None:
    deal_id = new_deal(sandbox, fields=COMPLETE)
    eventually(lambda: stage_of(folder, deal_id), "the new deal is known")
    sandbox.edit(deal_id, stage="presentationscheduled", by=OLENA)
    task = eventually(lambda: sandbox.deal(deal_id)["tasks"], "the receiver has a task")[0]
    handoff = next(row for row in folder.read("handoffs") if row["deal"] == f"hubspot:{deal_id}")
    assert (handoff["from_section"], handoff["to_section"]) == ("lead_generation", "conversion")
    assert (handoff["status"], handoff["from_member"]) == ("pending", OLENA)
    assert (task["owner"], task["done"]) == (handoff["to_member"], False)
    assert folder.run("accept", handoff["id"]).returncode == 0
    eventually(lambda: sandbox.deal(deal_id)["tasks"][0]["done"], "the task is done with")
    counts = folder.read("status")["handoffs"]
    assert counts["offered"] == counts["accepted"] + counts["returned"] + counts["open"]


def test_a_second_up_in_one_home_is_refused(folder: Folder) -> None:
    ran = folder.run("up", "--port", "0")
    assert ran.returncode == 1
    assert f"process {folder.running['pid']}" in ran.stderr


def test_a_part_that_is_killed_comes_back(folder: Folder, sandbox: Sandbox) -> None:
    before = folder.running["children"]
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    answer = requests.get(f"{folder.running['url']}/healthz", timeout=60)
    assert answer.ok, "who calls while the web part is started again waits, and is not refused"
    eventually(
        lambda: len(folder.pids) == 3 and not set(folder.pids) & set(before.values()), "all are started again"
    )
    deal_id = new_deal(sandbox)
    eventually(lambda: stage_of(folder, deal_id) == "qualification", "the house works on")
    assert "worker ended (SIGKILL); it is started again" in folder.output


def test_another_version_places_deals_anew(folder: Folder, sandbox: Sandbox) -> None:
    deal_id = new_deal(sandbox, stage="appointmentscheduled")
    eventually(lambda: stage_of(folder, deal_id) == "prospecting", "the new deal is known")
    mapping = folder.path / "config" / "mappings" / "hubspot.yaml"
    text = mapping.read_text()
    mapping.write_text(text.replace("is: prospecting", "is: qualification"))
    try:
        ran = folder.run("apply", "--yes", "--message", "no more prospecting")
        assert ran.returncode == 0, ran.stderr
        eventually(lambda: stage_of(folder, deal_id) == "qualification", "the deal is placed anew")
        assert folder.read("history")[0]["message"] == "no more prospecting"
    finally:
        mapping.write_text(text)
        assert folder.run("apply", "--yes").returncode == 0


def test_check_compares_with_the_live_crm(folder: Folder, sandbox: Sandbox) -> None:
    ran = folder.run("check", "--online", "--json")
    assert (ran.returncode, json.loads(ran.stdout)["ok"]) == (0, True)
    sandbox.fault("server_error", times=20)
    try:
        ran = folder.run("check", "--online")
    finally:
        sandbox.ask("DELETE", "/faults")
    assert ran.returncode == 3
    assert "could not be asked" in ran.stdout


def test_children_end_with_an_up_that_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = make_folder(tmp_path, sandbox.url)
    process = folder.start("up", "--port", "0")
    try:
        pids = eventually(lambda: folder.pids, "the parts are started")
        eventually(lambda: "Console at" in folder.output, "the parts have begun to work")
    finally:
        process.kill()
        process.wait(10)
    eventually(lambda: not any(is_alive(pid) for pid in pids), "nothing is left")
    after = folder.start("up", "--port", "0")
    try:
        eventually(lambda: folder.output.count("Console at") == 2, "the next one starts")
    finally:
        after.send_signal(signal.SIGTERM)
        assert after.wait(40) == 0, folder.output


def test_the_sandbox_prints_what_connects_it(folder: Folder, tmp_path: Path) -> None:
    alone = Folder(tmp_path, folder.environment)
    process: subprocess.Popen[str] = alone.start("sandbox", "bitrix24", "--any-port")
    try:
        eventually(lambda: "BITRIX24_WEBHOOK_URL=http://127.0.0.1:" in alone.output, "it says how to connect")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0, alone.output


def test_files_that_cannot_be_put_in_force_keep_the_first_start_back(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = make_folder(tmp_path, sandbox.url)
    (folder.path / "config" / "team.yaml").write_text("team: []\n")
    ran = folder.run("up", "--port", "0")
    assert ran.returncode == 1
    assert "config/team.yaml:" in ran.stdout
    assert "There is no version in force yet" in ran.stderr
    assert "Traceback" not in ran.stderr
