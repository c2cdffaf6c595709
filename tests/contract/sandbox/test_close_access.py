"""Credentials, rate limits, addresses and planned faults of the emulated Close organization."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.close.settings import API_KEY

from .close_organization import QUALIFIED, WON, Organization, running_organization
from .running import OLENA, PETAR, running


@pytest.fixture(scope="module")
def close_process() -> Iterator[Organization]:
    with running_organization() as organization:
        yield organization


@pytest.fixture
def close(close_process: Organization) -> Organization:
    return close_process.fresh()


def token(close: Organization, **form: str) -> requests.Response:
    client = {"client_id": "oa2client_sandbox", "client_secret": "sandbox-client-secret"}
    return close.session.post(f"{close.url}/oauth2/token/", data=client | form, timeout=10)


def bearer(close: Organization, access_token: str) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    return close.session.get(f"{close.url}/api/v1/me/", headers=headers, timeout=10).status_code


@pytest.mark.parametrize("auth", [None, ("api_wrong", ""), (API_KEY, "password"), ("", API_KEY)])
def test_wrong_credentials(close: Organization, auth: Any) -> None:
    answer = close.send("GET", "/me/", auth=auth)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_another_key_can_be_set(close: Organization) -> None:
    close.set(api_key="api_other.secret")
    assert close.send("GET", "/me/").status_code == 401
    assert close.send("GET", "/me/", auth=("api_other.secret", "")).status_code == 200


def test_refresh_tokens_rotate(close: Organization) -> None:
    first = token(close, grant_type="authorization_code", code="sandbox-code").json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
    assert bearer(close, first["access_token"]) == 200
    close.set(expire_access=True)
    assert bearer(close, first["access_token"]) == 401
    second = token(close, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert bearer(close, second["access_token"]) == 200
    again = token(close, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert token(close, grant_type="refresh_token", client_secret="wrong").status_code == 401
    as_json = close.session.post(f"{close.url}/oauth2/token/", json={}, timeout=10)
    assert as_json.status_code == 400


def test_the_user_agrees_at_once(close: Organization) -> None:
    query = {"client_id": "oa2client_sandbox", "response_type": "code", "state": "s"}
    url = f"{close.url}/oauth2/authorize/"
    answer = close.session.get(url, params=query, allow_redirects=False, timeout=10)
    assert answer.headers["location"] == "http://127.0.0.1/callback?code=sandbox-code&state=s"


def test_limits_hold_for_each_group(close: Organization) -> None:
    close.ask("POST", "/limits", {"enabled": True, "burst": 3})
    answers = [close.send("GET", "/role/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    match = re.fullmatch(r"limit=3; remaining=0; reset=([\d.]+)", refused.headers["ratelimit"])
    assert match is not None
    assert 0 < float(match[1]) <= int(refused.headers["retry-after"]) <= 2
    assert close.send("GET", "/me/").status_code == 200
    counts = close.counts()
    assert (counts["refused"], counts["malformed"]) == (1, 0)


def test_a_limit_that_was_waited_for(close: Organization) -> None:
    close.ask("POST", "/limits", {"enabled": True, "burst": 1})
    assert close.send("GET", "/role/").status_code == 200
    wait = close.send("GET", "/role/").headers["retry-after"]
    time.sleep(int(wait))
    assert close.send("GET", "/role/").status_code == 200


def test_both_forms_of_the_header(close: Organization) -> None:
    close.ask("POST", "/limits", {"enabled": True, "burst": 9})
    semicolons = close.send("GET", "/role/")
    assert re.fullmatch(r"limit=9; remaining=8; reset=[\d.]+", semicolons.headers["ratelimit"])
    assert semicolons.headers["ratelimit-limit"] == "60"
    close.set(rate_header="commas")
    refused = close.send("GET", "/opportunity/oppo_x/")
    assert re.fullmatch(r"limit=9, remaining=8, reset=\d", refused.headers["ratelimit"])
    close.set(rate_header="retry_after")
    assert "ratelimit" not in close.send("GET", "/role/").headers


def test_a_path_without_its_slash(close: Organization) -> None:
    redirected = close.send("POST", "/lead?_fields=id", json={"name": "x"})
    assert (redirected.status_code, redirected.headers["location"]) == (301, "/api/v1/lead/?_fields=id")
    followed = close.send("POST", "/lead", json={"name": "x"}, allow_redirects=True)
    assert followed.json()["data"] == []
    assert close.counts()["malformed"] == 2
    close.set(missing_slash="serve")
    assert close.send("POST", "/lead", json={"name": "x"}).json()["name"] == "x"
    close.set(missing_slash="refuse")
    assert close.send("GET", "/lead").status_code == 404


def test_unknown_settings_are_told(close: Organization) -> None:
    url = f"{close.url}/sandbox/credentials"
    assert close.session.put(url, json={"missing_slash": "sometimes"}, timeout=10).status_code == 422
    assert close.session.put(url, json={"api_kye": "x"}, timeout=10).status_code == 422


def test_failures_in_the_form_of_the_crm(close: Organization) -> None:
    close.fault("rate_limited", retry_after=3)
    limited = close.send("GET", "/me/")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    assert "reset=3" in limited.headers["ratelimit"]
    close.fault("server_error")
    failed = close.send("GET", "/me/")
    assert (failed.status_code, failed.headers["content-type"]) == (500, "text/html; charset=utf-8")
    close.fault("unauthorized")
    assert close.send("GET", "/me/").json() == {"error": "Unauthorized"}
    counts = close.counts()
    assert (counts["faults"], counts["refused"]) == (3, 0)


def test_people_edit_around_reads_and_writes(close: Organization) -> None:
    deal_id = close.new_deal()
    path = f"/opportunity/{deal_id}/"
    close.fault("edit_after_read", deal=deal_id, edit={"by": PETAR, "amount": 7})
    assert close.read(path)["value"] is None
    assert close.read(path)["value"] == 700
    close.fault("edit_before_write", deal=deal_id, edit={"by": OLENA, "owner": PETAR, "amount": 9})
    changed = close.put(path, status_id=WON)
    assert (changed["value"], changed["user_name"]) == (900, "Petar D.")
    assert close.journal("write")[-1]["changes"]["status_id"] == {"from": QUALIFIED, "to": WON}
    close.fault("vanish_after_list", deal=deal_id)
    assert len(close.read("/opportunity/")["data"]) == 1
    assert close.refused("GET", path)[0] == 404


def test_a_deal_that_vanishes_before_its_write(close: Organization) -> None:
    deal_id = close.new_deal()
    close.ask("DELETE", f"/deals/{deal_id}")
    assert close.refused("PUT", f"/opportunity/{deal_id}/", json={"value": 1})[0] == 404


def test_the_journal_tells_what_was_written(close: Organization) -> None:
    deal_id = close.new_deal()
    close.put(f"/opportunity/{deal_id}/", status_id=WON, user_id=close.user_id(PETAR))
    line = close.journal("write")[-1]
    assert (line["object"], line["id"], line["action"]) == ("deal", deal_id, "update")
    assert line["actor"] == "app api_SandboxKey000000000000"
    assert set(line["changes"]) == {"status_id", "status_type", "user_id", "date_won"}
    assert close.counts()["by_call"] == {"PUT /api/v1/opportunity/{id}/": 1}
    shown = close.deal(deal_id)
    assert ("user_id", "app") in [(each["field"], each["by"]) for each in shown["history"]]


def test_the_board_shows_cards(close: Organization) -> None:
    deal_id = close.new_deal(title="<b>Fleet</b>", amount=10)
    page = close.session.get(close.url, timeout=10).text
    assert "&lt;b&gt;Fleet&lt;/b&gt;" in page
    assert "Decision maker bought-in" in page
    pipeline = close.deal(deal_id)["pipeline"]
    form = {"deal": deal_id, "stage": f"{pipeline}/{WON}", "by": PETAR}
    close.session.post(f"{close.url}/sandbox/board/move", data=form, timeout=10)
    assert close.deal(deal_id)["stage"] == WON


def test_ids_begin_later_where_they_are_told_to() -> None:
    with running("close", "--ids-after", "30000") as later:
        first = later.ask("POST", "/deals", {"title": "A deal"})["id"]
        later.ask("POST", "/reset")
        assert later.ask("POST", "/deals", {"title": "A deal"})["id"] == first
    with running("close") as plain:
        assert plain.ask("POST", "/deals", {"title": "A deal"})["id"] != first
