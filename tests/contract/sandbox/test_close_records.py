"""Objects of the emulated Close organization: what can be written, what follows from it, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .close_organization import (
    BUDGET,
    FIRST,
    INTRODUCED,
    LOST,
    QUALIFIED,
    SALES,
    WON,
    Organization,
    running_organization,
)
from .running import OLENA, PETAR

ALMOST = "oppo_" + "0" * 43


@pytest.fixture(scope="module")
def close_process() -> Iterator[Organization]:
    with running_organization() as organization:
        yield organization


@pytest.fixture
def close(close_process: Organization) -> Organization:
    return close_process.fresh()


@pytest.fixture
def deal_id(close: Organization) -> str:
    return close.new_deal()


def deal(close: Organization, deal_id: str) -> dict[str, Any]:
    return dict(close.read(f"/opportunity/{deal_id}/"))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"value": 10.0}, "Value must be of int type."),
        ({"value": "10"}, "Value must be of int type."),
        ({"value": True}, "Value must be of int type."),
        ({"confidence": 101}, "The value must not be larger than 100."),
        ({"confidence": None}, "Value must be of int type."),
        ({"value_period": "weekly"}, "Not a valid choice."),
        ({"status_id": "stat_unknown"}, "Object does not exist."),
        ({"status_id": None}, "This field is required."),
        ({"user_id": "user_unknown"}, "Object does not exist."),
        ({"user_id": None}, "This field is required."),
        ({"date_won": "soon"}, "Could not parse datetime"),
        ({"note": 5}, "Value must be of str type."),
        ({"note_html": "plain"}, "Invalid HTML."),
        ({"note_html": "<body><script>x</script></body>"}, "Tag <script> is not allowed."),
        ({"pipeline_id": SALES}, "Unknown field."),
        ({"lead_id": "lead_x"}, "Unknown field."),
        ({"date_lost": "2026-01-01"}, "Unknown field."),
        ({"title": "x"}, "Unknown field."),
        ({"custom.cf_unknown": "x"}, "Custom field does not exist."),
        ({BUDGET: "12"}, "Value must be of float or int type."),
        ({BUDGET: {"a": 1}}, "Value must be of float or int type."),
    ],
)
def test_a_wrong_value_is_named(
    close: Organization, deal_id: str, body: dict[str, Any], problem: str
) -> None:
    assert close.field_errors("PUT", f"/opportunity/{deal_id}/", body) == dict.fromkeys(body, problem)
    assert close.counts()["malformed"] == 1
    assert close.counts()["writes"] == 0


def test_bodies_that_are_no_json_objects(close: Organization, deal_id: str) -> None:
    path = f"/opportunity/{deal_id}/"
    json_type = {"Content-Type": "application/json"}
    assert close.refused("PUT", path, data="{", headers=json_type) == (
        400,
        {"error": "The request contains invalid JSON."},
    )
    assert close.refused("PUT", path, data="[]", headers=json_type)[1] == {
        "error": "JSON data must be a dict."
    }
    assert close.refused("PUT", path, data={"value": "1"})[0] == 400
    close.set(content_type_status=415)
    assert close.refused("PUT", path, data={"value": "1"})[0] == 415
    chunked = close.refused("PUT", path, data=iter([b'{"value": 1}']), headers=json_type)
    assert chunked == (400, {"error": "Chunked Transfer-Encoding is not supported."})


def test_unknown_keys_may_be_ignored_instead(close: Organization, deal_id: str) -> None:
    close.set(unknown_keys="ignore")
    assert "title" not in close.put(f"/opportunity/{deal_id}/", title="x", value=700)
    assert deal(close, deal_id)["value"] == 700


def test_what_is_not_there(close: Organization) -> None:
    status, body = close.refused("GET", f"/opportunity/{ALMOST}/")
    assert (status, body["error"].startswith("Empty query:")) == (404, True)
    assert close.refused("GET", "/deal/")[0] == 404
    assert close.refused("PATCH", f"/opportunity/{ALMOST}/")[0] == 405


def test_a_deal_without_lead_status_and_owner(close: Organization) -> None:
    made = close.post("/opportunity/")
    assert (made["lead_name"], made["status_id"], made["value"]) == ("Untitled", FIRST, None)
    assert made["user_id"] == close.user_id("integration@acme.example")
    assert BUDGET not in made
    elsewhere = close.post("/opportunity/", pipeline_id=close.read("/pipeline/")["data"][1]["id"])
    assert elsewhere["status_id"] == INTRODUCED
    body = {"pipeline_id": SALES, "status_id": INTRODUCED}
    assert set(close.field_errors("POST", "/opportunity/", body)) == {"status_id"}


def test_a_contact_of_another_lead_is_refused(close: Organization, deal_id: str) -> None:
    contact = close.post("/contact/", name="Ann")
    problems = close.field_errors("PUT", f"/opportunity/{deal_id}/", {"contact_id": contact["id"]})
    assert set(problems) == {"contact_id"}
    own = close.post("/contact/", name="Bob", lead_id=deal(close, deal_id)["lead_id"])
    assert close.put(f"/opportunity/{deal_id}/", contact_id=own["id"])["contact_name"] == "Bob"
    close.send("DELETE", f"/contact/{own['id']}/")
    assert deal(close, deal_id)["contact_id"] is None


def test_won_and_lost(close: Organization, deal_id: str) -> None:
    won = close.put(f"/opportunity/{deal_id}/", status_id=WON)
    assert (won["status_type"], len(won["date_won"]), won["confidence"]) == ("won", 10, 50)
    lost = close.put(f"/opportunity/{deal_id}/", status_id=LOST)
    assert (lost["date_won"], lost["date_lost"] is None) == (won["date_won"], False)
    again = close.put(f"/opportunity/{deal_id}/", status_id=QUALIFIED)
    assert (again["date_won"], again["date_lost"]) == (won["date_won"], None)
    close.set(won_sets_confidence=True, reopening_clears_date_lost=False)
    assert close.put(f"/opportunity/{deal_id}/", status_id=LOST)["date_lost"]
    again = close.put(f"/opportunity/{deal_id}/", status_id=WON)
    assert (again["confidence"], again["date_lost"] is None) == (100, False)
    assert close.put(f"/opportunity/{deal_id}/", status="Closed lost")["status_id"] == LOST


def test_an_update_that_changes_nothing(close: Organization, deal_id: str) -> None:
    before = deal(close, deal_id)
    assert close.put(f"/opportunity/{deal_id}/", status_id=QUALIFIED) == before
    assert close.read("/event/", object_type="opportunity", action="updated")["data"] == []
    close.set(unchanged_update_counts=True)
    after = close.put(f"/opportunity/{deal_id}/", status_id=QUALIFIED)
    assert after["date_updated"] >= before["date_updated"]
    (event,) = close.read("/event/", object_type="opportunity", action="updated")["data"]
    assert event["api_key_id"] == "api_SandboxKey000000000000"
    assert [line["changes"] for line in close.journal("write")] == [{}, {}]


def test_custom_fields_come_and_go(close: Organization, deal_id: str) -> None:
    path = f"/opportunity/{deal_id}/"
    choices = ["Fleet", "Service", "Lease"]
    body = {"name": "Products", "type": "choices", "choices": choices, "accepts_multiple_values": True}
    key = f"custom.{close.post('/custom_field/opportunity/', **body)['id']}"
    assert close.put(path, **{key: ["Fleet"], BUDGET: 7.5})[key] == ["Fleet"]
    assert close.put(path, **{f"{key}.add": ["Service"]})[key] == ["Fleet", "Service"]
    assert close.put(path, **{f"{key}.remove": ["Fleet"]})[key] == ["Service"]
    assert close.field_errors("PUT", path, {key: ["Boats"]}) == {key: "Not a valid choice."}
    unset = close.put(path, **{key: None, BUDGET: None})
    assert not {key, BUDGET} & set(unset)
    shown = close.read(path, _fields="id,custom,nonsense")
    assert set(shown) == {"id"}


def test_a_field_that_a_role_may_not_edit(close: Organization, deal_id: str) -> None:
    body = {"name": "Margin", "type": "number", "editable_with_roles": ["superuser"]}
    key = f"custom.{close.post('/custom_field/opportunity/', **body)['id']}"
    assert set(close.field_errors("PUT", f"/opportunity/{deal_id}/", {key: 1})) == {key}
    close.set(forbidden_field_status=403)
    assert close.refused("PUT", f"/opportunity/{deal_id}/", json={key: 1})[0] == 403


def test_shared_fields_stand_in_schemas_only(close: Organization) -> None:
    associations = [{"object_type": "opportunity"}, {"object_type": "lead"}]
    made = close.post("/custom_field/shared/", name="Region", type="text", associations=associations)
    assert ("associations" in made, "editable_with_roles" in made) == (True, False)
    for object_type in ("opportunity", "lead"):
        assert made in close.read(f"/custom_field_schema/{object_type}/")["fields"]
        assert made not in close.read(f"/custom_field/{object_type}/")["data"]


def test_a_former_user_gets_nothing(close: Organization, deal_id: str) -> None:
    petar = close.user_id(PETAR)
    close.ask("POST", "/people", {"email": PETAR, "name": "Petar D.", "active": False})
    assert set(close.field_errors("PUT", f"/opportunity/{deal_id}/", {"user_id": petar})) == {"user_id"}
    close.set(former_owner="accept")
    assert close.put(f"/opportunity/{deal_id}/", user_id=petar)["user_name"] == "Petar D."


def test_rich_text_and_plain_text_say_the_same(close: Organization, deal_id: str) -> None:
    path = f"/opportunity/{deal_id}/"
    rich = close.put(path, note_html="<body><p>One</p><p>A &amp; <b>B</b></p></body>", note="ignored")
    assert rich["note"] == "One\nA & B"
    assert close.put(path, note="a < b")["note_html"] == "<body><p>a &lt; b</p></body>"


def test_a_lead_shows_what_belongs_to_it(close: Organization, deal_id: str) -> None:
    lead_id = deal(close, deal_id)["lead_id"]
    lead = close.read(f"/lead/{lead_id}/")
    assert (lead["name"], [each["id"] for each in lead["opportunities"]]) == ("Fleet renewal", [deal_id])
    close.put(f"/lead/{lead_id}/", name="Renamed Ltd")
    assert deal(close, deal_id)["lead_name"] == "Renamed Ltd"
    assert close.deal(deal_id)["title"] == "Renamed Ltd"
    body = {"contacts": [{"name": "Ann", "emails": [{"email": "nonsense"}]}]}
    problems = close.field_errors("POST", "/lead/", body)
    assert problems == {
        "contacts": {"errors": {"0": {"emails": {"errors": {"0": {"email": "Invalid email address."}}}}}}
    }


def test_merged_leads(close: Organization, deal_id: str) -> None:
    source = deal(close, deal_id)["lead_id"]
    close.post("/contact/", name="Ann", lead_id=source, phones=[{"phone": "+380 44 123-45-67"}])
    close.post("/task/", _type="lead", lead_id=source, text="Call")
    target = close.post("/lead/", name="Survivor")["id"]
    assert close.post("/lead/merge/", source=source, destination=target) == {"status": "success"}
    assert close.refused("GET", f"/lead/{source}/")[0] == 404
    moved = deal(close, deal_id)
    assert (moved["lead_id"], moved["lead_name"], moved["lead_primary_phone"]) == (
        target,
        "Survivor",
        "+380441234567",
    )
    (merged,) = close.read("/event/", object_type="lead", action="merged")["data"]
    assert merged["meta"]["merge_source_lead_id"] == source
    (update,) = close.read("/event/", object_id=deal_id, action="updated")["data"]
    assert update["meta"]["merge_destination_lead_id"] == target
    assert update["previous_data"]["lead_id"] == source
    itself = {"source": target, "destination": target}
    assert set(close.field_errors("POST", "/lead/merge/", itself)) == {"source"}


def test_a_deleted_lead_takes_its_deals_along(close: Organization, deal_id: str) -> None:
    lead_id = deal(close, deal_id)["lead_id"]
    assert close.send("DELETE", f"/lead/{lead_id}/").json() == {}
    assert close.refused("GET", f"/opportunity/{deal_id}/")[0] == 404
    (event,) = close.read("/event/", object_type="opportunity", action="deleted")["data"]
    assert (event["data"], event["previous_data"]["id"], event["changed_fields"]) == (None, deal_id, [])
    assert close.deal(deal_id)["deleted"]
    assert close.refused("PUT", f"/opportunity/{deal_id}/", json={"value": 1})[0] == 404


def test_tasks_hide_other_types(close: Organization, deal_id: str) -> None:
    lead_id = deal(close, deal_id)["lead_id"]
    call = close.post("/task/", _type="outgoing_call", lead_id=lead_id)
    task = close.post("/task/", _type="lead", lead_id=lead_id, assigned_to=close.user_id(OLENA))
    assert (task["is_dateless"], task["assigned_to_name"]) == (True, "Olena K.")
    assert [each["id"] for each in close.read("/task/", lead_id=lead_id)["data"]] == [task["id"]]
    every = close.read("/task/", lead_id=lead_id, _type="all")["data"]
    assert {each["id"] for each in every} == {call["id"], task["id"]}
    assert set(close.field_errors("POST", "/task/", {"_type": "voicemail"})) == {"_type", "lead_id"}
    close.ask("POST", f"/tasks/{task['id']}/complete", {"by": OLENA})
    (event,) = close.read("/event/", object_type="task.lead", action="completed")["data"]
    assert (event["object_id"], event["api_key_id"]) == (task["id"], None)


def test_a_removed_comment_stays_as_an_object(close: Organization, deal_id: str) -> None:
    first, second = (
        close.post("/comment/", object_id=deal_id, body=f"<body><p>{text}</p></body>") for text in "ab"
    )
    assert deal(close, deal_id)["comment_summary"] == {"thread_id": first["thread_id"], "comment_count": 2}
    assert close.send("DELETE", f"/comment/{first['id']}/").status_code == 204
    left = close.read("/comment/", object_id=deal_id)["data"]
    assert [each["body"] for each in left] == [None, "<body><p>b</p></body>"]
    close.send("DELETE", f"/comment/{second['id']}/")
    assert close.read("/comment/", object_id=deal_id)["data"] == []
    assert close.refused("GET", "/comment/")[0] == 400


def test_statuses_can_be_renamed_moved_and_deleted(close: Organization, deal_id: str) -> None:
    close.put(f"/status/opportunity/{QUALIFIED}/", label="Qualified")
    assert deal(close, deal_id)["status_label"] == "Qualified"
    assert close.refused("DELETE", f"/status/opportunity/{QUALIFIED}/")[0] == 400
    close.set(used_status_can_be_deleted=True)
    assert close.send("DELETE", f"/status/opportunity/{QUALIFIED}/").json() == {}
    gone = deal(close, deal_id)
    assert (gone["status_id"], gone["pipeline_id"]) == (QUALIFIED, SALES)
    pipeline = close.post("/pipeline/", name="Success")
    close.put(f"/pipeline/{pipeline['id']}/", statuses=[{"id": FIRST}])
    assert FIRST not in [each["id"] for each in close.read(f"/pipeline/{SALES}/")["statuses"]]
    assert close.refused("DELETE", f"/pipeline/{pipeline['id']}/")[0] == 400
    actions = ("updated", "deleted")
    seen = [close.read("/event/", object_type="status.opportunity", action=each)["data"] for each in actions]
    assert [len(each) for each in seen] == [1, 1]


def test_a_restricted_user_sees_fewer_deals_and_is_not_told(close: Organization, deal_id: str) -> None:
    own = close.post("/opportunity/", status_id=FIRST)["id"]
    close.set(role="restricteduser", permissions=["manage_opportunities"])
    assert [each["id"] for each in close.read("/opportunity/")["data"]] == [own]
    assert close.refused("GET", f"/opportunity/{deal_id}/")[0] == 404
    close.set(role="user", permissions=["manage_opportunities", "view_all_leads"])
    assert len(close.read("/opportunity/")["data"]) == 2
    assert close.refused("PUT", f"/opportunity/{deal_id}/", json={"value": 1})[0] == 403
    assert close.put(f"/opportunity/{own}/", value=1)["value"] == 1


def test_people_in_the_user_interface(close: Organization) -> None:
    company, contact = {"name": "Customer", "domain": "customer.example"}, {"name": "Ann", "email": "a@x.io"}
    first = close.new_deal(
        company=company, contact=contact, amount="99.50", currency="USD", fields={"budget": 3}
    )
    second = close.new_deal(title="Other", company=company)
    shown = deal(close, first)
    assert (shown["value"], shown["contact_name"], shown["note"], shown[BUDGET]) == (
        9950,
        "Ann",
        "Fleet renewal",
        3,
    )
    assert deal(close, second)["lead_id"] == shown["lead_id"]
    close.edit(first, by=PETAR, title="Renamed", stage=WON, fields={"budget": None})
    line = close.deal(first)["history"][-1]
    assert (line["field"], line["value"], line["by"]) == (BUDGET, None, PETAR)
    assert close.deal(first)["title"] == "Renamed"
    wrong = close.session.post(f"{close.url}/sandbox/deals/merge", json={"ids": [first, second]}, timeout=10)
    assert (wrong.status_code, "leads" in wrong.json()["error"]) == (404, True)
    euro = close.session.post(
        f"{close.url}/sandbox/deals", json={"title": "x", "currency": "EUR"}, timeout=10
    )
    assert euro.status_code == 404


def test_pipelines_can_be_replaced(close: Organization, deal_id: str) -> None:
    stages = [{"id": "stat_s1", "label": "First"}, {"id": "stat_s2", "label": "Done", "won": True}]
    close.ask("PUT", "/pipelines", [{"id": "pipe_p", "label": "Only one", "stages": stages}])
    assert deal(close, deal_id)["status_id"] == QUALIFIED
    assert close.put(f"/opportunity/{deal_id}/", status_id="stat_s2")["status_type"] == "won"
    assert [each["id"] for each in close.read("/pipeline/")["data"]] == ["pipe_p"]
    close.ask(
        "POST", "/fields", {"name": "cf_size", "label": "Size", "type": "enumeration", "options": ["S"]}
    )
    assert close.put(f"/opportunity/{deal_id}/", **{"custom.cf_size": "S"})["custom.cf_size"] == "S"
