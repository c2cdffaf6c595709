"""OAuth at the accounts server, here on the same host: tokens for a refresh token or a code, and revocation.

Errors come with `error` in the body, mostly under HTTP 200.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler, Reason, Refusal
from sandbox.zoho.access import Access
from sandbox.zoho.errors import answer
from sandbox.zoho.org import Org

FORM = "application/x-www-form-urlencoded"
TOO_MANY = "You have made too many requests continuously. Please try again after some time."
KNOWN = {
    "grant_type",
    "client_id",
    "client_secret",
    "refresh_token",
    "code",
    "redirect_uri",
    "scope",
    "state",
    "access_type",
}


class OAuth:
    """Handlers of /oauth."""

    def __init__(self, org: Org, access: Access) -> None:
        self._org = org
        self._access = access
        self._codes_used: set[str] = set()
        self._revoked: set[str] = set()

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table; none of these calls carries a token."""
        return [
            ("POST", "/oauth/v2/token", self.token),
            ("POST", "/oauth/v2/token/revoke", self.revoke),
        ]

    def token(self, call: Call) -> Response:
        """Give an access token."""
        form = _form(call)
        if set(form) - KNOWN:
            raise _error("invalid_request", "malformed")
        self._check_client(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        if form.get("grant_type") == "authorization_code":
            return self._first(form)
        raise _error("unsupported_grant_type", "malformed")

    def revoke(self, call: Call) -> Response:
        """End a refresh token and the access tokens made from it."""
        token = _form(call).get("token", "")
        if token != self._org.settings.refresh_token or token in self._revoked:
            raise _error("invalid_token", "ordinary", 400)
        self._revoked.add(token)
        self._access.tokens.clear()
        return answer(200, {"status": "success"})

    def _check_client(self, form: dict[str, str]) -> None:
        settings = self._org.settings
        for name in ("client_id", "client_secret"):
            if name not in form:
                raise _error(f"invalid_{name}" if name == "client_secret" else "invalid_client", "malformed")
        if form["client_id"] != settings.client_id:
            raise _error("invalid_client")
        if form["client_secret"] != settings.client_secret:
            raise _error("invalid_client_secret")

    def _refresh(self, form: dict[str, str]) -> Response:
        token = form.get("refresh_token")
        if token is None:
            raise _error("invalid_code", "malformed")
        if token != self._org.settings.refresh_token or token in self._revoked:
            raise _error("invalid_code")
        if not self._access.refreshes.admit(token):
            body = {"error_description": TOO_MANY, "error": "Access Denied", "status": "failure"}
            raise Refusal(answer(self._org.settings.throttle_status, body), "rate")
        return answer(200, self._granted())

    def _first(self, form: dict[str, str]) -> Response:
        code = form.get("code", "")
        if code != self._org.settings.code or code in self._codes_used:
            raise _error("invalid_code", "ordinary" if code else "malformed")
        self._codes_used.add(code)
        granted = self._granted()
        return answer(200, granted | {"refresh_token": self._org.settings.refresh_token})

    def _granted(self) -> dict[str, Any]:
        return {
            "access_token": self._access.issue(),
            "scope": " ".join(self._org.settings.scopes),
            "api_domain": self._org.url,
            "token_type": "Bearer",
            "expires_in": self._org.settings.expires_in,
        }


def _form(call: Call) -> dict[str, str]:
    """Return body and query together: both ways are accepted."""
    if call.body and not call.headers.get("content-type", "").startswith(FORM):
        raise _error("invalid_request", "malformed")
    return dict([*call.query, *call.form()])


def _error(name: str, reason: Reason = "ordinary", status: int = 200) -> Refusal:
    return Refusal(answer(status, {"error": name}), reason)
