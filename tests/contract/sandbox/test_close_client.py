"""The official Python client, unmodified, works against the emulated Close organization."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from closeio_api import API, APIError, ValidationError

from sandbox.close.settings import API_KEY

from .close_organization import (
    BUDGET,
    FIRST,
    INTRODUCED,
    PARTNERS,
    QUALIFIED,
    SALES,
    WON,
    Organization,
    running_organization,
)
from .running import OLENA

WAIT = {"timeout": 10}


@pytest.fixture(scope="module")
def close_process() -> Iterator[Organization]:
    with running_organization() as organization:
        yield organization


@pytest.fixture
def close(close_process: Organization) -> Organization:
    return close_process.fresh()


@pytest.fixture
def api(close: Organization) -> Iterator[API]:
    # The client takes 0 for "not given" and then sends the local zone, so the text is needed.
    client = API(f"{close.url}/api/v1/", API_KEY, tz_offset="0", max_retries=2)
    yield client
    client.session.close()


def test_it_knows_who_calls(api: API, close: Organization) -> None:
    me = api.get("me", **WAIT)
    (membership,) = me["memberships"]
    assert (me["email"], membership["role_id"]) == ("integration@acme.example", "admin")
    assert {"view_all_leads", "manage_others_opportunities"} <= set(membership["permissions_granted"])
    (organization,) = me["organizations"]
    assert (organization["currency"], len(organization["pipelines"])) == ("USD", 2)
    members = api.get(f"organization/{organization['id']}", {"_fields": "memberships,inactive_memberships"})
    assert set(members) == {"memberships", "inactive_memberships"}
    assert len(members["memberships"]) == 6
    close.ask("POST", "/people", {"email": OLENA, "name": "Olena K.", "active": False})
    members = api.get(f"organization/{organization['id']}", **WAIT)
    assert [each["user_email"] for each in members["inactive_memberships"]] == [OLENA]
    assert OLENA not in [each["email"] for each in api.get("user", **WAIT)["data"]]


def test_it_reads_pipelines_users_and_fields(api: API) -> None:
    sales, partners = api.get("pipeline", **WAIT)["data"]
    assert (sales["id"], partners["id"]) == (SALES, PARTNERS)
    assert [each["type"] for each in sales["statuses"]][-3:] == ["won", "lost", "active"]
    assert "+" not in sales["date_created"]
    statuses = api.get("status/opportunity", **WAIT)["data"]
    assert {each["pipeline_id"] for each in statuses} == {SALES, PARTNERS}
    users = api.get("user", {"_limit": 2, "_skip": 1}, **WAIT)
    assert (len(users["data"]), users["has_more"], "name" in users["data"][0]) == (2, True, False)
    schema = api.get("custom_field_schema/opportunity", **WAIT)
    assert [each["name"] for each in schema["fields"]][:2] == ["Budget", "Decision maker"]
    assert schema["fields"][0]["type"] == "number"


def test_it_creates_company_person_and_deal(api: API, close: Organization) -> None:
    contact = {"name": "Ann", "emails": [{"email": "ann@customer.example", "type": "office"}]}
    lead = api.post("lead", {"name": "Customer Ltd", "contacts": [contact]}, **WAIT)
    body = {
        "lead_id": lead["id"],
        "contact_id": lead["contacts"][0]["id"],
        "status_id": QUALIFIED,
        "value": 150050,
        "value_period": "monthly",
        "confidence": 80,
        "note": "Fleet <renewal>",
        "user_id": close.user_id(OLENA),
        BUDGET: 9000,
    }
    deal = api.post("opportunity", body, **WAIT)
    assert {name: deal[name] for name in body} == body
    assert (deal["lead_name"], deal["contact_name"], deal["user_name"]) == (
        "Customer Ltd",
        "Ann",
        "Olena K.",
    )
    assert (deal["value_formatted"], deal["annualized_value"]) == ("$1,500.50 monthly", 1800600)
    assert deal["note_html"] == "<body><p>Fleet &lt;renewal&gt;</p></body>"
    assert deal["date_created"].endswith("000+00:00")
    shown = close.deal(deal["id"])
    assert (shown["title"], shown["amount"], shown["owner"]) == ("Fleet <renewal>", "1500.50", OLENA)


def test_it_moves_a_deal_to_another_pipeline_and_owner_at_once(api: API, close: Organization) -> None:
    deal_id = close.new_deal()
    changes = {"status_id": INTRODUCED, "user_id": close.user_id("petar@acme.example"), BUDGET: 5}
    moved = api.put(f"opportunity/{deal_id}", changes, **WAIT)
    assert (moved["pipeline_id"], moved["status_label"], moved[BUDGET]) == (PARTNERS, "Introduced", 5)
    (event,) = api.get("event", {"object_type": "opportunity", "action": "updated"}, **WAIT)["data"]
    assert {"status_id", "user_id", BUDGET} <= set(event["changed_fields"])
    (step,) = api.get("activity/status_change/opportunity", {"opportunity_id": deal_id}, **WAIT)["data"]
    assert (step["old_pipeline_id"], step["new_pipeline_id"]) == (SALES, PARTNERS)


def test_it_lists_searches_and_deletes(api: API, close: Organization) -> None:
    ids = [close.new_deal(title=f"Company {number}") for number in range(3)]
    page = api.get("opportunity", {"_limit": 2, "_order_by": "date_created"}, **WAIT)
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (ids[:2], True)
    condition = {
        "type": "field_condition",
        "field": {"type": "regular_field", "object_type": "lead", "field_name": "display_name"},
        "condition": {"type": "text", "mode": "phrase", "value": "company 1"},
    }
    query = {"type": "and", "queries": [{"type": "object_type", "object_type": "lead"}, condition]}
    found = api.post("data/search", {"query": query, "_fields": {"lead": ["id", "name"]}}, **WAIT)
    assert ([each["name"] for each in found["data"]], found["cursor"]) == (["Company 1"], None)
    assert api.delete(f"opportunity/{ids[0]}", **WAIT) == {}
    with pytest.raises(APIError) as refusal:
        api.get(f"opportunity/{ids[0]}", **WAIT)
    assert refusal.value.response.status_code == 404


def test_it_leaves_tasks_notes_and_comments(api: API, close: Organization) -> None:
    ahead = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"  # after today wherever the organization is
    deal_id = close.new_deal()
    lead_id = api.get(f"opportunity/{deal_id}", **WAIT)["lead_id"]
    task = {"_type": "lead", "lead_id": lead_id, "text": f"Call\n{deal_id}", "date": ahead}
    made = api.post("task", task, **WAIT)
    assert (made["date"], made["is_complete"], made["view"]) == (ahead, False, "future")
    api.post("activity/note", {"lead_id": lead_id, "note": "Came back: no budget"}, **WAIT)
    body = "<body><p>Handed <b>over</b></p></body>"
    comment = api.post("comment", {"object_id": deal_id, "body": body}, **WAIT)
    assert "created_at" in comment
    deal = close.deal(deal_id)
    assert [(each["subject"], each["body"], each["by"]) for each in deal["tasks"]] == [
        ("Call", deal_id, "app")
    ]
    assert [each["body"] for each in deal["notes"]] == ["Came back: no budget", "Handed over"]
    assert api.put("task", {"is_complete": True}, params={"id__in": made["id"]}) == {"count": 1}
    assert api.get(f"lead/{lead_id}", **WAIT)["tasks"] == []
    assert api.delete(f"comment/{comment['id']}", **WAIT) == ""


def test_a_refusal_is_the_clients_own_exception(api: API, close: Organization) -> None:
    with pytest.raises(ValidationError) as refusal:
        api.put(f"opportunity/{close.new_deal()}", {"value": 10.5}, **WAIT)
    assert refusal.value.field_errors == {"value": "Value must be of int type."}
    assert refusal.value.errors == []


@pytest.mark.parametrize("style", ["semicolons", "commas", "retry_after"])
def test_it_waits_when_it_is_told_to(api: API, close: Organization, style: str) -> None:
    close.set(rate_header=style)
    close.ask("POST", "/limits", {"enabled": True, "burst": 1})
    assert api.get("role", **WAIT)["data"]
    assert api.get("role", **WAIT)["data"]
    assert close.counts()["refused"] == 1


def test_an_access_token_works_like_a_key(api: API, close: Organization) -> None:
    form = {
        "client_id": "oa2client_sandbox",
        "client_secret": "sandbox-client-secret",
        "grant_type": "authorization_code",
        "code": "sandbox-code",
    }
    tokens = requests.post(f"{close.url}/oauth2/token/", data=form, timeout=10).json()
    # The client insists on basic credentials; a callable that changes nothing satisfies it.
    api.session.auth = lambda request: request
    api.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    deal_id = close.new_deal()
    api.put(f"opportunity/{deal_id}", {"status_id": WON}, **WAIT)
    (event,) = api.get("event", {"object_id": deal_id, "action": "updated"}, **WAIT)["data"]
    assert (event["api_key_id"], event["oauth_client_id"]) == (None, "oa2client_sandbox")
    assert close.deal(deal_id)["stage"] == WON
    assert FIRST != WON
