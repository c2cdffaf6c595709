"""An independent client, the Singer tap `tap-copper`, unmodified and in its own folder, extracts the account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .copper_account import EMAIL, FOLLOW_UP, KEY, PREFIX, SALES, EmulatedCopper, fresh, running_copper
from .running import OLENA

FOLDER = Path(sys.prefix) / "clients" / "tap-copper"
SCRIPT = Path(__file__).with_name("copper_extract.py")
STREAMS = (
    "account",
    "activities_search",
    "companies",
    "contact_types",
    "custom_field_definitions",
    "customer_sources",
    "lead_statuses",
    "leads",
    "loss_reasons",
    "opportunities",
    "people",
    "pipelines",
    "projects",
    "tags",
    "tasks",
    "users",
)

Extract = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def copper() -> Iterator[EmulatedCopper]:
    if not (FOLDER / "tap_copper").is_dir():
        assert os.environ.get("CI") != "true", f"{FOLDER} is missing: make setup installs it"
        pytest.skip("tap-copper is not installed: make setup does it")
    with running_copper() as sandbox:
        yield fresh(sandbox)


@pytest.fixture(scope="module")
def deal_id(copper: EmulatedCopper) -> int:
    """Fill the account and return one deal of it."""
    contact = {"name": "Ada Byron", "email": "ada@acme.example", "phone": "+359 2 123 4567"}
    deal_id = copper.card(
        contact=contact,
        company={"name": "Acme", "domain": "acme.example"},
        amount="1500.50",
        fields={"budget": "2000", "contract_end_date": "2027-03-01", "region": "EU", "products": ["Lamp"]},
    )
    copper.edit(str(deal_id), by=OLENA, stage=str(FOLLOW_UP))
    copper.put(deal_id, tags=["key account"], close_date="1/23/2027")
    parent = {"type": "opportunity", "id": deal_id}
    copper.ok(
        "POST", "/activities", {"parent": parent, "type": {"category": "user", "id": 0}, "details": "Hi"}
    )
    copper.ok("POST", "/tasks", {"name": "Call", "related_resource": parent, "due_date": 1_800_000_000})
    copper.ok(
        "POST", "/leads", {"name": "Lea D.", "email": {"email": "lea@acme.example", "category": "work"}}
    )
    copper.ok("POST", "/projects", {"name": "Onboarding"})
    copper.many(9)
    return deal_id


@pytest.fixture(scope="module")
def extract(copper: EmulatedCopper, deal_id: int) -> Extract:
    """Run the tap once, with pages of four records."""
    config = {
        "api_key": KEY,
        "user_email": EMAIL,
        "start_date": "2020-01-01T00:00:00Z",
        "base_url": copper.url + PREFIX,
        "page_size": 4,
        "streams": STREAMS,
    }
    # The folder comes first: it has older versions of libraries than the project.
    environment = os.environ | {"PYTHONPATH": str(FOLDER), "PYTHONWARNINGS": "default"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        input=json.dumps(config),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    records: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            records[message["stream"]].append(message["record"])
    return dict(records)


def test_it_reads_what_describes_the_account(extract: Extract, copper: EmulatedCopper) -> None:
    assert extract["account"][0]["settings"]["setting_enable_leads"] is True
    assert [user["email"] for user in extract["users"]] == [
        each["email"] for each in copper.ask("GET", "/people")
    ]
    assert extract["pipelines"] == copper.get("/pipelines")
    assert {each["data_type"] for each in extract["custom_field_definitions"]} >= {
        "Dropdown",
        "Date",
        "Connect",
    }
    assert [each["name"] for each in extract["loss_reasons"]] == ["Price", "Competitor", "No budget"]
    assert extract["lead_statuses"][0]["is_default"] is True
    assert len(extract["customer_sources"]) == len(extract["contact_types"]) == 3
    assert [(each["name"], each["count_opportunities"]) for each in extract["tags"]] == [("key account", 1)]


def test_it_reads_every_opportunity_over_pages(
    extract: Extract, deal_id: int, copper: EmulatedCopper
) -> None:
    deals = {deal["id"]: deal for deal in extract["opportunities"]}
    assert len(deals) == len(extract["opportunities"]) == 10
    deal, shown = deals[deal_id], copper.get(f"/opportunities/{deal_id}")
    for name in ("name", "pipeline_stage_id", "status", "monetary_value", "primary_contact_id", "tags"):
        assert deal[name] == shown[name]
    assert (deal["pipeline_id"], deal["company_name"], deal["monetary_value"]) == (SALES, "Acme", 1500.5)
    created = datetime.fromisoformat(deal["date_created"])
    assert created == datetime.fromtimestamp(shown["date_created"], UTC)
    region = copper.field("Region")["id"]
    computed = {each["custom_field_definition_id"]: each["computed_value"] for each in deal["custom_fields"]}
    assert computed[region] == "EU"


def test_it_reads_people_companies_leads_and_projects(extract: Extract) -> None:
    assert [each["emails"][0]["email"] for each in extract["people"]] == ["ada@acme.example"]
    assert [each["email_domain"] for each in extract["companies"]] == ["acme.example"]
    assert [each["status"] for each in extract["leads"]] == ["New"]
    assert [each["name"] for each in extract["projects"]] == ["Onboarding"]


def test_it_reads_tasks_and_activities_with_who_did_it(
    extract: Extract, deal_id: int, copper: EmulatedCopper
) -> None:
    task = extract["tasks"][0]
    assert task["related_resource"] == {"id": deal_id, "type": "opportunity"}
    assert datetime.fromisoformat(task["due_date"]) == datetime.fromtimestamp(1_800_000_000, UTC)
    olena = next(each["id"] for each in copper.ask("GET", "/people") if each["email"] == OLENA)
    moves = [each for each in extract["activities_search"] if each["type"] == {"id": 3, "category": "system"}]
    assert [(each["parent"]["id"], str(each["user_id"])) for each in moves] == [(deal_id, olena)]


def test_its_paging_in_the_query_is_let_pass_but_counted(extract: Extract, copper: EmulatedCopper) -> None:
    assert copper.counts()["malformed"] > 0
    assert not [line for line in copper.journal("request") if line["status"] not in (200, 404)]
