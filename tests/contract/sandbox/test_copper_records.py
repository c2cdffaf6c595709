"""Single records of the emulated Copper account: shapes, partial updates, refusals, unique keys, deletion."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .copper_account import (
    FOLLOW_UP,
    HEADERS,
    INTEGRATION,
    INTRODUCED,
    PARTNERS,
    QUALIFIED,
    SALES,
    EmulatedCopper,
    fresh,
    running_copper,
)
from .running import PETAR

# The documented answer to a create, without the newer keys (developer.copper.com, "Create a New Opportunity").
CREATED = """{"id":4956209,"name":"New Demo Opportunity","assignee_id":null,"close_date":null,"company_id":13349319,
"company_name":"Noemail","customer_source_id":331242,"details":null,"loss_reason_id":null,"pipeline_id":213214,
"pipeline_stage_id":987790,"primary_contact_id":27140359,"priority":"None","status":"Open","tags":[],
"interaction_count":0,"monetary_value":null,"win_probability":5,"date_last_contacted":null,
"leads_converted_from":[],"date_created":1502158599,"date_modified":1502158599,"custom_fields":[]}"""


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def user_id(copper: EmulatedCopper, email: str) -> int:
    return next(int(each["id"]) for each in copper.ask("GET", "/people") if each["email"] == email)


def test_a_create_answers_as_documented(copper: EmulatedCopper) -> None:
    company = copper.ok("POST", "/companies", {"name": "Noemail"})["id"]
    person = copper.person(company_id=company)
    before = int(time.time())
    made = copper.opportunity(
        name="New Demo Opportunity", primary_contact_id=person, customer_source_id=331242
    )
    changing = {"id", "company_id", "primary_contact_id", "date_created", "date_modified", "custom_fields"}
    for name, value in json.loads(CREATED).items():
        assert type(made[name]) is type(value)
        if name not in changing:
            assert made[name] == value
    assert (made["company_id"], made["primary_contact_id"]) == (company, person)
    assert before <= made["date_created"] == made["date_modified"] <= time.time()
    assert (made["pipeline_type"], made["pipeline_is_revenue"]) == ("opportunity", True)
    assert copper.get(f"/opportunities/{made['id']}") == made


def test_a_create_without_what_is_required_is_refused(copper: EmulatedCopper) -> None:
    said = copper.refused("POST", "/opportunities", {"details": "x"})
    assert said == "Name: can't be blank\nPrimary contact: can't be blank"
    assert copper.refused("POST", "/people", {}) == "Name: can't be blank"
    assert copper.refused("POST", "/companies", {"name": " "}) == "Name: can't be blank"
    assert copper.refused("POST", "/tasks", {"details": "x"}) == "Name: can't be blank"


def test_unknown_and_read_only_attributes_refuse_the_whole_write(copper: EmulatedCopper) -> None:
    made = copper.opportunity()
    said = copper.refused("PUT", f"/opportunities/{made['id']}", {"name": "X", "date_created": 1, "stage": 2})
    assert said == "Base: Unrecognized attributes specified: date_created, stage"
    assert copper.get(f"/opportunities/{made['id']}") == made
    assert copper.counts()["malformed"] == 1


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("assignee_id", "137658", "Assignee: is not a number"),
        ("assignee_id", 42, "Assignee: is invalid"),
        ("pipeline_stage_id", 42, "Pipeline stage: is invalid"),
        ("pipeline_stage_id", INTRODUCED, "Pipeline stage: is invalid"),
        ("pipeline_stage_id", None, "Pipeline stage: can't be blank"),
        ("pipeline_id", 42, "Pipeline: is invalid"),
        ("status", "won", "Status: is not included in the list"),
        ("status", 1, "Status: is not included in the list"),
        ("monetary_value", "12", "Monetary value: is not a number"),
        ("monetary_unit", "euro", "Monetary unit: is invalid"),
        ("win_probability", 101, "Win probability: must be between 0 and 100"),
        ("priority", "Urgent", "Priority: is not included in the list"),
        ("close_date", "2027-01-23", "Close date: is invalid"),
        ("close_date", "23/1/2027", "Close date: is invalid"),
        ("close_date", 1_800_000_000, "Close date: is invalid"),
        ("tags", "a", "Tags: is not a list of strings"),
        ("loss_reason_id", 1, "Loss reason: is invalid"),
        ("name", "", "Name: can't be blank"),
        ("primary_contact_id", None, "Primary contact: can't be blank"),
    ],
)
def test_a_value_that_is_none_is_refused(
    copper: EmulatedCopper, attribute: str, value: Any, said: str
) -> None:
    made = copper.opportunity()
    assert copper.refused("PUT", f"/opportunities/{made['id']}", {attribute: value}) == said
    assert copper.get(f"/opportunities/{made['id']}") == made


def test_an_update_is_partial_and_null_clears(copper: EmulatedCopper) -> None:
    made = copper.opportunity(details="a", tags=["x", "y"], close_date="01/09/2027", assignee_id=INTEGRATION)
    assert made["close_date"] == "1/9/2027"
    changed = copper.put(made["id"], details=None, tags=["z"])
    assert changed == {**made, "details": None, "tags": ["z"], "date_modified": changed["date_modified"]}
    assert copper.put(made["id"]) == changed
    assert copper.put(made["id"], assignee_id=None)["assignee_id"] is None


def test_money_is_a_plain_number(copper: EmulatedCopper) -> None:
    made = copper.opportunity()
    for value in (250000, 1500.5, 99999999999.99, -12.5, 0, None):
        assert copper.put(made["id"], monetary_value=value)["monetary_value"] == value


def test_a_stage_brings_its_probability_and_its_pipeline_if_both_are_sent(copper: EmulatedCopper) -> None:
    made = copper.opportunity()
    moved = copper.put(made["id"], pipeline_stage_id=FOLLOW_UP)
    assert (moved["pipeline_stage_id"], moved["win_probability"]) == (FOLLOW_UP, 15)
    there = copper.put(made["id"], pipeline_id=PARTNERS, pipeline_stage_id=INTRODUCED)
    assert (there["pipeline_id"], there["win_probability"]) == (PARTNERS, 10)
    assert there["pipeline_is_revenue"] is False
    back = copper.put(made["id"], pipeline_id=SALES)
    assert (back["pipeline_stage_id"], back["win_probability"]) == (QUALIFIED, 5)
    wrong = {"pipeline_id": PARTNERS, "pipeline_stage_id": QUALIFIED}
    assert copper.refused("PUT", f"/opportunities/{made['id']}", wrong) == "Pipeline stage: is invalid"


def test_closing_is_a_status_and_the_stage_stays(copper: EmulatedCopper) -> None:
    made = copper.opportunity(pipeline_stage_id=FOLLOW_UP)
    won = copper.put(made["id"], status="Won")
    assert (won["status"], won["pipeline_stage_id"]) == ("Won", FOLLOW_UP)
    lost = copper.put(made["id"], status="Lost", loss_reason_id=308806)
    assert (lost["status"], lost["loss_reason_id"]) == ("Lost", 308806)
    assert copper.ask("GET", f"/deals/{made['id']}")["stage"] == "status:Lost"
    assert copper.put(made["id"], status="Open")["status"] == "Open"


def test_a_deleted_record_is_gone_for_good(copper: EmulatedCopper) -> None:
    made = copper.opportunity()
    path = f"/opportunities/{made['id']}"
    assert copper.ok("DELETE", path) == {"id": made["id"], "is_deleted": True}
    for method in ("GET", "PUT", "DELETE"):
        assert copper.send(method, path, {} if method == "PUT" else None).status_code == 404
    assert copper.search() == []
    assert copper.ask("GET", f"/deals/{made['id']}")["deleted"] is True
    assert copper.counts()["malformed"] == 0


def test_ids_are_of_their_kind_only(copper: EmulatedCopper) -> None:
    made = copper.opportunity()
    assert copper.send("GET", f"/people/{made['id']}").status_code == 404
    assert copper.send("GET", "/opportunities/abc").json() == {"error": "not_found"}
    assert copper.counts()["malformed"] == 1


def test_an_e_mail_belongs_to_one_person(copper: EmulatedCopper) -> None:
    emails = [{"email": "Ada@Acme.example", "category": "work"}, {"email": "a@b.example"}]
    made = copper.ok("POST", "/people", {"name": "Ada M. Byron", "emails": emails})
    assert made["emails"][0] == {"email": "ada@acme.example", "category": "work"}
    assert (made["first_name"], made["middle_name"], made["last_name"]) == ("Ada", "M.", "Byron")
    assert copper.ok("POST", "/people/fetch_by_email", {"email": "a@b.example"})["id"] == made["id"]
    double = {"name": "B", "emails": [{"email": "ada@acme.example", "category": "other"}]}
    assert copper.refused("POST", "/people", double) == "Email: has already been taken"
    copper.ok("PUT", f"/people/{made['id']}", {"emails": emails[1:]})
    assert copper.send("POST", "/people/fetch_by_email", {"email": "ada@acme.example"}).status_code == 404
    copper.ok("POST", "/people", double)
    for wrong in (
        [{"email": "no"}],
        [{"address": "a@b.example"}],
        "a@b.example",
        [{"email": "a@b.c", "category": "x"}],
    ):
        assert copper.send("POST", "/people", {"name": "C", "emails": wrong}).status_code == 422


def test_a_company_has_its_domain_alone_and_gives_deals_its_name(copper: EmulatedCopper) -> None:
    address = {"street": "1 Main St", "city": "Sofia"}
    company = copper.ok(
        "POST", "/companies", {"name": "Acme", "email_domain": "acme.example", "address": address}
    )
    assert company["address"] == {**address, "state": None, "postal_code": None, "country": None}
    double = {"name": "Acme 2", "email_domain": "ACME.example"}
    assert copper.refused("POST", "/companies", double) == "Email domain: has already been taken"
    deal = copper.opportunity(company_id=company["id"])
    copper.ok("PUT", f"/companies/{company['id']}", {"name": "Acme Ltd"})
    assert copper.get(f"/opportunities/{deal['id']}")["company_name"] == "Acme Ltd"
    copper.ok("DELETE", f"/companies/{company['id']}")
    assert copper.get(f"/opportunities/{deal['id']}")["company_id"] is None


def test_a_deleted_contact_leaves_its_deals(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    copper.ok("DELETE", f"/people/{deal['primary_contact_id']}")
    assert copper.get(f"/opportunities/{deal['id']}")["primary_contact_id"] is None


def test_a_task_is_completed_by_its_status(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    resource = {"id": deal["id"], "type": "opportunity"}
    due = 1_800_000_000
    petar = user_id(copper, PETAR)
    given = {
        "name": "Call",
        "related_resource": resource,
        "due_date": due,
        "priority": "High",
        "assignee_id": petar,
    }
    task = copper.ok("POST", "/tasks", given)
    assert {name: task[name] for name in given} == given
    assert (task["status"], task["completed_date"], task["reminder_date"]) == ("Open", None, None)
    done = copper.ok("PUT", f"/tasks/{task['id']}", {"status": "Completed"})
    assert done["completed_date"] >= done["date_created"]
    assert copper.ok("PUT", f"/tasks/{task['id']}", {"status": "Open"})["completed_date"] is None
    assert "completed_date" in copper.refused("PUT", f"/tasks/{task['id']}", {"completed_date": 5})
    for wrong in (
        {"id": deal["id"], "type": "deal"},
        {"id": 1, "type": "opportunity"},
        {"id": str(deal["id"])},
    ):
        assert copper.send("POST", "/tasks", {"name": "X", "related_resource": wrong}).status_code == 422


def test_a_body_must_be_an_object(copper: EmulatedCopper) -> None:
    assert copper.send("POST", "/people", [1]).status_code == 400
    address = f"{copper.url}/developer_api/v1/people"
    broken = copper.session.post(address, data=b"{", headers=HEADERS, timeout=10)
    assert broken.status_code == 400
