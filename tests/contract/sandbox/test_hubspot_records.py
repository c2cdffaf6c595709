"""How records behave: written and read values, history, duplicates, partial success, merges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from .running import OLENA, PETAR, Running, until

DEALS = "/crm/v3/objects/deals"


def problems(body: dict[str, Any]) -> set[tuple[str, str]]:
    return {(row["context"]["propertyName"][0], row["code"]) for row in body["errors"]}


def test_values_are_text_and_unknown_names_are_dropped(hubspot: Running) -> None:
    deal_id = hubspot.new_deal(amount=1500, fields={"budget__c": 25000})
    deal = hubspot.get(f"{DEALS}/{deal_id}", properties="amount,budget__c,decision_maker,nothing_like_this")
    values = deal["properties"]
    assert (values["amount"], values["budget__c"], values["decision_maker"]) == ("1500", "25000", None)
    assert {"createdate", "hs_lastmodifieddate", "hs_object_id"} <= values.keys()
    assert "nothing_like_this" not in values
    assert deal["id"] == values["hs_object_id"] == deal_id


def test_an_update_answers_with_changed_and_calculated_values(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    answer = hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"dealstage": "closedlost"}})
    values = answer.json()["properties"]
    assert (values["dealstage"], values["hs_is_closed_lost"]) == ("closedlost", "true")
    assert "dealname" not in values
    assert "hubspot_owner_id" not in values


def test_the_probability_is_printed_in_full(hubspot: Running) -> None:
    deal_id = hubspot.new_deal(stage="qualifiedtobuy")
    deal = hubspot.get(f"{DEALS}/{deal_id}", properties="hs_deal_stage_probability")
    expected = "0.40000000000000002220446049250313080847263336181640625"
    assert deal["properties"]["hs_deal_stage_probability"] == expected


def updated_at(record: dict[str, Any]) -> datetime:
    """When it was changed last; as text, a whole second would come after its own fractions."""
    return datetime.fromisoformat(record["updatedAt"])


def test_writing_the_same_values_moves_nothing(hubspot: Running) -> None:
    deal_id = str(hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0])
    before = hubspot.get(f"{DEALS}/{deal_id}")
    stage = before["properties"]["dealstage"]
    hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"dealstage": stage}})
    assert hubspot.get(f"{DEALS}/{deal_id}")["updatedAt"] == before["updatedAt"]
    hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"dealstage": "contractsent"}})
    assert updated_at(hubspot.get(f"{DEALS}/{deal_id}")) > updated_at(before)


def test_a_cleared_value_is_empty_text(hubspot: Running) -> None:
    deal_id = hubspot.new_deal(fields={"decision_maker": "CFO"})
    hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"decision_maker": ""}})
    assert (
        hubspot.get(f"{DEALS}/{deal_id}", properties="decision_maker")["properties"]["decision_maker"] == ""
    )


def test_wrong_values_are_listed_all_at_once(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    given = {
        "missing": "1",
        "hs_is_closed": "true",
        "dealstage": "Closed won",
        "amount": "a lot",
        "hubspot_owner_id": "9586504",
    }
    answer = hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": given})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert problems(answer.json()) == {
        ("missing", "PROPERTY_DOESNT_EXIST"),
        ("hs_is_closed", "READ_ONLY_VALUE"),
        ("dealstage", "INVALID_OPTION"),
        ("amount", "INVALID_LONG"),
        ("hubspot_owner_id", "INVALID_OWNER_ID"),
    }
    assert hubspot.counts()["malformed"] == 1


def test_a_stage_belongs_to_its_pipeline(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    alone = hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"dealstage": "7701"}})
    assert problems(alone.json()) == {("dealstage", "INVALID_OPTION")}
    both = {"properties": {"pipeline": "77", "dealstage": "7701"}}
    assert hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=both).status_code == 200


def test_a_deal_without_stage_is_in_no_board(hubspot: Running) -> None:
    created = hubspot.call("POST", DEALS, json={"properties": {"dealname": "Lost"}, "associations": []})
    assert created.status_code == 201
    values = hubspot.get(f"{DEALS}/{created.json()['id']}")["properties"]
    assert (values["pipeline"], values["dealstage"]) == (None, None)


def test_history_says_who_did_it(hubspot: Running) -> None:
    people = {person["email"]: person for person in hubspot.ask("GET", "/people")}
    deal_id = hubspot.new_deal(by=None)
    hubspot.edit(deal_id, by=PETAR, stage="contractsent")
    hubspot.call("PATCH", f"{DEALS}/{deal_id}", json={"properties": {"dealstage": "closedwon"}})
    deal = hubspot.get(f"{DEALS}/{deal_id}", propertiesWithHistory="dealstage")
    newest, by_petar, first = deal["propertiesWithHistory"]["dealstage"]
    assert (newest["value"], newest["sourceType"], newest["sourceId"]) == (
        "closedwon",
        "INTEGRATION",
        "8111832",
    )
    assert "updatedByUserId" not in newest
    user_id = people[PETAR]["user_id"]
    assert (by_petar["sourceId"], by_petar["updatedByUserId"]) == (f"userId:{user_id}", int(user_id))
    assert first["sourceType"] == "AUTOMATION_PLATFORM"
    assert [line["by"] for line in hubspot.deal(deal_id)["history"] if line["field"] == "dealstage"] == [
        None,
        PETAR,
        "app",
    ]


def test_at_most_twenty_versions_are_shown(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    for amount in range(30):
        hubspot.edit(deal_id, by=OLENA, amount=amount)
    versions = hubspot.get(f"{DEALS}/{deal_id}", propertiesWithHistory="amount")["propertiesWithHistory"]
    assert [each["value"] for each in versions["amount"]][::19] == ["29", "10"]


def test_a_second_contact_with_the_same_email_is_refused(hubspot: Running) -> None:
    body = {"properties": {"email": "ann@customer.example"}, "associations": []}
    first = hubspot.call("POST", "/crm/v3/objects/contacts", json=body).json()["id"]
    second = hubspot.call("POST", "/crm/v3/objects/contacts", json=body)
    assert second.status_code == 409
    assert second.json()["message"] == f"Contact already exists. Existing ID: {first}"


def test_upsert_creates_once_and_then_updates(hubspot: Running) -> None:
    field = {"name": "key", "label": "Key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    body = {**field, "groupName": "dealinformation"}
    assert hubspot.call("POST", "/crm/v3/properties/deals", json=body).status_code == 201
    row = {"id": "deal-1", "idProperty": "key", "properties": {"dealname": "Once"}}
    answers = [
        hubspot.call("POST", f"{DEALS}/batch/upsert", json={"inputs": [row]}).json()["results"][0]
        for _ in range(2)
    ]
    assert [answer["new"] for answer in answers] == [True, False]
    assert answers[0]["id"] == answers[1]["id"]
    found = hubspot.get(f"{DEALS}/deal-1", idProperty="key", properties="dealname")
    assert found["properties"]["dealname"] == "Once"


def test_a_value_of_a_unique_property_is_given_once(hubspot: Running) -> None:
    field = {"name": "key", "label": "Key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    hubspot.call("POST", "/crm/v3/properties/deals", json={**field, "groupName": "dealinformation"})
    body = {"properties": {"dealname": "One", "key": "k1"}}
    assert hubspot.call("POST", DEALS, json=body).status_code == 201
    assert problems(hubspot.call("POST", DEALS, json=body).json()) == {("key", "UNIQUE_VALUE_CONFLICT")}


def test_a_wrong_input_fails_a_whole_batch_unless_inputs_are_traced(hubspot: Running) -> None:
    good = {"properties": {"dealname": "Good"}, "associations": []}
    bad = {"properties": {"nope": "1"}, "associations": []}
    path = f"{DEALS}/batch/create"
    assert hubspot.call("POST", path, json={"inputs": [good, bad]}).status_code == 400
    assert hubspot.ask("GET", "/deals") == []
    traced = [{**good, "objectWriteTraceId": "a"}, {**bad, "objectWriteTraceId": "b"}]
    answer = hubspot.call("POST", path, json={"inputs": traced})
    assert (answer.status_code, answer.json()["numErrors"]) == (207, 1)
    assert answer.json()["errors"][0]["context"]["objectWriteTraceId"] == ["b"]
    assert [deal["title"] for deal in hubspot.ask("GET", "/deals")] == ["Good"]


def test_unknown_ids_make_a_batch_partial(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    inputs = [{"id": "9", "properties": {"amount": "1"}}, {"id": deal_id, "properties": {"amount": "2"}}]
    answer = hubspot.call("POST", f"{DEALS}/batch/update", json={"inputs": inputs})
    assert (answer.status_code, answer.json()["errors"][0]["context"]) == (207, {"ids": ["9"]})
    assert [each["id"] for each in answer.json()["results"]] == [deal_id]


def test_a_merge_makes_a_new_deal(hubspot: Running) -> None:
    contact = {"name": "Ann Lee", "email": "ann@customer.example"}
    primary = hubspot.new_deal(title="Keep", contact=contact)
    other = hubspot.new_deal(title="Drop", fields={"decision_maker": "CFO"})
    merged = hubspot.ask("POST", "/deals/merge", {"ids": [primary, other], "by": OLENA})["id"]
    assert merged not in (primary, other)
    for asked in (primary, other):
        found = hubspot.get(f"{DEALS}/{asked}", properties="dealname,decision_maker", associations="contacts")
        assert (found["id"], found["properties"]["dealname"]) == (merged, "Keep")
        assert found["properties"]["decision_maker"] == "CFO"
        assert len(found["associations"]["contacts"]["results"]) == 1
    assert [deal["id"] for deal in hubspot.get(DEALS)["results"]] == [merged]
    assert hubspot.deal(primary)["merged_into"] == merged
    by_old_id = hubspot.get(f"/crm/v4/objects/deals/{primary}/associations/contacts")
    assert by_old_id["results"] == []


def test_a_deleted_deal_is_only_among_the_archived(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    assert hubspot.call("DELETE", f"{DEALS}/{deal_id}").status_code == 204
    assert hubspot.call("DELETE", f"{DEALS}/{deal_id}").status_code == 204
    assert hubspot.call("GET", f"{DEALS}/{deal_id}").status_code == 404
    archived = hubspot.get(f"{DEALS}/{deal_id}", archived="true")
    assert (archived["archived"], "archivedAt" in archived) == (True, True)
    assert hubspot.get(DEALS)["results"] == []
    assert len(hubspot.get(DEALS, archived="TRUE")["results"]) == 1
    search = hubspot.call("POST", f"{DEALS}/search", json={"filterGroups": []}).json()
    assert search["total"] == 0


def test_a_deactivated_user_is_an_archived_owner(hubspot: Running) -> None:
    olena = hubspot.ask("POST", "/people", {"email": OLENA, "name": "Olena K.", "active": False})
    active = [owner["email"] for owner in hubspot.get("/crm/v3/owners")["results"]]
    archived = hubspot.get("/crm/v3/owners/", archived="true")["results"]
    assert OLENA not in active
    assert [(each["userId"], each["userIdIncludingInactive"]) for each in archived] == [
        (None, int(olena["user_id"]))
    ]


def test_owners_come_in_pages(hubspot: Running) -> None:
    page = hubspot.get("/crm/v3/owners", limit=4)
    rest = hubspot.get("/crm/v3/owners", limit=4, after=page["paging"]["next"]["after"])
    assert (len(page["results"]), len(rest["results"]), "paging" in rest) == (4, 1, False)
    assert hubspot.get("/crm/v3/owners", email=PETAR)["results"][0]["email"] == PETAR


def test_the_first_company_is_the_primary_one(hubspot: Running) -> None:
    deal_id = hubspot.new_deal(company={"name": "Customer", "domain": "customer.example"})
    links = hubspot.get(f"/crm/v4/objects/deal/{deal_id}/associations/company")["results"]
    assert [(each["typeId"], each["label"]) for each in links[0]["associationTypes"]] == [
        (341, None),
        (5, "Primary"),
    ]
    assert isinstance(links[0]["toObjectId"], int)
    inline = hubspot.get(f"{DEALS}/{deal_id}", associations="companies")["associations"]["companies"]
    assert [each["type"] for each in inline["results"]] == ["deal_to_company", "deal_to_company_unlabeled"]


def test_a_task_needs_its_due_date(hubspot: Running) -> None:
    body = {"properties": {"hs_task_subject": "Call"}, "associations": []}
    answer = hubspot.call("POST", "/crm/v3/objects/tasks", json=body)
    assert (answer.status_code, answer.json()["context"]) == (400, {"properties": ["hs_timestamp"]})


def test_a_person_ticks_a_task_off(hubspot: Running) -> None:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 216}
    link = {"to": {"id": hubspot.new_deal()}, "types": [spec]}
    body = {"properties": {"hs_timestamp": "1796115600000"}, "associations": [link]}
    task = hubspot.call("POST", "/crm/v3/objects/tasks", json=body).json()
    assert task["properties"]["hs_timestamp"] == "2026-12-01T09:00:00Z"
    hubspot.ask("POST", f"/tasks/{task['id']}/complete", {"by": PETAR})
    path = f"/crm/v3/objects/tasks/{task['id']}"
    done = hubspot.get(path, properties="hs_task_status", propertiesWithHistory="hs_task_status")
    assert done["properties"]["hs_task_status"] == "COMPLETED"
    assert done["propertiesWithHistory"]["hs_task_status"][0]["sourceType"] == "CRM_UI"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2026-12-31", "2026-12-31"),
        ("1798675200000", "2026-12-31"),
        ("2026-12-31T00:00:00.000Z", "2026-12-31"),
    ],
)
def test_dates_are_stored_as_days(hubspot: Running, written: str, stored: str) -> None:
    deal_id = hubspot.new_deal()
    body = {"properties": {"contract_end_date": written}}
    answer = hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=body)
    assert answer.json()["properties"]["contract_end_date"] == stored


def test_updated_at_moves_by_itself_after_a_creation(hubspot: Running) -> None:
    created = hubspot.call("POST", DEALS, json={"properties": {"dealname": "New"}}).json()
    until(
        lambda: updated_at(hubspot.get(f"{DEALS}/{created['id']}")) > updated_at(created),
        "the calculated properties",
    )
