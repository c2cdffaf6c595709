"""Calls on several records of the emulated Copper account, leads, and each behaviour that can be switched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .copper_account import FOLLOW_UP, INTRODUCED, PARTNERS, EmulatedCopper, fresh, running_copper


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def work(email: str) -> list[dict[str, str]]:
    return [{"email": email, "category": "work"}]


def test_ten_people_are_made_at_once_and_each_says_how_it_went(copper: EmulatedCopper) -> None:
    people: list[Any] = [{"name": "A", "emails": work("a@b.example")}, {"name": ""}, {"nam": "C"}, "D"]
    made = copper.ok("POST", "/people/bulk_create", {"people": people})
    assert made[0]["name"] == "A"
    assert made[1] == {"success": False, "message": {"name": [{"error": "can't be blank"}]}}
    assert [each["success"] for each in made[2:]] == [False, False]
    updates = [{"id": made[0]["id"], "title": "CFO"}, {"id": 5, "title": "x"}]
    changed = copper.ok("POST", "/people/bulk_update", {"people": updates})
    assert changed[0]["title"] == "CFO"
    assert (changed[1]["success"], changed[1]["id"]) == (False, 5)
    assert copper.get(f"/people/{made[0]['id']}")["title"] == "CFO"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("people/bulk_create", "people"),
        ("leads/bulk_update", "leads"),
        ("opportunities/bulk_create", "opportunities"),
    ],
)
def test_more_than_ten_are_refused(copper: EmulatedCopper, path: str, key: str) -> None:
    answer = copper.send("POST", f"/{path}", {key: [{"name": "A"}] * 11})
    assert (answer.status_code, answer.json()) == (422, {"error": "Request size too large, limit is 10"})
    assert copper.send("POST", f"/{path}", {"items": []}).status_code == 422


def test_there_is_no_bulk_update_of_opportunities(copper: EmulatedCopper) -> None:
    made = copper.ok(
        "POST",
        "/opportunities/bulk_create",
        {"opportunities": [{"name": "A", "primary_contact_id": copper.person()}]},
    )
    assert copper.get(f"/opportunities/{made[0]['id']}") == made[0]
    answer = copper.send("POST", "/opportunities/bulk_update", {"opportunities": []})
    assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})


# --- leads ---


def test_a_lead_has_one_e_mail_and_a_status_of_the_account(copper: EmulatedCopper) -> None:
    lead = copper.ok("POST", "/leads", {"name": "Lea D.", "email": work("lea@b.example")[0]})
    assert lead["email"] == {"email": "lea@b.example", "category": "work"}
    assert (lead["status"], lead["status_id"]) == ("New", 208231)
    changed = copper.ok("PUT", f"/leads/{lead['id']}", {"status_id": 208233})
    assert changed["status"] == "Contacted"
    assert copper.ok("PUT", f"/leads/{lead['id']}", {"status": "New"})["status_id"] == 208231
    assert copper.refused("PUT", f"/leads/{lead['id']}", {"status": "Warm"}) == "Status: is invalid"
    assert [each["order"] for each in copper.get("/lead_statuses")] == [1, 2, 3]


def test_a_lead_becomes_a_person_a_company_and_a_deal(copper: EmulatedCopper) -> None:
    given = {"name": "Lea D.", "email": work("lea@b.example")[0], "company_name": "Acme"}
    lead = copper.ok("POST", "/leads", given)
    details = {"opportunity": {"name": "Desks", "pipeline_id": PARTNERS, "monetary_value": 7}}
    made = copper.ok("POST", f"/leads/{lead['id']}/convert", {"details": details})
    person, company, deal = made["person"], made["company"], made["opportunity"]
    assert (person["emails"], company["name"]) == (work("lea@b.example"), "Acme")
    assert (deal["primary_contact_id"], deal["company_id"]) == (person["id"], company["id"])
    assert (deal["pipeline_stage_id"], deal["monetary_value"]) == (INTRODUCED, 7)
    assert copper.send("GET", f"/leads/{lead['id']}").status_code == 404
    other = copper.ok("POST", "/leads", {"name": "Max", "company_name": "Acme"})
    plain = copper.ok("POST", f"/leads/{other['id']}/convert", {"details": {"company": ""}})
    assert (plain["company"], plain["opportunity"]) == (None, None)


def test_an_upsert_finds_one_lead_or_makes_one(copper: EmulatedCopper) -> None:
    match = {"field_name": "email", "field_value": "lea@b.example"}
    body = {"match": match, "properties": {"name": "Lea", "email": work("lea@b.example")[0]}}
    first = copper.ok("PUT", "/leads/upsert", body)
    assert copper.ok("PUT", "/leads/upsert", body)["id"] == first["id"]
    copper.ok("POST", "/leads", body["properties"])
    assert copper.refused("PUT", "/leads/upsert", body) == "Match: more than one lead matches"


def test_leads_may_be_switched_off(copper: EmulatedCopper) -> None:
    copper.settings(enable_leads=False)
    assert copper.get("/account")["settings"]["setting_enable_leads"] is False
    for method, path in (("POST", "/leads/search"), ("POST", "/leads"), ("GET", "/lead_statuses")):
        assert copper.send(method, path, {}).status_code == 404
    assert copper.counts()["malformed"] == 0


# --- what the vendor leaves open ---


def test_a_contact_may_be_left_out_where_it_is_not_enforced(copper: EmulatedCopper) -> None:
    copper.settings(requires_contact=False)
    assert copper.ok("POST", "/opportunities", {"name": "A"})["primary_contact_id"] is None


def test_a_stage_of_another_pipeline_may_move_the_deal_there(copper: EmulatedCopper) -> None:
    copper.settings(foreign_stage="move")
    moved = copper.put(copper.opportunity()["id"], pipeline_stage_id=INTRODUCED)
    assert (moved["pipeline_id"], moved["pipeline_stage_id"]) == (PARTNERS, INTRODUCED)


def test_the_probability_may_stay_when_the_stage_changes(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    copper.settings(probability_follows=False)
    assert copper.put(deal["id"], pipeline_stage_id=FOLLOW_UP)["win_probability"] == 5


def test_a_note_may_move_the_date_of_its_record(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    copper.settings(notes_touch=True)
    body = {"parent": {"type": "opportunity", "id": deal["id"]}, "type": {"category": "user", "id": 0}}
    made = copper.ok("POST", "/activities", {**body, "details": "x"})
    shown = copper.get(f"/opportunities/{deal['id']}")
    assert shown == {**deal, "date_modified": shown["date_modified"]}
    assert shown["date_modified"] >= made["date_created"]


def test_days_may_be_written_the_other_way_round(copper: EmulatedCopper) -> None:
    copper.settings(date_order="DMY")
    assert copper.opportunity(close_date="23/1/2027")["close_date"] == "23/1/2027"


def test_an_unknown_setting_is_refused(copper: EmulatedCopper) -> None:
    answer = copper.session.put(f"{copper.url}/sandbox/credentials", json={"stage_values": "xml"}, timeout=10)
    assert answer.status_code == 422
    answer = copper.session.put(f"{copper.url}/sandbox/credentials", json={"token": "x"}, timeout=10)
    assert answer.status_code == 422
