"""Writes: one result for each record whatever the status, locks, upsert, tasks and notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .running import OLENA, PETAR, until
from .zoho_org import API_USER, OLENA_ID, PARTNER, PETAR_ID, STANDARD, EmulatedZoho, fresh, running_org

DEAL = {"Deal_Name": "New", "Stage": "Qualification", "Pipeline": STANDARD}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_stage_owner_and_fields_go_in_one_call(org: EmulatedZoho) -> None:
    deal = org.new_deal(amount=200)
    result = org.put(deal, Stage="Needs Analysis", Owner={"id": PETAR_ID}, Budget=12.5, Next_Step=None)
    assert (result["code"], result["message"], result["details"]["id"]) == ("SUCCESS", "record updated", deal)
    assert result["details"]["Modified_By"] == {"name": "Conveyor Integration", "id": API_USER}
    shown = org.one(deal)
    assert (shown["Stage"], shown["Owner"]["email"], shown["Budget"]) == ("Needs Analysis", PETAR, 12.5)
    assert (shown["Probability"], shown["Expected_Revenue"]) == (20, 40)
    assert result["details"]["Modified_Time"] == shown["Modified_Time"]


def test_one_wrong_record_does_not_stop_the_others(org: EmulatedZoho) -> None:
    first, second = org.new_deal(), org.new_deal()
    rows = [
        {"id": first, "Stage": "Nope"},
        {"id": second, "Stage": "Closed Won"},
        {"id": "987654"},
        {"Stage": "x"},
    ]
    answer = org.send("PUT", "/Deals", {"data": rows})
    codes = [each["code"] for each in answer.json()["data"]]
    assert (answer.status_code, codes) == (
        207,
        ["INVALID_DATA", "SUCCESS", "INVALID_DATA", "MANDATORY_NOT_FOUND"],
    )
    assert org.one(second)["Stage"] == "Closed Won"


@pytest.mark.parametrize(("setting", "status"), [(None, 400), (200, 200), (202, 202)])
def test_a_refusal_may_come_with_any_status(org: EmulatedZoho, setting: int | None, status: int) -> None:
    org.set(failed_status=setting)
    error = org.put_refused(org.new_deal(), status, Stage="Nope")
    assert (error["code"], error["status"]) == ("INVALID_DATA", "error")
    assert error["details"] == {"api_name": "Stage", "json_path": "$.data[0].Stage"}


def test_a_stage_must_fit_its_pipeline(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.put_refused(deal, Stage="In talks")
    org.put_refused(deal, Stage="Identify Decision Makers")
    org.put(deal, Stage="Id. Decision Makers")
    org.put(deal, Pipeline=PARTNER, Stage="In talks")
    org.set(stage_mismatch="MAPPING_MISMATCH")
    assert org.put_refused(deal, Stage="Qualification")["code"] == "MAPPING_MISMATCH"
    assert (org.deal(deal)["pipeline"], org.deal(deal)["stage"]) == (PARTNER, "In talks")


@pytest.mark.parametrize("name", ["Deal_Name", "Stage", "Pipeline"])
def test_a_new_deal_needs_name_stage_and_pipeline(org: EmulatedZoho, name: str) -> None:
    row = {key: value for key, value in DEAL.items() if key != name}
    answer = org.send("POST", "/Deals", {"data": [row]})
    error = answer.json()["data"][0]
    assert (answer.status_code, error["code"]) == (400, "MANDATORY_NOT_FOUND")
    assert error["details"] == {"api_name": name, "json_path": f"$.data[0].{name}"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Amount": "12"}, "double"),
        ({"Deal_Name": 12}, "text"),
        ({"Closing_Date": "2026-13-01"}, "date"),
        ({"Closing_Date": "2026-12-01T00:00:00+00:00"}, "date"),
        ({"Conveyor_Accept_By": "2026-12-01T10:00:00.000+02:00"}, "datetime"),
        ({"Conveyor_Accept_By": "2026-12-01T10:00:00"}, "datetime"),
        ({"Owner": OLENA_ID}, "jsonobject"),
        ({"Owner": {"id": 7328395000000100001}}, "bigint"),
    ],
)
def test_a_value_of_a_wrong_type(org: EmulatedZoho, values: dict[str, Any], expected: str) -> None:
    error = org.put_refused(org.new_deal(), **values)
    assert (error["code"], error["details"]["expected_data_type"]) == ("INVALID_DATA", expected)


def test_an_owner_must_be_active(org: EmulatedZoho) -> None:
    org.ask("POST", "/people", {"email": PETAR, "name": "Petar D.", "active": False})
    assert org.put_refused(org.new_deal(), Owner={"id": PETAR_ID})["code"] == "INVALID_DATA"


def test_unknown_and_read_only_fields_are_ignored_and_counted(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    before = org.counts()["malformed"]
    org.put(deal, No_Such="x", Created_Time="2020-01-01T00:00:00+00:00")
    assert org.counts()["malformed"] == before + 2
    assert not org.one(deal)["Created_Time"].startswith("2020")


def test_a_write_that_changes_nothing_still_moves_the_time(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    created = datetime.fromisoformat(org.one(deal)["Modified_Time"])
    until(lambda: datetime.now(UTC) >= created + timedelta(seconds=1), "the next second")
    org.put(deal, Stage="Qualification")
    assert datetime.fromisoformat(org.one(deal)["Modified_Time"]) > created
    assert org.journal("write")[-1]["changes"] == {}


def test_the_optimistic_lock(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    seen = org.one(deal)["Modified_Time"]
    lock = {"If-Unmodified-Since": seen}
    body = {"data": [{"Next_Step": "call"}]}
    assert org.ok("PUT", f"/Deals/{deal}", body, headers=lock)["data"][0]["code"] == "SUCCESS"
    until(lambda: datetime.now(UTC) >= datetime.fromisoformat(seen) + timedelta(seconds=1), "the next second")
    org.edit(deal, by=PETAR, title="Mine")
    answer = org.send("PUT", f"/Deals/{deal}", body, headers=lock)
    error = answer.json()["data"][0]
    assert (answer.status_code, error["code"]) == (412, "ALREADY_MODIFIED")
    assert (error["details"]["id"], error["details"]["Modified_By"]["id"]) == (deal, PETAR_ID)
    assert error["details"]["Modified_Time"] == org.one(deal)["Modified_Time"]


def test_an_upsert_finds_by_a_unique_field(org: EmulatedZoho) -> None:
    org.ask("POST", "/fields", {"name": "Conveyor_Key", "label": "Conveyor key"})
    body = {"data": [{**DEAL, "Conveyor_Key": "k1"}], "duplicate_check_fields": ["Conveyor_Key"]}
    first = org.ok("POST", "/Deals/upsert", body)["data"][0]
    again = org.ok("POST", "/Deals/upsert", body)["data"][0]
    assert (first["action"], first["duplicate_field"]) == ("insert", None)
    assert (again["action"], again["duplicate_field"]) == ("update", "Conveyor_Key")
    assert again["details"]["id"] == first["details"]["id"]
    other = org.put_refused(org.new_deal(), Conveyor_Key="K1")
    assert (other["code"], other["details"]["id"]) == ("DUPLICATE_DATA", first["details"]["id"])


def test_an_upsert_without_fields_overwrites_a_namesake(org: EmulatedZoho) -> None:
    deal = org.new_deal(title="New")
    result = org.ok("POST", "/Deals/upsert", {"data": [{**DEAL, "Amount": 5}]})["data"][0]
    assert (result["action"], result["details"]["id"]) == ("update", deal)
    assert org.refused("POST", "/Tasks/upsert", {"data": [{"Subject": "x"}]})["code"] == "NOT_SUPPORTED"


def test_at_most_a_hundred_records_and_no_unknown_keys(org: EmulatedZoho) -> None:
    before = org.counts()["malformed"]
    many = org.refused("POST", "/Deals", {"data": [DEAL] * 101})
    assert (many["code"], many["details"]["maximum_length"]) == ("INVALID_DATA", 100)
    assert (
        org.refused("POST", "/Deals", {"data": [DEAL], "triggers": []})["details"]["api_name"] == "triggers"
    )
    assert org.refused("POST", "/Deals", {"data": [DEAL], "trigger": ["all"]})["code"] == "INVALID_DATA"
    assert org.refused("POST", "/Deals", {"data": []})["code"] == "MANDATORY_NOT_FOUND"
    assert org.counts()["malformed"] == before + 4
    assert len(org.ok("POST", "/Deals", {"data": [DEAL] * 100, "trigger": []}, 201)["data"]) == 100


def test_a_workflow_of_the_org_writes_as_the_same_user(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(workflow={"field": "Next_Step", "value": "by rule"})
    org.put(deal, Budget=1)
    shown = org.one(deal)
    assert (shown["Next_Step"], shown["Modified_By"]["id"]) == ("by rule", API_USER)
    lines = org.ok("GET", f"/Deals/{deal}/__timeline")["__timeline"]
    assert [line["source"] for line in lines] == ["workflow", "crm_api", "crm_ui"]
    org.put(deal, Next_Step="ours")
    org.ok("PUT", f"/Deals/{deal}", {"data": [{"Next_Step": "ours"}], "trigger": []})
    assert org.one(deal)["Next_Step"] == "ours"


def test_a_locked_deal_refuses_our_writes(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(locked=[deal])
    assert org.one(deal)["Locked__s"] is True
    assert org.put_refused(deal, Next_Step="x")["code"] == "RECORD_LOCKED"
    org.edit(deal, by=OLENA, title="Still mine")
    org.set(locked=[])
    org.put(deal, Next_Step="x")


def test_deleting_tells_of_each_id(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    answer = org.send("DELETE", f"/Deals?ids={deal},987654")
    assert (answer.status_code, [each["code"] for each in answer.json()["data"]]) == (
        207,
        ["SUCCESS", "INVALID_DATA"],
    )
    assert org.send("DELETE", f"/Deals/{deal}").status_code == 400
    assert org.deal(deal)["deleted"]
