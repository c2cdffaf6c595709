"""Activities and relations of the emulated Copper account: notes, the system's trail with who did it, stubs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .copper_account import (
    FOLLOW_UP,
    INTEGRATION,
    PRESENTATION,
    QUALIFIED,
    EmulatedCopper,
    fresh,
    running_copper,
)
from .running import OLENA, PETAR

NOTE = {"category": "user", "id": 0}
PROPERTY, ASSIGNED, MOVED, CREATED = 1, 2, 3, 8


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def parent(deal_id: int) -> dict[str, Any]:
    return {"type": "opportunity", "id": deal_id}


def note(copper: EmulatedCopper, deal_id: int, text: str, **more: Any) -> dict[str, Any]:
    body = {"parent": parent(deal_id), "type": NOTE, "details": text, **more}
    return dict(copper.ok("POST", "/activities", body))


def test_a_note_is_an_activity_of_the_key_owner(copper: EmulatedCopper) -> None:
    deal_id = copper.opportunity()["id"]
    made = note(copper, deal_id, "Moved back:\nbudget < 1000 & falling")
    assert made["parent"] == {"id": deal_id, "type": "opportunity"}
    assert (made["type"], made["user_id"], made["old_value"]) == (NOTE, INTEGRATION, None)
    assert made["activity_date"] == made["date_created"] == made["date_modified"]
    assert copper.get(f"/activities/{made['id']}") == made
    assert copper.activities(deal_id, 0, category="user") == [made]
    shown = copper.deal(str(deal_id))["notes"]
    assert [(each["body"], each["by"]) for each in shown] == [(made["details"], "app")]


def test_a_note_may_have_taken_place_before(copper: EmulatedCopper) -> None:
    deal_id = copper.opportunity()["id"]
    now = int(time.time())
    first, second = (note(copper, deal_id, "x", activity_date=now - age)["id"] for age in (500, 900))
    found = copper.activities(deal_id, 0, category="user")
    assert [each["id"] for each in found] == [first, second]
    moved = copper.ok("PUT", f"/activities/{second}", {"activity_date": now, "details": "y"})
    assert (moved["activity_date"], moved["details"]) == (now, "y")
    assert [each["id"] for each in copper.activities(deal_id, 0, category="user")] == [second, first]
    recent = {"minimum_activity_date": now - 600, "maximum_activity_date": now - 400}
    assert [each["id"] for each in copper.ok("POST", "/activities/search", recent)] == [first]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Parent: can't be blank\nType: can't be blank"),
        ({"type": {"category": "system", "id": 1}}, "Type: is invalid"),
        ({"type": {"category": "user", "id": 194674}}, "Type: is invalid"),
        ({"type": {"id": 0}}, "Type: is invalid"),
        ({"type": NOTE, "user_id": 5}, "Base: Unrecognized attributes specified: user_id"),
        ({"type": NOTE, "details": ""}, "Details: can't be blank"),
        ({"type": NOTE, "parent": {"type": "opportunity", "id": 5}}, "Parent: does not exist"),
        ({"type": NOTE, "parent": {"type": "deal", "id": 5}}, "Parent: is invalid"),
    ],
)
def test_a_wrong_activity_is_refused(copper: EmulatedCopper, body: dict[str, Any], said: str) -> None:
    deal_id = copper.opportunity()["id"]
    given = {"parent": parent(deal_id), "details": "x", **body} if body else {"details": "x"}
    assert copper.refused("POST", "/activities", given) == said


def test_a_deleted_activity_stays_as_a_stub(copper: EmulatedCopper) -> None:
    deal_id = copper.opportunity()["id"]
    made = note(copper, deal_id, "x")
    stub = {"id": made["id"], "is_deleted": True}
    assert copper.ok("DELETE", f"/activities/{made['id']}") == stub
    assert copper.get(f"/activities/{made['id']}") == stub
    assert copper.activities(deal_id, 0, category="user") == [stub]
    assert copper.send("PUT", f"/activities/{made['id']}", {"details": "y"}).status_code == 422
    assert copper.send("GET", "/activities/1").status_code == 404


def test_a_call_is_an_interaction_and_a_note_is_none(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    note(copper, deal["id"], "x")
    assert copper.get(f"/opportunities/{deal['id']}") == deal
    call = note(copper, deal["id"], "x", type={"category": "user", "id": 190711})
    shown = copper.get(f"/opportunities/{deal['id']}")
    assert (shown["interaction_count"], shown["date_last_contacted"]) == (1, call["activity_date"])


def test_a_stage_change_tells_who_and_from_where_to_where(copper: EmulatedCopper) -> None:
    deal_id = copper.card()
    copper.edit(str(deal_id), by=PETAR, stage=str(FOLLOW_UP))
    copper.put(deal_id, pipeline_stage_id=PRESENTATION)
    ids = {each["email"]: int(each["id"]) for each in copper.ask("GET", "/people")}
    second, first = copper.activities(deal_id, MOVED)
    assert (first["user_id"], second["user_id"]) == (ids[PETAR], INTEGRATION)
    assert first["old_value"] == {"id": QUALIFIED, "name": "Qualified"}
    assert first["new_value"] == second["old_value"] == {"id": FOLLOW_UP, "name": "Follow-up"}
    assert first["type"] == {"id": MOVED, "category": "system"}
    (made,) = copper.activities(deal_id, CREATED)
    assert made["user_id"] == ids[OLENA]


def test_an_automation_has_no_user(copper: EmulatedCopper) -> None:
    deal_id = copper.card(by=None)
    copper.edit(str(deal_id), by=None, stage=str(FOLLOW_UP))
    assert [each["user_id"] for each in copper.activities(deal_id, MOVED, CREATED)] == [None, None]


def test_other_changes_are_named_without_values(copper: EmulatedCopper) -> None:
    deal_id = copper.card()
    copper.edit(str(deal_id), by=OLENA, owner=PETAR, title="Other", stage="status:Won")
    found = copper.activities(deal_id, PROPERTY, ASSIGNED)
    assert sorted(each["type"]["id"] for each in found) == [PROPERTY, PROPERTY, ASSIGNED]
    assert {(each["old_value"], each["new_value"]) for each in found} == {(None, None)}


@pytest.mark.parametrize(
    ("shape", "old", "new"),
    [("names", "Qualified", "Follow-up"), ("ids", str(QUALIFIED), str(FOLLOW_UP)), ("none", None, None)],
)
def test_old_and_new_value_may_have_other_shapes(
    copper: EmulatedCopper, shape: str, old: Any, new: Any
) -> None:
    copper.settings(stage_values=shape, property_values=True, status_activity=False)
    deal_id = copper.card()
    copper.edit(str(deal_id), by=OLENA, stage=str(FOLLOW_UP))
    (moved,) = copper.activities(deal_id, MOVED)
    assert (moved["old_value"], moved["new_value"]) == (old, new)
    copper.edit(str(deal_id), by=OLENA, stage="status:Won")
    assert copper.activities(deal_id, PROPERTY) == []
    copper.edit(str(deal_id), by=OLENA, title="Other")
    (changed,) = copper.activities(deal_id, PROPERTY)
    assert changed["new_value"] == {"name": "name", "value": "Other"}


def test_what_the_system_logs_is_read_only(copper: EmulatedCopper) -> None:
    deal_id = copper.opportunity()["id"]
    (made,) = copper.activities(deal_id, CREATED)
    assert copper.send("PUT", f"/activities/{made['id']}", {"details": "x"}).status_code == 422
    assert copper.send("DELETE", f"/activities/{made['id']}").status_code == 422


def test_activities_are_searched_over_all_records_in_pages(copper: EmulatedCopper) -> None:
    deals = [copper.card() for _ in range(5)]
    for deal_id in deals:
        copper.edit(str(deal_id), by=OLENA, stage=str(FOLLOW_UP))
    body = {"activity_types": [{"id": MOVED, "category": "system"}], "page_size": 2, "full_result": True}
    pages = [copper.ok("POST", "/activities/search", {**body, "page_number": number}) for number in (1, 2, 3)]
    assert [each["parent"]["id"] for page in pages for each in page] == deals[::-1]
    refused: list[dict[str, Any]] = [{"types": []}, {"activity_types": [{"id": 3}]}, {"parent": {"id": 5}}]
    for wrong in (*refused, {"page_size": 300}):
        assert copper.send("POST", "/activities/search", wrong).status_code == 422


def test_up_to_ten_activities_are_made_in_one_call(copper: EmulatedCopper) -> None:
    deal_id = copper.opportunity()["id"]
    good = {"parent": parent(deal_id), "type": NOTE, "details": "x"}
    made = copper.ok("POST", "/activities/bulk_create", {"activities": [good, {**good, "details": " "}]})
    assert made[0]["details"] == "x"
    assert made[1] == {"success": False, "message": {"details": [{"error": "can't be blank"}]}}
    many = copper.send("POST", "/activities/bulk_create", {"activities": [good] * 11})
    assert (many.status_code, many.json()) == (422, {"error": "Request size too large, limit is 10"})


# --- relations ---


def test_relations_go_both_ways(copper: EmulatedCopper) -> None:
    deal, bob = copper.opportunity(), copper.person(name="Bob")
    path = f"/opportunities/{deal['id']}/related"
    resource = {"id": bob, "type": "person"}
    assert copper.ok("POST", path, {"resource": resource}) == {"added": True, "resource": resource}
    first = {"id": deal["primary_contact_id"], "type": "person"}
    assert copper.get(path) == copper.get(f"{path}/people") == [first, resource]
    assert copper.get(f"/people/{bob}/related") == [{"id": deal["id"], "type": "opportunity"}]
    assert copper.ok("DELETE", path, {"resource": resource}) == {"removed": True, "resource": resource}
    again = copper.send("DELETE", path, {"resource": resource})
    assert (again.status_code, again.json()["message"]) == (422, "Invalid request: Resources are not related")


def test_what_attributes_relate_is_listed_too(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    resource = {"id": deal["id"], "type": "opportunity"}
    task = copper.ok("POST", "/tasks", {"name": "T", "related_resource": resource})["id"]
    assert copper.get(f"/opportunities/{deal['id']}/related/tasks") == [{"id": task, "type": "task"}]
    assert copper.get(f"/tasks/{task}/related") == [resource]
    assert copper.get(f"/people/{deal['primary_contact_id']}/related/opportunities") == [resource]
    other = {"resource": {"id": copper.opportunity()["id"], "type": "opportunity"}}
    assert (
        copper.refused("POST", f"/tasks/{task}/related", other)
        == "Resource: limit of related resources is reached"
    )


def test_a_person_belongs_to_one_company(copper: EmulatedCopper) -> None:
    first, second = (copper.ok("POST", "/companies", {"name": name})["id"] for name in "AB")
    path = f"/people/{copper.person(company_id=first)}/related"
    said = copper.refused("POST", path, {"resource": {"id": second, "type": "company"}})
    assert said == "Resource: limit of related resources is reached"


@pytest.mark.parametrize(
    "resource",
    [{"id": 5, "type": "person"}, {"id": 5, "type": "deal"}, {"id": "5", "type": "person"}, {"id": 5}, None],
)
def test_a_wrong_relation_is_refused(copper: EmulatedCopper, resource: Any) -> None:
    deal = copper.opportunity()
    answer = copper.send("POST", f"/opportunities/{deal['id']}/related", {"resource": resource})
    assert answer.status_code == 422
    lead = copper.ok("POST", "/leads", {"name": "L"})["id"]
    answer = copper.send(
        "POST", f"/leads/{lead}/related", {"resource": {"id": deal["id"], "type": "opportunity"}}
    )
    assert "cannot be related" in answer.json()["message"]
    assert copper.send("GET", f"/opportunities/{deal['id']}/related/deals").status_code == 404
