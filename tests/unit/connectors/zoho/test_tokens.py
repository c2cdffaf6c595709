"""One token for all processes, few refreshes, and errors that come with status 200."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import Lane
from connectors.errors import AuthFailed, RateLimited, Transient, Unreadable
from connectors.http import Http
from connectors.local import MemoryGrants
from connectors.zoho.settings import DATA_CENTRES, Settings
from connectors.zoho.tokens import Tokens

from .known import payload
from .scripted import AUTH, Asked, Said, zoho


def fine(asked: Asked) -> Said:
    """An answer without records."""
    return Said(204)


def expiring(asked: Asked) -> Said:
    """The first token is dead, any later one is good."""
    if asked.headers["Authorization"] == "Zoho-oauthtoken 1000.token1":
        return Said(401, {"code": "INVALID_TOKEN", "message": "invalid oauth token", "status": "error"})
    return Said(204)


def test_a_refresh_is_asked_for_as_documented() -> None:
    with zoho(fine) as it:
        it.client().call("GET", "/org", Lane.READ)
        [asked] = it.refreshes
        assert asked.method == "POST"
        assert asked.body == {"grant_type": "refresh_token", **AUTH}
        assert it.calls[0].headers["Authorization"] == "Zoho-oauthtoken 1000.token1"


def test_all_processes_share_one_token() -> None:
    with zoho(fine) as it:
        clients = [it.client() for _ in range(6)]
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(lambda client: client.call("GET", "/org", Lane.READ), clients))
        assert len(it.refreshes) == 1


def test_an_expired_token_is_renewed_once_for_all() -> None:
    with zoho(expiring) as it:
        clients = [it.client() for _ in range(6)]
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(lambda client: client.call("GET", "/org", Lane.READ), clients))
        assert len(it.refreshes) == 2


@pytest.mark.parametrize(
    "body", [{"code": "AUTHENTICATION_FAILURE", "message": "x", "details": {}, "status": "error"}, "<html>"]
)
def test_a_new_token_that_is_refused_is_for_the_admin(body: object) -> None:
    with zoho(lambda asked: Said(401, body)) as it:
        with pytest.raises(AuthFailed, match="only just given"):
            it.client().call("GET", "/org", Lane.READ)
        assert (len(it.refreshes), len(it.calls)) == (2, 2)


def test_a_missing_scope_costs_no_token() -> None:
    with zoho(lambda asked: Said(401, payload("error__scope"))) as it:
        with pytest.raises(AuthFailed, match="scope"):
            it.client().call("GET", "/org", Lane.READ)
        assert len(it.refreshes) == 1


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", ["invalid_code", "invalid_client", "invalid_client_secret", "new_code"])
def test_a_refusal_is_read_from_the_body(status: int, code: str) -> None:
    with zoho(fine) as it:
        it.token = Said(status, {"error": code})
        with pytest.raises(AuthFailed, match=code) as caught:
            it.client().call("GET", "/org", Lane.READ)
        assert not [secret for secret in AUTH.values() if secret in str(caught.value)]


def test_a_refusal_that_repeats_what_was_sent_is_not_repeated() -> None:
    with zoho(fine) as it:
        it.token = Said(200, {"error": f"bad request: {AUTH}", "error_description": str(AUTH)})
        with pytest.raises(AuthFailed) as caught:
            it.client().call("GET", "/org", Lane.READ)
        assert not [secret for secret in AUTH.values() if secret in str(caught.value)]


@pytest.mark.parametrize("status", [200, 400])
def test_a_throttled_client_waits_out_the_window(status: int) -> None:
    with zoho(fine) as it:
        it.token = Said(status, payload("token__throttled"))
        with pytest.raises(RateLimited) as caught:
            it.client().call("GET", "/org", Lane.READ)
        assert it.budget.pauses == [caught.value.retry_after_s] == [600.0]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said(200, "<html>"), Unreadable),
        (Said(200, []), Unreadable),
        (Said(502, "<html>"), Transient),
        (Said(500, {"error": "oops"}), Transient),
    ],
)
def test_a_broken_token_server_is_told_apart(said: Said, kind: type[Exception]) -> None:
    with zoho(fine) as it:
        it.token = said
        with pytest.raises(kind):
            it.client().call("GET", "/org", Lane.READ)


def test_a_token_about_to_end_is_refreshed_before() -> None:
    with zoho(fine) as it:
        it.token = Said(200, {"access_token": "1000.short", "expires_in": 299})
        for _ in range(2):
            it.client().call("GET", "/org", Lane.READ)
        assert len(it.refreshes) == 2


def test_an_answer_without_an_end_counts_as_an_hour() -> None:
    with zoho(fine) as it:
        it.token = Said(200, {"access_token": "1000.aaa"})
        it.client().call("GET", "/org", Lane.READ)
        assert 3590 < float(it.grants.load()["expires_at"]) - time.time() <= 3600


def grant(**more: str) -> Any:
    """The tokens of a connection without a `base_url`, as saved by another process."""
    settings = Settings.model_validate({"auth": AUTH, "region": "eu"})
    grants = MemoryGrants()
    tokens = Tokens(settings, grants, Http(), lambda lane: None)
    saved = {
        "access_token": "1000.other",
        "api_domain": "",
        "expires_at": str(time.time() + 3000),
        "scope": "ZohoCRM.modules.ALL ZohoCRM.coql.READ",
        "origin": tokens._origin,
    }
    grants.save({**saved, **more})
    return tokens


def test_the_token_s_own_host_outweighs_the_region() -> None:
    tokens = grant(api_domain="https://sandbox.zohoapis.eu")
    assert tokens.api(tokens.current(Lane.READ)) == "https://sandbox.zohoapis.eu"
    assert tokens.scopes() == ("ZohoCRM.modules.ALL", "ZohoCRM.coql.READ")
    tokens = grant()
    assert tokens.api(tokens.current(Lane.READ)) == "https://www.zohoapis.eu"


@pytest.mark.parametrize("region", sorted(DATA_CENTRES))
def test_each_region_has_its_hosts(region: str) -> None:
    settings = Settings.model_validate({"auth": AUTH, "region": region})
    assert settings.accounts.startswith("https://accounts.zoho")
    assert settings.web.startswith("https://crm.zoho")
    here = Settings.model_validate({"auth": AUTH, "region": region, "base_url": "http://127.0.0.1:1/"})
    assert {here.accounts, here.api, here.web} == {"http://127.0.0.1:1"}


def test_a_mistake_in_the_settings_is_told_without_secrets() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"auth": {**AUTH, "extra": "hush-hush"}, "webhook": {"token": "x" * 51}})
    assert "hush" not in str(caught.value) and "xxx" not in str(caught.value)
