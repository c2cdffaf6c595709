"""OAuth: tokens for a code or a refresh token, and what a token is. Checking of calls is in access.py."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler, Refusal, json_answer
from sandbox.hubspot.errors import error, error_body, not_found
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.reading import nothing

INSTALLING_USER = "ivan@acme.example"
FORM = "application/x-www-form-urlencoded"


class OAuth:
    """Handlers of /oauth."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table; none of these calls carries a bearer token."""
        return [
            ("POST", "/oauth/v1/token", self.token),
            ("POST", "/oauth/v3/token", self.token),
            ("POST", "/oauth/v3/token/introspect", self.introspect),
            ("GET", "/oauth/v1/access-tokens/{token}", self.token_info),
        ]

    def token(self, call: Call) -> Response:
        """Give an access token for a code or a refresh token."""
        form, credentials = self._form(call), self._portal.access.credentials
        self._check_client(form)
        grants = {
            "refresh_token": ("refresh_token", credentials.refresh_token),
            "authorization_code": ("code", credentials.code),
        }
        name, expected = grants.get(form.get("grant_type", ""), ("grant_type", ""))
        if not expected or form.get(name) != expected:
            raise _bad(name)
        info = self._info(self._portal.access.issue())
        answer = {
            "token_type": "bearer",
            "token_use": "access_token",
            "refresh_token": credentials.refresh_token,
            "access_token": info["token"],
            "hub_id": info["hub_id"],
            "scopes": info["scopes"],
            "user_id": info["user_id"],
            "expires_in": credentials.expires_in,
        }
        return json_answer(200, answer)

    def introspect(self, call: Call) -> Response:
        """Tell what an access token is."""
        form = self._form(call)
        self._check_client(form)
        credentials = self._portal.access.credentials
        info = self._info(form.get("access_token") or form.get("token") or "")
        more = {"client_id": credentials.client_id, "token_use": "access_token"}
        return json_answer(200, info | more | {"active": info["expires_in"] > 0})

    def token_info(self, call: Call) -> Response:
        """Tell what an access token is, in the older form."""
        nothing(call)
        return json_answer(200, self._info(call.params["token"]))

    def _form(self, call: Call) -> dict[str, str]:
        nothing(call)
        if not call.headers.get("content-type", "").startswith(FORM):
            raise Refusal(error(415, f"A body of type {FORM} is needed"), "malformed")
        return dict(call.form())

    def _check_client(self, form: dict[str, str]) -> None:
        credentials = self._portal.access.credentials
        given = (form.get("client_id"), form.get("client_secret"))
        if given != (credentials.client_id, credentials.client_secret):
            raise _bad("client_id")

    def _info(self, token: str) -> dict[str, Any]:
        access, account = self._portal.access, self._portal.account
        left = access.seconds_left(token)
        if left is None and token != access.credentials.token:
            raise not_found()
        user = account.user(INSTALLING_USER)
        return {
            "token": token,
            "user": user.email,
            "hub_domain": "acme.example",
            "scopes": access.credentials.scopes,
            "hub_id": account.portal_id,
            "app_id": access.credentials.app_id,
            "expires_in": access.credentials.expires_in if left is None else left,
            "user_id": user.user_id,
            "token_type": "access",
            "is_private_distribution": left is None,
        }


def _bad(name: str) -> Refusal:
    """Return the refusal of a token request; the words for a refresh token are HubSpot's own."""
    if name == "refresh_token":
        text, status = "refresh token is invalid, expired or revoked", "BAD_REFRESH_TOKEN"
    else:
        text, status = f"missing or invalid {name}", f"BAD_{name.upper()}"
    grant = "invalid_client" if name == "client_id" else "invalid_grant"
    body = error_body(text) | {"status": status, "error": grant, "error_description": text}
    return Refusal(json_answer(400, body))
