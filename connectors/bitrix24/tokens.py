"""How calls prove who we are: the address of an incoming webhook, or OAuth tokens that rotate.

A new grant is saved before it is used, under the one refresh lock of the connection: the loser of two
refreshes would hold a dead token (docs/connectors/bitrix24.md#oauth).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from connectors.base import Budget, Grants, Lane
from connectors.bitrix24.php import as_map
from connectors.bitrix24.refusals import page_refusal, refusal
from connectors.bitrix24.settings import TOKEN_SERVER, ApplicationAuth, WebhookAuth
from connectors.errors import AuthFailed, RateLimited, Transient, Unreadable
from connectors.http import Answer, Http, short

RATE = "requests"
KEPT = ("access_token", "refresh_token", "client_endpoint", "server_endpoint", "member_id")


class Access(Protocol):
    """What a call needs: where to, with which credentials, and what to do when they are over."""

    def endpoint(self) -> str:
        """The address that a method's name is appended to, ending in a slash."""

    def credentials(self) -> Mapping[str, str]:
        """Parameters to add to every call."""

    def renew(self, lane: Lane, expired: Mapping[str, str]) -> None:
        """Get new credentials unless somebody already did; `AuthFailed` if there is no way."""


class WebhookAccess:
    """An incoming webhook: its address is all there is."""

    def __init__(self, auth: WebhookAuth, base_url: str | None) -> None:
        address = auth.webhook_url.get_secret_value().rstrip("/") + "/"
        self._endpoint = on_host(address, base_url) if base_url else address

    def endpoint(self) -> str:
        """The webhook's address."""
        return self._endpoint

    def credentials(self) -> Mapping[str, str]:
        """Nothing: the address is the secret."""
        return {}

    def renew(self, lane: Lane, expired: Mapping[str, str]) -> None:
        """A webhook cannot be renewed."""
        raise AuthFailed("The incoming webhook has expired; create a new one in Bitrix24.")


class ApplicationAccess:
    """An OAuth application: an access token of an hour, a refresh token that changes with each use."""

    def __init__(
        self, auth: ApplicationAuth, base_url: str | None, grants: Grants, budget: Budget, http: Http
    ) -> None:
        self._auth = auth
        self._base_url = base_url
        self._grants = grants
        self._budget = budget
        self._http = http
        # A refresh token newly configured by the admin outweighs a grant that grew from an older one.
        self._seed = hashlib.sha256(auth.refresh_token.get_secret_value().encode()).hexdigest()[:16]

    def endpoint(self) -> str:
        """The portal's own REST address, as the token server last named it."""
        address = self._grant().get("client_endpoint") or f"https://{self._auth.portal}/rest/"
        return on_host(address, self._base_url) if self._base_url else address

    def credentials(self) -> Mapping[str, str]:
        """The access token; an empty one is answered `NO_AUTH_FOUND`, so a first one is fetched here."""
        grant = self._grant()
        if "access_token" not in grant:
            self.renew(Lane.READ, {})
            grant = self._grant()
        return {"auth": grant["access_token"]}

    def renew(self, lane: Lane, expired: Mapping[str, str]) -> None:
        """Fetch a new pair of tokens and save it, unless another process has done so meanwhile."""
        with self._grants.lock():
            grant = self._grant()
            if grant.get("access_token", "") != expired.get("auth", ""):
                return
            self._budget.take(RATE, lane)
            refresh_token = grant.get("refresh_token") or self._auth.refresh_token.get_secret_value()
            answer = self._http.call(
                "GET",
                self._token_server(grant),
                params={
                    "grant_type": "refresh_token",
                    "client_id": self._auth.client_id,
                    "client_secret": self._auth.client_secret.get_secret_value(),
                    "refresh_token": refresh_token,
                },
            )
            try:
                granted = _granted(answer)
            except RateLimited as error:
                self._budget.pause(error.retry_after_s)
                raise
            self._grants.save({**granted, "seed": self._seed})

    def _grant(self) -> Mapping[str, str]:
        grant = self._grants.load()
        return grant if grant.get("seed") == self._seed else {}

    def _token_server(self, grant: Mapping[str, str]) -> str:
        if self._base_url:
            return on_host(TOKEN_SERVER, self._base_url)
        # Portals of the `.ru` side have a token server of their own and name it in each grant.
        server = grant.get("server_endpoint", "")
        if server.startswith("https://") and self._auth.token_server == TOKEN_SERVER:
            return on_host(TOKEN_SERVER, server)
        return self._auth.token_server


def _granted(answer: Answer) -> dict[str, str]:
    try:
        said = as_map(answer.json())
    except Unreadable:
        raise page_refusal(answer) from None
    if "error" in said:
        refused = refusal(said, answer.status)
        if isinstance(refused, RateLimited | Transient):
            raise refused
        raise AuthFailed(
            f"Bitrix24's token server refuses to renew the access ({short(str(said['error']), 40)}); connect the "
            "application again and update refresh_token.",
            status=answer.status,
        )
    if not said.get("access_token") or not said.get("refresh_token"):
        raise Unreadable("Bitrix24's token server answered without tokens.", status=answer.status)
    return {name: str(said[name]) for name in KEPT if said.get(name)}


def on_host(address: str, host: str) -> str:
    """The address with the scheme and host of another one."""
    there = urlsplit(host)
    return urlsplit(address)._replace(scheme=there.scheme, netloc=there.netloc).geturl()
