"""Who may call the emulated Copper account, how often, and what failures look like; what describes the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .copper_account import EMAIL, HEADERS, PREFIX, SALES, EmulatedCopper, fresh, running_copper
from .running import OLENA

APPLICATION = {
    "grant_type": "authorization_code",
    "code": "sandbox-code",
    "redirect_uri": "https://conveyor.example/oauth/copper",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


@pytest.mark.parametrize(
    ("header", "value", "malformed"),
    [
        ("X-PW-AccessToken", None, 1),
        ("X-PW-Application", None, 1),
        ("X-PW-UserEmail", None, 1),
        ("X-PW-Application", "conveyor", 1),
        ("X-PW-AccessToken", "another", 0),
        ("X-PW-UserEmail", OLENA, 0),
    ],
)
def test_all_three_headers_are_needed(
    copper: EmulatedCopper, header: str, value: str | None, malformed: int
) -> None:
    answer = copper.send("GET", "/account", headers={header: value})
    assert (answer.status_code, answer.json()["status"]) == (401, 401)
    assert copper.counts()["malformed"] == malformed


def test_a_body_of_another_type_is_refused_and_a_missing_type_is_counted(copper: EmulatedCopper) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert copper.send("POST", "/people", {"name": "A"}, headers=form).status_code == 400
    assert copper.counts()["malformed"] == 1
    assert copper.send("GET", "/account", headers={"Content-Type": None}).status_code == 200
    assert copper.counts()["malformed"] == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"),
        ("GET", "/opportunities"),
        ("PATCH", "/people/1"),
        ("POST", "/pipeline_stages/search"),
    ],
)
def test_what_is_not_documented_is_not_there(copper: EmulatedCopper, method: str, path: str) -> None:
    answer = copper.send(method, path, {})
    assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})
    assert copper.counts()["malformed"] == 1


def test_a_revoked_key_is_refused(copper: EmulatedCopper) -> None:
    copper.settings(api_key="another")
    assert copper.send("GET", "/account").status_code == 401
    assert copper.send("GET", "/account", headers={"X-PW-AccessToken": "another"}).status_code == 200


def test_an_application_gets_a_token_that_never_ends(copper: EmulatedCopper) -> None:
    consent = {
        "response_type": "code",
        "client_id": "sandbox-client",
        "scope": "developer/v1/all",
        "state": "<s>",
    }
    page = copper.session.get(f"{copper.url}/oauth/authorize", params=consent, timeout=10)
    assert page.status_code == 200
    assert 'method="post"' in page.text
    assert 'name="state" value="&lt;s&gt;"' in page.text
    answer = copper.session.post(f"{copper.url}/oauth/token", data=APPLICATION, timeout=10).json()
    assert set(answer) == {"access_token", "token_type", "scope"}
    bearer = {"Authorization": f"Bearer {answer['access_token']}", "Content-Type": "application/json"}
    me = requests.get(f"{copper.url}{PREFIX}/users/me", headers=bearer, timeout=10)
    assert me.json()["email"] == EMAIL
    wrong = copper.session.post(f"{copper.url}/oauth/token", data=APPLICATION | {"code": "x"}, timeout=10)
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})
    stale = requests.get(f"{copper.url}{PREFIX}/account", headers={"Authorization": "Bearer x"}, timeout=10)
    assert stale.status_code == 401


def test_beyond_the_calls_of_a_minute_nothing_is_answered(copper: EmulatedCopper) -> None:
    copper.ask("POST", "/limits", {"enabled": True})
    statuses = [copper.send("GET", "/account").status_code for _ in range(181)]
    assert (statuses[:180], statuses[180]) == ([200] * 180, 429)
    answer = copper.send("GET", "/account")
    assert answer.json() == {"success": False, "status": 429, "message": "Rate limit exceeded"}
    assert "Retry-After" not in answer.headers
    assert copper.counts()["refused"] == 2
    copper.ask("POST", "/limits", {"enabled": True, "burst": 5})
    assert [copper.send("GET", "/account").status_code for _ in range(6)] == [200] * 5 + [429]


def test_bulk_calls_have_a_limit_of_their_own(copper: EmulatedCopper) -> None:
    copper.ask("POST", "/limits", {"enabled": True})
    body: dict[str, Any] = {"people": []}
    statuses = [copper.send("POST", "/people/bulk_create", body).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert copper.send("GET", "/account").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"), [("rate_limited", 429), ("server_error", 500), ("unauthorized", 401)]
)
def test_failures_have_the_form_of_copper(copper: EmulatedCopper, fault: str, status: int) -> None:
    copper.fault(fault, retry_after=7)
    answer = copper.send("GET", "/account")
    assert (answer.status_code, answer.json()["status"], answer.json()["success"]) == (status, status, False)
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert copper.send("GET", "/account").status_code == 200


def test_a_call_may_be_forbidden(copper: EmulatedCopper) -> None:
    copper.fault("forbidden", match="PUT ")
    deal = copper.opportunity()
    assert copper.send("PUT", f"/opportunities/{deal['id']}", {"name": "X"}).status_code == 403
    assert copper.put(deal["id"], name="X")["name"] == "X"


def test_a_fault_may_follow_or_precede_what_is_seen(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    path = f"/opportunities/{deal['id']}"
    copper.fault("edit_after_read", deal=str(deal["id"]), edit={"title": "seen too late", "by": OLENA})
    assert copper.get(path)["name"] == "Desks"
    assert copper.get(path)["name"] == "seen too late"
    copper.fault("edit_before_write", deal=str(deal["id"]), edit={"amount": 7, "by": OLENA})
    assert copper.put(deal["id"], details="x")["monetary_value"] == 7
    copper.fault("vanish_after_list", deal=str(deal["id"]))
    assert copper.found() == [deal["id"]]
    assert copper.send("GET", path).status_code == 404
    copper.fault("edit_before_write", deal="1", edit={"amount": 7})
    assert len(copper.ask("GET", "/faults")) == 1


def test_the_account_says_what_it_is(copper: EmulatedCopper) -> None:
    account = copper.get("/account")
    assert (account["id"], account["primary_timezone"]) == (100624, "America/New_York")
    assert set(account["settings"]) == {"setting_team_permissions_enabled", "setting_enable_leads"}
    assert copper.get("/users/me") == copper.get("/users/159258")
    assert copper.send("GET", "/users/1").status_code == 404


def test_users_are_listed_in_pages_without_those_deactivated(copper: EmulatedCopper) -> None:
    users = copper.ok("POST", "/users/search", {"page_size": 200})
    assert [set(user) for user in users] == [{"id", "name", "email", "groups"}] * 6
    assert copper.ok("POST", "/users/search", {"page_number": 2, "page_size": 4}) == users[4:]
    assert copper.refused("POST", "/users/search", {"email": OLENA}).startswith("Base: Unrecognized")
    olena = copper.ask("POST", "/people", {"email": OLENA, "name": "Olena K.", "active": False})
    assert OLENA not in {user["email"] for user in copper.ok("POST", "/users/search", {})}
    assert copper.get(f"/users/{olena['id']}")["email"] == OLENA
    deal = copper.opportunity()
    said = copper.refused("PUT", f"/opportunities/{deal['id']}", {"assignee_id": int(olena["id"])})
    assert said == "Assignee: is invalid"
    copper.settings(lists_deactivated=True)
    assert OLENA in {user["email"] for user in copper.ok("POST", "/users/search", {})}


def test_pipelines_carry_their_stages_and_no_outcome(copper: EmulatedCopper) -> None:
    pipelines = copper.get("/pipelines")
    assert [each["type"] for each in pipelines] == ["opportunity", "opportunity", "project"]
    assert set(pipelines[0]["stages"][0]) == {"id", "name", "win_probability"}
    names = [stage["name"] for each in pipelines for stage in each["stages"]]
    assert names.count("Negotiation") == 2
    assert not {"Won", "Lost"} & set(names)
    flat = copper.get("/pipeline_stages")
    assert flat[0] == {**pipelines[0]["stages"][0], "pipeline_id": SALES}
    assert copper.get(f"/pipeline_stages/pipeline/{SALES}") == [
        each for each in flat if each["pipeline_id"] == SALES
    ]
    assert copper.send("GET", "/pipeline_stages/pipeline/1").status_code == 404


def test_activity_types_are_an_object_of_two_lists(copper: EmulatedCopper) -> None:
    types = copper.get("/activity_types")
    assert types["user"][0] == {
        "id": 0,
        "category": "user",
        "name": "Note",
        "is_disabled": False,
        "count_as_interaction": False,
    }
    assert {each["id"]: each["name"] for each in types["system"]}[3] == "Pipeline Stage Changed"


def test_the_key_is_all_that_a_call_needs(copper: EmulatedCopper) -> None:
    for path in (
        "/loss_reasons",
        "/customer_sources",
        "/contact_types",
        "/lead_statuses",
        "/tags",
        "/webhooks",
    ):
        assert isinstance(
            requests.get(f"{copper.url}{PREFIX}{path}", headers=HEADERS, timeout=10).json(), list
        )
    assert copper.counts()["malformed"] == 0
