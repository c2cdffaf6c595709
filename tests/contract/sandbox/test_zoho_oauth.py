"""Tokens: errors inside HTTP 200, the throttle, the limit of live ones, scopes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .zoho_org import EmulatedZoho, fresh, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_a_refresh_gives_a_token_of_an_hour(org: EmulatedZoho) -> None:
    granted = org.grant().json()
    assert (granted["api_domain"], granted["token_type"], granted["expires_in"]) == (org.url, "Bearer", 3600)
    assert "refresh_token" not in granted
    header = {"Authorization": f"Zoho-oauthtoken {granted['access_token']}"}
    assert org.send("GET", "/org", headers=header).headers["X-ACCESSTOKEN-RESET"][10] == "T"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"refresh_token": "1000.other"}, "invalid_code"),
        ({"client_id": "1000.OTHER"}, "invalid_client"),
        ({"client_secret": "other"}, "invalid_client_secret"),
        ({"refresh_token": ""}, "invalid_code"),
    ],
)
def test_errors_come_with_status_200(org: EmulatedZoho, changes: dict[str, str], error: str) -> None:
    answer = org.grant(**changes)
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_a_code_is_good_once(org: EmulatedZoho) -> None:
    code = {"grant_type": "authorization_code", "refresh_token": "", "code": "1000.sandbox.code"}
    assert org.grant(**code).json()["refresh_token"] == "1000.sandbox.refresh"
    assert org.grant(**code).json() == {"error": "invalid_code"}


@pytest.mark.parametrize("status", [400, 200])
def test_the_eleventh_token_in_ten_minutes_is_denied(org: EmulatedZoho, status: int) -> None:
    org.ask("POST", "/limits", {"enabled": True})
    org.set(throttle_status=status)
    assert all("access_token" in org.grant().json() for _ in range(10))
    denied = org.grant()
    assert (denied.status_code, denied.json()["error"]) == (status, "Access Denied")
    assert denied.json()["status"] == "failure"
    assert org.counts()["refused"] == 1


def test_the_sixteenth_token_ends_the_oldest(org: EmulatedZoho) -> None:
    tokens = [org.grant().json()["access_token"] for _ in range(16)]

    def status(token: str) -> int:
        headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        return org.send("GET", "/org", headers=headers).status_code

    assert [status(token) for token in (tokens[0], tokens[1], tokens[15])] == [401, 200, 200]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTHENTICATION_FAILURE"),
        ("Bearer {token}", "AUTHENTICATION_FAILURE"),
        ("Zoho-oauthtoken 1000.unknown", "INVALID_TOKEN"),
    ],
)
def test_a_call_needs_its_own_kind_of_header(org: EmulatedZoho, header: str | None, code: str) -> None:
    token = org.grant().json()["access_token"]
    headers = {"Authorization": header and header.format(token=token)}
    assert org.refused("GET", "/org", status=401, headers=headers)["code"] == code


def test_tokens_die_when_told_and_when_revoked(org: EmulatedZoho) -> None:
    org.ok("GET", "/org")
    org.set(expire_access=True)
    assert org.refused("GET", "/org", status=401)["code"] == "INVALID_TOKEN"
    revoke = f"{org.url}/oauth/v2/token/revoke?token=1000.sandbox.refresh"
    assert org.session.post(revoke, timeout=10).json() == {"status": "success"}
    assert org.grant().json() == {"error": "invalid_code"}


@pytest.mark.parametrize(
    ("scope", "allowed", "forbidden"),
    [
        ("ZohoCRM.modules.deals.READ", "/Deals/actions/count", "/Contacts/actions/count"),
        ("ZohoCRM.settings.pipeline.READ", "/settings/pipeline?layout_id=7328395000000091023", "/org"),
        ("ZohoCRM.users.ALL", "/users", "/actions/watch"),
    ],
)
def test_a_scope_opens_only_its_area(org: EmulatedZoho, scope: str, allowed: str, forbidden: str) -> None:
    org.set(scopes=[scope])
    org.ok("GET", allowed)
    assert org.refused("GET", forbidden, status=401)["code"] == "OAUTH_SCOPE_MISMATCH"
