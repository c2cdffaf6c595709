"""The token each call carries: one that stays, or one that is refreshed under the connection's one lock.

Facts: docs/connectors/hubspot.md#credentials
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Protocol

from connectors.base import Grants
from connectors.errors import AuthFailed, Unreadable
from connectors.http import DEFAULT, Http, classify
from connectors.hubspot.paths import path
from connectors.hubspot.settings import OAuthAuth, TokenAuth

EARLY_S = 300  # refreshed this long before expiry, so that a token never ends under way
REFUSED = {**DEFAULT, 400: AuthFailed}


class Tokens(Protocol):
    """Where the access token comes from."""

    def current(self) -> str:
        """An access token that should work now."""

    def renewed(self, refused: str) -> str | None:
        """A newer token than the refused one; `None` if there can be none."""

    def scopes(self) -> tuple[str, ...]:
        """What the latest token may do, as far as HubSpot said so."""


class StaticToken:
    """A token without expiry."""

    def __init__(self, auth: TokenAuth) -> None:
        self._token = auth.token.get_secret_value()

    def current(self) -> str:
        """The token."""
        return self._token

    def renewed(self, refused: str) -> None:
        """Nothing: only the admin can make another one."""

    def scopes(self) -> tuple[str, ...]:
        """Nothing: HubSpot does not tell."""
        return ()


class OAuthTokens:
    """Access tokens of half an hour, refreshed once for all processes."""

    def __init__(self, auth: OAuthAuth, grants: Grants, http: Http, host: str) -> None:
        self._auth = auth
        self._grants = grants
        self._http = http
        self._url = host + path("token")
        self._grant: Mapping[str, str] = {}
        # A new refresh token in the settings beats a saved one that grew out of the old.
        self._origin = hashlib.sha256(auth.refresh_token.get_secret_value().encode()).hexdigest()[:16]

    def current(self) -> str:
        """The saved access token, or a new one shortly before its end; `AuthFailed` if HubSpot gives none."""
        if not self._usable(self._grant):
            self._renew(refused=None)
        return self._grant["access_token"]

    def renewed(self, refused: str) -> str:
        """A token that is not the refused one: another process's, or a new one."""
        self._renew(refused)
        return self._grant["access_token"]

    def scopes(self) -> tuple[str, ...]:
        """The scopes that came with the latest token."""
        return tuple(self._grant.get("scopes", "").split())

    def _renew(self, refused: str | None) -> None:
        with self._grants.lock():
            saved = self._grants.load()
            if not self._usable(saved) or saved["access_token"] == refused:
                saved = self._refresh(saved)
                self._grants.save(saved)
            self._grant = saved

    def _usable(self, grant: Mapping[str, str]) -> bool:
        return grant.get("origin") == self._origin and float(grant["expires_at"]) - EARLY_S > time.time()

    def _refresh(self, saved: Mapping[str, str]) -> dict[str, str]:
        configured = self._auth.refresh_token.get_secret_value()
        refresh_token = saved["refresh_token"] if saved.get("origin") == self._origin else configured
        asked_at = time.time()
        answer = self._http.call(
            "POST",
            self._url,
            data={
                "grant_type": "refresh_token",
                "client_id": self._auth.client_id,
                "client_secret": self._auth.client_secret.get_secret_value(),
                "refresh_token": refresh_token,
            },
        )
        error = classify(answer, REFUSED)
        if error:
            raise error
        given = answer.json()
        try:
            assert isinstance(given, dict)
            return {
                "access_token": str(given["access_token"]),
                "refresh_token": str(given.get("refresh_token") or refresh_token),
                "expires_at": str(asked_at + float(given["expires_in"])),
                "scopes": " ".join(given.get("scopes") or ()),
                "origin": self._origin,
            }
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise Unreadable("HubSpot's answer to a token refresh is not in its documented form.") from error


def tokens_for(auth: TokenAuth | OAuthAuth, grants: Grants, http: Http, host: str) -> Tokens:
    """The tokens for either kind of credentials."""
    return StaticToken(auth) if isinstance(auth, TokenAuth) else OAuthTokens(auth, grants, http, host)
