"""Change of owner, locks, merge, mass delete, conversion of leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .running import OLENA, PETAR
from .zoho_org import OLENA_ID, PETAR_ID, STANDARD, EmulatedZoho, fresh, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_a_change_of_owner_takes_open_tasks_along_when_told(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    task = {"Subject": "Call", "What_Id": {"id": deal}, "$se_module": "Deals", "Owner": {"id": OLENA_ID}}
    org.ok("POST", "/Tasks", {"data": [task]}, 201)
    org.put(deal, Owner={"id": PETAR_ID})
    assert org.deal(deal)["tasks"][0]["owner"] == OLENA
    org.put(deal, Owner={"id": OLENA_ID})
    body = {"owner": {"id": PETAR_ID}, "notify": False, "related_modules": [{"api_name": "Tasks", "id": "1"}]}
    answer = org.ok("POST", f"/Deals/{deal}/actions/change_owner", body)
    assert (answer["code"], answer["message"]) == ("SUCCESS", "owner is successfully updated")
    assert (org.deal(deal)["owner"], org.deal(deal)["tasks"][0]["owner"]) == (PETAR, PETAR)


def test_many_owners_at_once(org: EmulatedZoho) -> None:
    ids = [org.new_deal(), "987654"]
    answer = org.send("POST", "/Deals/actions/change_owner", {"ids": ids, "owner": {"id": PETAR_ID}})
    assert (answer.status_code, [each["code"] for each in answer.json()["data"]]) == (
        207,
        ["SUCCESS", "INVALID_DATA"],
    )
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"ids": ids}, "EXPECTED_FIELD_MISSING"),
        ({"ids": ids, "owner": {"id": "1"}}, "INVALID_DATA"),
        ({"ids": ["1"] * 501, "owner": {"id": PETAR_ID}}, "INVALID_DATA"),
    ]
    for body, code in wrong:
        assert org.refused("POST", "/Deals/actions/change_owner", body)["code"] == code


def test_a_lock_by_api(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    path = f"/Deals/{deal}/Locking_Information__s"
    lock = org.ok("POST", path, {"data": [{"locked_reason__s": "audit"}]}, 201)["data"][0]["details"]["id"]
    assert org.data(path)[0]["locked_reason__s"] == "audit"
    assert org.put_refused(deal, Next_Step="x")["code"] == "RECORD_LOCKED"
    org.ok("DELETE", f"{path}/{lock}")
    assert org.nothing("GET", path)
    org.put(deal, Next_Step="x")


@pytest.mark.parametrize("by_api", [True, False])
def test_a_merge_keeps_the_master_and_deletes_the_others(org: EmulatedZoho, by_api: bool) -> None:
    master, other = org.new_deal(amount=5), org.new_deal(amount=9, fields={"Budget": 7})
    org.ok("POST", f"/Deals/{other}/Notes", {"data": [{"Note_Content": "kept"}]}, 201)
    if by_api:
        result = org.ok("POST", f"/Deals/{master}/actions/merge", {"merge": [{"data": [{"id": other}]}]})[
            "merge"
        ][0]
        job = org.ok("GET", f"/Deals/{master}/actions/merge?job_id={result['details']['job_id']}")["merge"][0]
        assert job["status"] == "COMPLETED"
    else:
        assert org.ask("POST", "/deals/merge", {"ids": [master, other], "by": PETAR}) == {"id": master}
    shown = org.one(master)
    assert (shown["Amount"], shown["Budget"], org.deal(master)["notes"][0]["body"]) == (5, 7, "kept")
    assert org.nothing("GET", f"/Deals/{other}")
    assert [row["id"] for row in org.data("/Deals/deleted?type=all")] == [other]
    assert org.deal(other)["merged_into"] == master


def test_a_mass_delete(org: EmulatedZoho) -> None:
    ids = org.ask("POST", "/bulk", {"count": 3})["ids"]
    result = org.ok("POST", "/Deals/actions/mass_delete", {"ids": [*ids, "987654"]})["data"][0]
    assert result["code"] == "SCHEDULED"
    job = org.data(f"/Deals/actions/mass_delete?job_id={result['details']['job_id']}")[0]
    assert (job["status"], job["deleted_count"], job["failed_count"]) == ("completed", 3, 1)
    assert org.ok("GET", "/Deals/actions/count") == {"count": 0}


def test_a_lead_is_converted_once(org: EmulatedZoho) -> None:
    row = {"Last_Name": "Lee", "Company": "Customer", "Email": "ann@c.example", "Owner": {"id": OLENA_ID}}
    lead = org.create("Leads", **row)
    deal = {"Deal_Name": "Won over", "Stage": "Qualification", "Pipeline": STANDARD}
    body = {
        "data": [{"overwrite": False, "assign_to": {"id": PETAR_ID}, "Accounts": {"id": ""}, "Deals": deal}]
    }
    details = org.ok("POST", f"/Leads/{lead}/actions/convert", body)["data"][0]["details"]
    shown = org.one(details["Deals"]["id"])
    assert (shown["Account_Name"]["name"], shown["Contact_Name"]["name"]) == ("Customer", "Lee")
    assert shown["Owner"]["email"] == PETAR
    assert org.refused("POST", f"/Leads/{lead}/actions/convert", body)["code"] == "ID_ALREADY_CONVERTED"
    assert org.nothing("GET", "/Leads?fields=Email")
    assert org.data("/Leads?fields=Converted__s&converted=true")[0]["Converted__s"] is True
