"""Access tokens of an hour, refreshed once for all processes under the connection's one lock.

A refresh token yields ten access tokens in ten minutes and keeps fifteen alive: a token for each process would
lock us out. Facts: docs/connectors/zoho.md#credentials
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from connectors.base import Grants, Lane
from connectors.errors import AuthFailed, ConnectorError, RateLimited, Unreadable
from connectors.http import Answer, Http, classify
from connectors.zoho.settings import Settings

PATH = "/oauth/v2/token"
EARLY_S = 300  # refreshed this long before expiry, so that a token never ends under way
LIFE_S = 3600.0  # where the answer does not say
WINDOW_S = 600.0  # of the ten refreshes
CODE = re.compile(r"[A-Za-z_ ]{1,40}")  # anything else may repeat what was sent
ZOHO_HOST = re.compile(r"(?:[\w-]+\.)*zohoapis\.(?:[a-z]{2,3}\.)?[a-z]{2,3}")

REFUSED: Mapping[str, str] = {
    "invalid_code": "the refresh token is wrong, was revoked, or belongs to another region",
    "invalid_client": "the client id is wrong, or belongs to another region",
    "invalid_client_secret": "the client secret is wrong",
}

Grant = Mapping[str, str]


class Tokens:
    """The access token of one connection and the API host that it is for. Safe to share by threads."""

    def __init__(self, settings: Settings, grants: Grants, http: Http, leave: Callable[[Lane], None]) -> None:
        self._settings = settings
        self._leave = leave
        self._grants = grants
        self._http = http
        self._grant: Grant = {}
        # A new refresh token in the settings beats a saved grant that grew out of the old one.
        secret = settings.auth.refresh_token.get_secret_value()
        self._origin = hashlib.sha256(f"{settings.accounts} {secret}".encode()).hexdigest()[:16]

    def current(self, lane: Lane) -> Grant:
        """The saved grant, or a new one shortly before its end; `AuthFailed` if Zoho gives none."""
        grant = self._grant
        return grant if self._usable(grant) else self._renew(lane, refused=None)

    def renewed(self, refused: Grant, lane: Lane) -> Grant:
        """A grant that is not the refused one: another process's, or a new one."""
        return self._renew(lane, refused["access_token"])

    def api(self, grant: Grant) -> str:
        """The host that this token is for."""
        return self._settings.override or grant.get("api_domain") or self._settings.api

    def scopes(self) -> tuple[str, ...]:
        """What the latest token may do, as far as Zoho said so."""
        return tuple(self._grant.get("scope", "").replace(",", " ").split())

    def _renew(self, lane: Lane, refused: str | None) -> Grant:
        with self._grants.lock():
            saved = self._grants.load()
            if not self._usable(saved) or saved["access_token"] == refused:
                saved = self._refresh(lane)
                self._grants.save(saved)
            self._grant = saved
            return saved

    def _usable(self, grant: Grant) -> bool:
        return grant.get("origin") == self._origin and float(grant["expires_at"]) - EARLY_S > time.time()

    def _refresh(self, lane: Lane) -> dict[str, str]:
        auth, asked_at = self._settings.auth, time.time()
        form = {
            "grant_type": "refresh_token",
            "client_id": auth.client_id,
            "client_secret": auth.client_secret.get_secret_value(),
            "refresh_token": auth.refresh_token.get_secret_value(),
        }
        self._leave(lane)
        answer = self._http.call("POST", self._settings.accounts + PATH, data=form)
        said = _granted(answer)
        return {
            "access_token": str(said["access_token"]),
            "api_domain": "" if self._settings.override else _api_domain(said),
            "expires_at": str(asked_at + _life_s(said)),
            "scope": str(said.get("scope") or ""),
            "origin": self._origin,
        }


def _granted(answer: Answer) -> dict[str, object]:
    """The answer with a token in it. A refusal comes with status 200 as well as 400, so the body decides."""
    try:
        said = answer.json()
    except Unreadable:
        raise classify(answer) or Unreadable(status=answer.status) from None
    if not isinstance(said, dict):
        raise Unreadable("Zoho's answer to a token refresh is not an object.", status=answer.status)
    if not said.get("access_token"):
        raise _refusal(said, answer)
    return said


def _refusal(said: Mapping[str, object], answer: Answer) -> ConnectorError:
    code, description = str(said.get("error") or ""), str(said.get("error_description") or "")
    if answer.status == 429 or code == "Access Denied" or "too many requests" in description.lower():
        return RateLimited(
            "Zoho gives no more access tokens for now: ten in ten minutes is its limit for a refresh token.",
            retry_after_s=WINDOW_S,
            status=answer.status,
        )
    if answer.status >= 500:
        return classify(answer) or Unreadable(status=answer.status)
    shown = code if CODE.fullmatch(code) else str(answer.status)
    why = REFUSED.get(code, "no access token came back")
    return AuthFailed(
        f"Zoho does not renew the access ({shown}): {why}. Check `auth` and `region` of this connection.",
        status=answer.status,
    )


def _api_domain(said: Mapping[str, object]) -> str:
    """The API host in the answer; `Unreadable` for one that our token should not be sent to."""
    domain = str(said.get("api_domain") or "").rstrip("/")
    parts = urlsplit(domain)
    if domain and not (parts.scheme == "https" and ZOHO_HOST.fullmatch(parts.netloc)):
        raise Unreadable("Zoho's token server names an API address that is not one of Zoho's.")
    return domain


def _life_s(said: Mapping[str, object]) -> float:
    try:
        return float(str(said.get("expires_in") or LIFE_S))
    except ValueError:
        return LIFE_S
