"""Tokens, scopes and account details of the emulated account."""

from __future__ import annotations

from typing import Any

import requests

from .running import Running

DEALS = "/crm/v3/objects/deals"
CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
REFRESH = {**CLIENT, "grant_type": "refresh_token", "refresh_token": "na1-sandbox-refresh"}


def token(hubspot: Running, form: dict[str, str]) -> requests.Response:
    return hubspot.session.post(f"{hubspot.url}/oauth/v3/token", data=form, timeout=10)


def test_a_refresh_token_gives_an_access_token(hubspot: Running) -> None:
    answer = token(hubspot, REFRESH).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 1800)
    assert answer["refresh_token"] == "na1-sandbox-refresh"
    reply = hubspot.call("GET", DEALS, token=answer["access_token"])
    assert reply.status_code == 200
    assert (reply.headers["X-HubSpot-RateLimit-Max"], "X-HubSpot-RateLimit-Daily" in reply.headers) == (
        "110",
        False,
    )


def test_a_code_gives_an_access_token(hubspot: Running) -> None:
    form = {**CLIENT, "grant_type": "authorization_code", "code": "sandbox-code", "redirect_uri": "x"}
    assert token(hubspot, form).json()["hub_id"] == 147893286


def test_a_dead_refresh_token_is_refused_in_hubspots_words(hubspot: Running) -> None:
    answer = token(hubspot, {**REFRESH, "refresh_token": "revoked"})
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["error"], body["status"]) == (
        400,
        "invalid_grant",
        "BAD_REFRESH_TOKEN",
    )
    assert body["message"] == "refresh token is invalid, expired or revoked"
    assert token(hubspot, {**REFRESH, "client_secret": "wrong"}).json()["error"] == "invalid_client"


def test_an_access_token_expires(hubspot: Running) -> None:
    hubspot.ask("PUT", "/credentials", {"expires_in": 0})
    expired = token(hubspot, REFRESH).json()["access_token"]
    answer = hubspot.call("GET", DEALS, token=expired)
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


def test_credentials_can_be_changed(hubspot: Running) -> None:
    hubspot.ask("PUT", "/credentials", {"token": "pat-eu1-rotated"})
    assert hubspot.call("GET", DEALS).status_code == 401
    assert hubspot.call("GET", DEALS, token="pat-eu1-rotated").status_code == 200


def test_a_token_tells_the_app_behind_it(hubspot: Running) -> None:
    access_token = token(hubspot, REFRESH).json()["access_token"]
    old = hubspot.session.get(f"{hubspot.url}/oauth/v1/access-tokens/{access_token}", timeout=10).json()
    new = hubspot.session.post(
        f"{hubspot.url}/oauth/v3/token/introspect",
        data={**CLIENT, "token_type_hint": "access_token", "access_token": access_token},
        timeout=10,
    ).json()
    assert {old["app_id"], new["app_id"]} == {8111832}
    assert old["user_id"] == new["user_id"] > 0
    assert new["active"]


def test_a_missing_scope_is_named(hubspot: Running) -> None:
    hubspot.ask("PUT", "/credentials", {"scopes": ["crm.objects.deals.read"]})
    assert hubspot.call("GET", DEALS).status_code == 200
    assert hubspot.call("GET", "/crm/v3/pipelines/deals").status_code == 200
    owners = hubspot.call("GET", "/crm/v3/owners")
    assert (owners.status_code, owners.json()["category"]) == (403, "MISSING_SCOPES")
    assert owners.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]
    assert hubspot.call("POST", DEALS, json={"properties": {}}).status_code == 403


def test_the_right_to_read_is_enough_for_searches_and_batches(hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    ids = {"inputs": [{"id": deal_id}]}
    hubspot.ask("PUT", "/credentials", {"scopes": ["crm.objects.deals.read"]})
    for path, body in (
        (f"{DEALS}/search", {"limit": 1}),
        (f"{DEALS}/batch/read", {**ids, "properties": ["dealname"]}),
        ("/crm/v4/associations/deals/contacts/batch/read", ids),
    ):
        assert hubspot.call("POST", path, json=body).status_code in (200, 207), path
    for path in (f"{DEALS}/batch/update", f"{DEALS}/batch/archive"):
        assert hubspot.call("POST", path, json=ids).status_code == 403, path
    assert hubspot.call("POST", "/crm/v3/objects/contacts/search", json={"limit": 1}).status_code == 403
    hubspot.ask("PUT", "/credentials", {"scopes": ["crm.objects.deals.write"]})
    assert hubspot.call("POST", f"{DEALS}/search", json={"limit": 1}).status_code == 403


def test_account_details(hubspot: Running) -> None:
    details = hubspot.get("/account-info/v3/details")
    assert (details["portalId"], details["companyCurrency"]) == (147893286, "EUR")
    usage = hubspot.get("/account-info/v3/api-usage/daily/private-apps")["results"][0]
    assert usage["currentUsage"] == 2
