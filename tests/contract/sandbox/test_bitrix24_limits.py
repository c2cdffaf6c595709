"""Authorisation, limits and the ways in which calls go wrong."""

import time
from collections.abc import Iterator

import pytest
import requests

from sandbox.bitrix24.limits import LeakyBucket

from .bitrix24_portal import OLENA, EmulatedPortal, fresh, running_portal, until


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture
def portal(process: EmulatedPortal) -> EmulatedPortal:
    return fresh(process)


def by_token(portal: EmulatedPortal, token: str, method: str = "user.current") -> requests.Response:
    return requests.post(f"{portal.url}/rest/{method}", json={"auth": token}, timeout=30)


@pytest.mark.parametrize("path", ["99/wrong", "11/sandboxcode", "nobody/sandboxcode"])
def test_only_the_webhooks_own_path_is_let_in(portal: EmulatedPortal, path: str) -> None:
    answer = portal.session.post(f"{portal.url}/rest/{path}/scope", json={}, timeout=30)
    if path.startswith("nobody"):
        assert answer.status_code == 404
    else:
        assert (answer.status_code, answer.json()["error"]) == (401, "NO_AUTH_FOUND")


def test_an_application_refreshes_its_tokens_and_the_old_one_is_dead(portal: EmulatedPortal) -> None:
    first = portal.access_token()
    assert by_token(portal, first["access_token"]).json()["result"]["ID"] == "99"
    portal.ask("PUT", "/credentials", {"expire_access": True})
    expired = by_token(portal, first["access_token"])
    assert (expired.status_code, expired.json()["error"]) == (401, "expired_token")

    second = portal.token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert by_token(portal, second["access_token"]).status_code == 200
    assert second["member_id"] == first["member_id"]
    again = portal.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert by_token(portal, "never-issued").json()["error"] == "NO_AUTH_FOUND"


def test_a_code_works_once_and_only_with_the_secret(portal: EmulatedPortal) -> None:
    wrong = portal.token(grant_type="authorization_code", code="sandbox-code", client_secret="guess")
    assert wrong.json()["error"] == "invalid_client"
    portal.access_token()
    assert (
        portal.token(grant_type="authorization_code", code="sandbox-code").json()["error"] == "invalid_grant"
    )


def test_the_bucket_leaks_two_a_second(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/limits", {"enabled": True})
    began = time.monotonic()
    answers = [portal.post("scope") for _ in range(100)]
    leaked = (time.monotonic() - began) * 2
    refused = [answer for answer in answers if answer.status_code == 503]
    assert 49 - leaked <= len(refused) <= 50
    assert refused[-1].json() == {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}
    assert "Retry-After" not in refused[-1].headers
    assert portal.ask("GET", "/counts")["refused"] == len(refused)
    until(lambda: portal.post("scope").status_code == 200, "a request to leak")


def test_the_level_of_the_bucket_falls_steadily_and_refusals_do_not_raise_it() -> None:
    moments = iter([0.0, 0.0, 0.0, 0.0, 0.4, 0.5, 0.5])
    bucket = LeakyBucket(burst=2, per_second=2, now=lambda: next(moments))
    assert [bucket.admit() for _ in range(7)] == [True, True, False, False, False, True, False]


def test_a_batch_is_one_request_of_the_limit(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/limits", {"enabled": True, "burst": 2})
    commands = {f"c{number}": "server.time" for number in range(50)}
    assert [portal.post("batch", cmd=commands).status_code for _ in range(3)] == [200, 200, 503]


def test_running_time_is_summed_by_method(portal: EmulatedPortal) -> None:
    cost = {"limit_s": 480, "cost_s": {"crm.item.list": 200}}
    portal.ask("PUT", "/credentials", {"operating": cost})
    used = [portal.post("crm.item.list", entityTypeId=2).json()["time"]["operating"] for _ in range(3)]
    assert used == [200, 400, 600]
    assert portal.refused("crm.item.list", entityTypeId=2) == (429, "OPERATION_TIME_LIMIT")
    assert portal.post("crm.deal.list").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limited", 503, "QUERY_LIMIT_EXCEEDED"),
        ("overload_limit", 503, "OVERLOAD_LIMIT"),
        ("operation_time_limit", 429, "OPERATION_TIME_LIMIT"),
        ("server_error", 500, "INTERNAL_SERVER_ERROR"),
        ("unauthorized", 401, "NO_AUTH_FOUND"),
    ],
)
def test_planned_failures_have_this_crms_form(
    portal: EmulatedPortal, fault: str, status: int, code: str
) -> None:
    portal.fault(fault, match="crm.item.list")
    assert portal.post("scope").status_code == 200
    assert portal.refused("crm.item.list", entityTypeId=2) == (status, code)
    assert portal.post("crm.item.list", entityTypeId=2).status_code == 200
    assert portal.ask("GET", "/counts")["faults"] == 1


def test_an_application_is_told_that_its_token_expired(portal: EmulatedPortal) -> None:
    tokens = portal.access_token()
    portal.fault("unauthorized")
    assert by_token(portal, tokens["access_token"]).json()["error"] == "expired_token"


def test_a_renamed_portal_redirects_and_the_post_works_at_its_new_name(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    portal.fault("portal_renamed")
    body = {"entityTypeId": 2, "id": deal, "fields": {"title": "Renamed"}}
    moved = portal.post("crm.item.update", **body)
    assert moved.status_code == 302
    assert portal.item(deal)["title"] == "Fleet renewal"
    location = moved.headers["Location"]
    assert location != moved.url
    assert portal.session.post(location, json=body, timeout=30).json()["result"]["item"]["title"] == "Renamed"


def test_the_right_to_move_a_deal_can_be_missing(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    portal.fault("stage_denied", match=f"deal {deal}")
    move = {"entityTypeId": 2, "id": deal, "fields": {"stageId": "WON"}}
    answer = portal.post("crm.item.update", **move)
    assert (answer.status_code, answer.json()["error_description"]) == (
        400,
        "Insufficient permissions to change the stage",
    )
    assert portal.item(deal)["stageId"] == "NEW"


def test_a_write_that_timed_out_has_happened(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    portal.fault("timeout_after", match="crm.item.update", seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        portal.update(deal, title="Written")
    assert portal.item(deal)["title"] == "Written"


def test_a_person_edits_between_our_read_and_our_write(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    portal.fault("edit_after_read", deal=str(deal), edit={"by": OLENA, "stage": "PREPARATION"})
    assert portal.item(deal)["stageId"] == "NEW"
    assert portal.item(deal)["stageId"] == "PREPARATION"
    portal.fault("edit_before_write", deal=str(deal), edit={"by": OLENA, "title": "Hers"})
    after = portal.update(deal, stageId="EXECUTING")
    assert (after["title"], after["stageId"], after["updatedBy"]) == ("Hers", "EXECUTING", 99)


def test_a_deal_vanishes_after_a_list(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    portal.fault("vanish_after_list", deal=str(deal))
    assert len(portal.call("crm.item.list", entityTypeId=2)["items"]) == 1
    assert portal.call("crm.item.list", entityTypeId=2)["items"] == []
