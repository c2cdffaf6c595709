"""`conveyor doctor` as an admin runs it on emulated HubSpot and Bitrix24 accounts, healthy ones and others."""

from __future__ import annotations

import json
import re
import shutil
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from store import connections
from store.database import open_store
from sync.doctor.check import Check
from sync.doctor.examine import SILENT_S, examine
from sync.embedded_broker import EmbeddedBroker

from ..contract.connectors.sandbox_client import Sandbox
from .cli_house import CONFIG, Folder
from .house import COMPLETE, OLENA, House

PUBLIC_URL = "https://conveyor.example.com"
DEVELOPER = {"hapikey": "sandbox-developer-key"}
HUBSPOT = """
  hubspot:
    crm: hubspot
    auth: {token: "${HUBSPOT_TOKEN}"}
    webhook: {secret: "${HUBSPOT_CLIENT_SECRET}"}
    base_url: "${HUBSPOT_BASE_URL}"
"""
HUBSPOT_APP = HUBSPOT.replace(
    'webhook: {secret: "${HUBSPOT_CLIENT_SECRET}"}',
    'webhook: {secret: "${HUBSPOT_CLIENT_SECRET}", developer_key: "${HUBSPOT_DEVELOPER_KEY}"}\n    app_id: 8111832',
)
BITRIX24 = """
  bitrix24:
    crm: bitrix24
    auth: {webhook_url: "${BITRIX24_WEBHOOK_URL}"}
    webhook: {application_token: "${BITRIX24_APP_TOKEN}"}
"""


@pytest.fixture
def folder(tmp_path: Path, sandboxes: dict[str, Sandbox]) -> Folder:
    """A folder that connects both accounts, whose boards are as the mappings have them; each has a deal."""
    for name in (
        "connections.yaml",
        "conveyor.yaml",
        "team.yaml",
        "mappings/hubspot.yaml",
        "mappings/bitrix24.yaml",
    ):
        (tmp_path / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIG / name, tmp_path / "config" / name)
    connect(tmp_path, HUBSPOT + BITRIX24)
    hubspot, bitrix24 = sandboxes["hubspot"], sandboxes["bitrix24"]
    for sandbox in (hubspot, bitrix24):
        sandbox.reset()
        sandbox.new_deal("Fleet renewal", contact={"name": "Ada Buyer"}, owner=OLENA)
    environment = {
        "HUBSPOT_TOKEN": "pat-na1-sandbox",
        "HUBSPOT_CLIENT_SECRET": "sandbox-secret",
        "HUBSPOT_DEVELOPER_KEY": "sandbox-developer-key",
        "HUBSPOT_BASE_URL": hubspot.url,
        "BITRIX24_WEBHOOK_URL": f"{bitrix24.url}/rest/99/sandboxcode/",
        "BITRIX24_APP_TOKEN": "sandbox-app-token",
        "CONVEYOR_HOME": str(tmp_path / "var"),
    }
    return Folder(tmp_path, environment)


def connect(path: Path, blocks: str, public_url: str | None = None) -> None:
    """Write connections.yaml."""
    first = f"public_url: {public_url}\n" if public_url else ""
    (path / "config" / "connections.yaml").write_text(f"{first}connections:{blocks}")


Checks = dict[str, Mapping[str, Any]]


def examined(folder: Folder, *arguments: str, exit_code: int) -> dict[str, Checks]:
    """The checks by connection and name."""
    ran = folder.ask("doctor", *arguments)
    assert ran.exit_code == exit_code, ran.output
    found = json.loads(ran.stdout)["connections"]
    assert all(one["ok"] == all(check["ok"] for check in one["checks"]) for one in found.values())
    return {name: {check["name"]: check for check in one["checks"]} for name, one in found.items()}


def wrong(checks: Checks) -> set[str]:
    """The names of the checks that are not fine."""
    return {name for name, check in checks.items() if not check["ok"]}


def rename_a_stage(sandbox: Sandbox) -> None:
    """Call the first stage of the first board otherwise, and add another one behind it."""
    boards = sandbox.pipelines()
    first = boards[0]["stages"][0]
    first["label"] = "Fresh"
    boards[0]["stages"].insert(1, {"id": "5551", "label": "Brand new"})
    sandbox.ask("PUT", "/pipelines", boards)


def test_healthy_accounts_are_fine_and_left_as_they_were(
    folder: Folder, sandboxes: dict[str, Sandbox]
) -> None:
    accounts = [sandboxes[name] for name in ("hubspot", "bitrix24")]
    before = [account.writes() for account in accounts]
    found = examined(folder, exit_code=0)
    assert list(found) == ["hubspot", "bitrix24"]
    for checks in found.values():
        assert {
            "credentials",
            "permissions",
            "clock",
            "time zone",
            "webhooks",
            "rate budget",
        } <= checks.keys()
        assert {"drift", "rule Scout to hunter", "rule stage proposal"} <= checks.keys()
        assert all(check.keys() == {"name", "ok", "message"} for check in checks.values())
        assert "read contacts and companies, read who moved them" in checks["permissions"]["message"]
        assert checks["clock"]["message"].startswith("Ours agrees with the CRM's")
        assert "found by polling" in checks["webhooks"]["message"]
    assert "The token is for: crm, task, user" in found["bitrix24"]["permissions"]["message"]
    assert "ratelimit-daily-remaining" in found["hubspot"]["rate budget"]["message"]
    assert [account.writes() for account in accounts] == before
    assert [account.malformed() for account in accounts] == [0, 0]


def test_a_revoked_token_is_found_and_the_other_account_is_examined(
    folder: Folder, sandboxes: dict[str, Sandbox]
) -> None:
    sandboxes["hubspot"].ask("PUT", "/credentials", {"token": "pat-na1-another"})
    found = examined(folder, exit_code=1)
    assert wrong(found["hubspot"]) == {"credentials"}
    assert "`auth` in connections.yaml:" in found["hubspot"]["credentials"]["message"]
    assert "pat-na1" not in str(found)
    assert wrong(found["bitrix24"]) == set()


def test_a_revoked_webhook_of_bitrix24_is_found(folder: Folder, sandboxes: dict[str, Sandbox]) -> None:
    sandboxes["bitrix24"].ask("PUT", "/credentials", {"code": "another"})
    found = examined(folder, "bitrix24", exit_code=1)
    assert list(found) == ["bitrix24"]
    assert wrong(found["bitrix24"]) == {"credentials"}
    assert "sandboxcode" not in str(found)


def test_a_missing_scope_is_named_with_the_call_that_needs_it(
    folder: Folder, sandboxes: dict[str, Sandbox]
) -> None:
    scopes = ["crm.objects.deals.read", "crm.schemas.deals.read", "crm.objects.owners.read"]
    sandboxes["hubspot"].ask("PUT", "/credentials", {"scopes": scopes})
    checks = examined(folder, "hubspot", exit_code=1)["hubspot"]
    assert wrong(checks) == {"permissions"}
    first = checks["permissions"]["message"].splitlines()[0]
    assert first.startswith("It cannot read contacts and companies: ")
    assert "crm.objects.contacts.read" in first


def test_a_call_that_bitrix24_refuses_is_named(folder: Folder, sandboxes: dict[str, Sandbox]) -> None:
    sandboxes["bitrix24"].fault("unauthorized", match="user.get")
    checks = examined(folder, "bitrix24", exit_code=1)["bitrix24"]
    assert wrong(checks) == {"permissions"}
    assert checks["permissions"]["message"].startswith("It cannot describe the account: ")
    assert "list deals, ask what changed, read deals" in checks["permissions"]["message"]


def test_drift_is_told_with_file_and_line(folder: Folder, sandboxes: dict[str, Sandbox]) -> None:
    rename_a_stage(sandboxes["hubspot"])
    person = {"email": "petar@acme.example", "name": "Petar D.", "active": False}
    sandboxes["hubspot"].ask("POST", "/people", person)
    checks = examined(folder, "hubspot", exit_code=1)["hubspot"]
    assert wrong(checks) == {"drift"}
    lines = checks["drift"]["message"].splitlines()
    assert lines[0] == "3 differences between the YAML and the CRM."
    assert any(line.startswith("mappings/hubspot.yaml:") and "'Fresh'" in line for line in lines)
    assert any("'Brand new' is neither mapped nor ignored" in line for line in lines)
    assert any(line.startswith("team.yaml:") and "petar@acme.example" in line for line in lines)


def test_a_field_that_is_gone_is_told_as_drift_and_by_what_it_stops(folder: Folder) -> None:
    file = folder.path / "config" / "mappings" / "hubspot.yaml"
    file.write_text(file.read_text().replace("budget__c", "budget_gone"))
    checks = examined(folder, "hubspot", exit_code=1)["hubspot"]
    assert wrong(checks) == {"reading", "drift"}
    assert "budget_gone" in checks["drift"]["message"]
    assert checks["reading"]["message"].startswith("It cannot list deals, ask what changed: ")


def test_a_paused_connection_is_a_problem_with_its_reason(folder: Folder) -> None:
    assert folder.ask("apply").exit_code == 0
    store = open_store(f"sqlite:///{folder.path / 'var' / 'conveyor.db'}")
    now = datetime.now(UTC)
    with store.begin() as tx:
        connections.pause(tx, "hubspot", now + timedelta(hours=1), "HubSpot asks to slow down.")
    store.close()
    found = examined(folder, exit_code=1)
    assert wrong(found["hubspot"]) == {"rate budget"}
    assert "HubSpot asks to slow down." in found["hubspot"]["rate budget"]["message"]
    assert wrong(found["bitrix24"]) == set()


def test_webhooks_that_are_missing_installed_and_switched_off(
    folder: Folder, sandboxes: dict[str, Sandbox]
) -> None:
    # Given an app that may install webhooks, and has not
    connect(folder.path, HUBSPOT_APP + BITRIX24, PUBLIC_URL)
    assert folder.ask("apply").exit_code == 0
    found = examined(folder, exit_code=1)
    assert "`conveyor webhooks install hubspot`" in found["hubspot"]["webhooks"]["message"]
    # And an incoming webhook of Bitrix24, which may not: what to click is told
    assert wrong(found["bitrix24"]) == {"webhooks"}
    assert f"{PUBLIC_URL}/webhooks/bitrix24" in found["bitrix24"]["webhooks"]["message"]
    # When they are installed, then all is fine
    assert folder.ask("webhooks", "install", "hubspot").exit_code == 0
    checks = examined(folder, "hubspot", exit_code=0)["hubspot"]
    assert f"to {PUBLIC_URL}/webhooks/hubspot, all active" in checks["webhooks"]["message"]
    # When one of them is switched off, then that is told
    (row, *_) = subscriptions(sandboxes["hubspot"])
    at = f"{sandboxes['hubspot'].url}/webhooks/v3/8111832/subscriptions/{row['id']}"
    requests.patch(at, params=DEVELOPER, json={"active": False}, timeout=10).raise_for_status()
    checks = examined(folder, "hubspot", exit_code=1)["hubspot"]
    assert wrong(checks) == {"webhooks"}
    assert "1 subscription of" in checks["webhooks"]["message"]


def subscriptions(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The app's subscriptions, as HubSpot itself lists them."""
    answer = requests.get(f"{sandbox.url}/webhooks/v3/8111832/subscriptions", params=DEVELOPER, timeout=10)
    return list(answer.json()["results"])


def test_a_host_that_nobody_answers_at_is_exit_code_3(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    folder.environment["HUBSPOT_BASE_URL"] = nobody
    began = time.monotonic()
    found = examined(folder, exit_code=3)
    assert time.monotonic() - began < 15
    assert wrong(found["hubspot"]) == {"credentials"}
    assert "could not be reached" in found["hubspot"]["credentials"]["message"]
    assert {"rate budget", "rule Scout to hunter"} <= found["hubspot"].keys()
    assert wrong(found["bitrix24"]) == set()


def test_a_problem_elsewhere_counts_more_than_a_silent_host(
    folder: Folder, sandboxes: dict[str, Sandbox]
) -> None:
    folder.environment["HUBSPOT_BASE_URL"] = "http://127.0.0.1:9"
    rename_a_stage(sandboxes["bitrix24"])
    examined(folder, exit_code=1)


def test_a_secret_that_is_not_set_is_told_by_its_name(folder: Folder) -> None:
    folder.environment["HUBSPOT_TOKEN"] = ""
    found = examined(folder, exit_code=1)
    assert wrong(found["hubspot"]) == {"settings"}
    assert "HUBSPOT_TOKEN" in found["hubspot"]["settings"]["message"]
    assert wrong(found["bitrix24"]) == set()


def test_an_unknown_connection_is_wrong_usage(folder: Folder) -> None:
    ran = folder.ask("doctor", "hubspott")
    assert ran.exit_code == 2
    assert "did you mean 'hubspot'" in ran.output


def test_the_budget_that_all_processes_share_is_told(folder: Folder) -> None:
    with EmbeddedBroker(folder.path / "var"):
        found = examined(folder, exit_code=0)
    general = re.search(
        r"Calls free at once now: general (\d+) of 10", found["hubspot"]["rate budget"]["message"]
    )
    assert general is not None
    assert int(general[1]) < 10  # the examination itself used some
    assert " of 40." in found["bitrix24"]["rate budget"]["message"]


def test_people_read_it_line_by_line(folder: Folder, sandboxes: dict[str, Sandbox]) -> None:
    rename_a_stage(sandboxes["bitrix24"])
    ran = folder.run("doctor")
    assert (ran.returncode, ran.stderr) == (1, "")
    lines = ran.stdout.splitlines()
    assert "hubspot: fine" in lines
    assert "bitrix24: 1 problem" in lines
    assert any(re.match(r"  ok +credentials +HubSpot \d+ ", line) for line in lines)
    assert any(re.match(r"  problem +drift +2 differences ", line) for line in lines)


def test_the_version_in_force_counts_not_files_that_differ(folder: Folder) -> None:
    assert folder.ask("apply").exit_code == 0
    file = folder.path / "config" / "mappings" / "hubspot.yaml"
    file.write_text(file.read_text().replace("budget__c", "budget_gone"))
    assert wrong(examined(folder, "hubspot", exit_code=0)["hubspot"]) == set()
    ran = folder.run("doctor", "hubspot")
    assert ran.returncode == 0
    assert "the files in config differ" in ran.stdout


def test_a_task_of_ours_is_read_too(house: House) -> None:
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    assert "read tasks" in story(house)["permissions"].message


def test_a_crm_that_hangs_ends_in_seconds(house: House) -> None:
    house.sandbox.fault("timeout_before", seconds=15, times=1)
    began = time.monotonic()
    checks = story(house, silent_s=1.0)
    assert time.monotonic() - began < 15
    assert checks["credentials"].message.startswith("The CRM has not answered for 1 s.")
    house.crm.clear_faults()


def story(house: House, silent_s: float = SILENT_S) -> dict[str, Check]:
    """The checks of the house's connection by name."""
    runtime = house.runtime
    found = examine(runtime, runtime.rules.get(), [house.name], silent_s=silent_s)
    return {check.name: check for check in found[house.name]}
