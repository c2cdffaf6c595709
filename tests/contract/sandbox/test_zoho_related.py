"""What hangs on a deal: contact and company, further contacts, tasks, notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .running import PETAR
from .zoho_org import PETAR_ID, STANDARD, EmulatedZoho, fresh, running_org

DEAL = {"Deal_Name": "New", "Stage": "Qualification", "Pipeline": STANDARD}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_people_and_companies_are_linked_by_id(org: EmulatedZoho) -> None:
    account = org.create("Accounts", Account_Name="Customer")
    named = {"Last_Name": "Lee", "First_Name": "Ann", "Account_Name": {"id": account}}
    contact = org.create("Contacts", Email="ann@c.example", **named)
    deal = org.create("Deals", **DEAL, Account_Name={"id": account}, Contact_Name={"id": contact})
    assert org.one(deal)["Contact_Name"] == {"name": "Ann Lee", "id": contact}
    assert org.data(f"/Contacts/{contact}")[0]["Account_Name"] == {"name": "Customer", "id": account}
    wrong = org.put_refused(deal, Contact_Name={"id": account})
    assert wrong["message"] == "the id given seems to be invalid"
    role = {"Contact_Role": {"name": "Decider", "id": "1"}}
    org.ok("PUT", f"/Deals/{deal}/Contact_Roles/{contact}", {"data": [role]})
    assert org.data(f"/Deals/{deal}/Contact_Roles?fields=Email")[0]["Contact_Role"]["name"] == "Decider"


def test_a_task_hangs_on_its_deal(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    task = {
        "Subject": "Call back",
        "Due_Date": "2026-12-01",
        "Owner": {"id": PETAR_ID},
        "What_Id": {"id": deal},
    }
    missing = org.send("POST", "/Tasks", {"data": [task]}).json()["data"][0]
    assert missing["code"] == "DEPENDENT_FIELD_MISSING"
    made = org.create("Tasks", **{**task, "$se_module": "Deals"})
    row = org.data(f"/Deals/{deal}/Tasks?fields=Subject,Status,Priority,Closed_Time")[0]
    assert row == {
        "Subject": "Call back",
        "Status": "Not Started",
        "Priority": "Normal",
        "Closed_Time": None,
        "id": made,
    }
    view = org.deal(deal)["tasks"][0]
    assert (view["owner"], view["due"], view["done"], view["by"]) == (PETAR, "2026-12-01", False, "app")
    org.ask("POST", f"/tasks/{made}/complete", {"by": PETAR})
    assert org.data(f"/Tasks/{made}")[0]["Status"] == "Completed"
    assert org.data(f"/Tasks/{made}")[0]["Closed_Time"] is not None


def test_a_note_hangs_on_its_deal(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    parent = {"module": {"api_name": "Deals"}, "id": deal}
    rows = [{"Note_Title": "Hand-off", "Note_Content": "text", "Parent_Id": parent}]
    org.ok("POST", "/Notes", {"data": rows}, 201)
    org.ok("POST", f"/Deals/{deal}/Notes", {"data": [{"Note_Content": "more"}]}, 201)
    notes = org.data(f"/Deals/{deal}/Notes?fields=Note_Title,Parent_Id&sort_order=asc&sort_by=id")
    assert [note["Note_Title"] for note in notes] == ["Hand-off", None]
    assert notes[0]["Parent_Id"]["module"]["api_name"] == "Deals"
    assert org.deal(deal)["notes"][0] == {"id": notes[0]["id"], "body": "Hand-off\ntext", "by": "app"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"Parent_Id": parent}, "EXPECTED_FIELD_MISSING"),
        ({"Note_Title": "x" * 121, "Parent_Id": parent}, "INVALID_DATA"),
        ({"Note_Title": "x", "Parent_Id": {"id": deal}}, "MANDATORY_NOT_FOUND"),
        ({"Note_Title": "x"}, "MANDATORY_NOT_FOUND"),
    ]
    for row, code in wrong:
        assert org.send("POST", "/Notes", {"data": [row]}).json()["data"][0]["code"] == code
