"""Who may call: API keys, OAuth tokens that rotate, and what the caller is allowed. Not the limits: limits.py."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from sandbox.call import Call, Refusal, json_answer
from sandbox.close.actors import Actor
from sandbox.close.organization import Organization
from sandbox.close.people import INTEGRATION
from sandbox.close.refusals import unauthorized

FORM = "application/x-www-form-urlencoded"
SCOPE = "all.full_access offline_access"


@dataclass(frozen=True)
class Caller:
    """A recognised caller; `credential` is what its requests are counted by."""

    actor: Actor
    credential: str


class Access:
    """Checks the credentials of every call and gives out tokens."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._access_tokens: dict[str, float] = {}
        self._refresh_tokens = {organization.settings.refresh_token}

    def settings_changed(self, before: str) -> None:
        """Accept a refresh token that was set, and forget access tokens that are to have expired."""
        settings = self._organization.settings
        if settings.refresh_token != before:
            self._refresh_tokens = {settings.refresh_token}
        if settings.expire_access:
            self._access_tokens.clear()
            settings.expire_access = False

    def check(self, call: Call) -> Caller:
        """Return who calls; raise the refusal of missing or wrong credentials."""
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        settings = self._organization.settings
        if scheme.lower() == "basic" and self._key(value) == settings.api_key:
            key_id = settings.shown_key_id()
            return Caller(self._actor(call, key_id=key_id), key_id)
        if scheme.lower() == "bearer" and self._access_tokens.get(value, 0) > time.time():
            return Caller(self._actor(call, client_id=settings.client_id), settings.client_id)
        raise unauthorized()

    def token(self, call: Call) -> Response:
        """Give out an access token and a new refresh token; the one that was used is revoked."""
        form = self._form(call)
        grant, settings = form.get("grant_type"), self._organization.settings
        if grant == "authorization_code" and form.get("code") == settings.code:
            return self._issue()
        used = form.get("refresh_token", "")
        if grant == "refresh_token" and used in self._refresh_tokens:
            self._refresh_tokens.discard(used)
            return self._issue()
        known = grant in ("authorization_code", "refresh_token")
        raise Refusal(json_answer(400, {"error": "invalid_grant" if known else "unsupported_grant_type"}))

    def revoke(self, call: Call) -> Response:
        """Revoke a refresh token."""
        self._refresh_tokens.discard(self._form(call).get("token", ""))
        return json_answer(200, {})

    def authorize(self, call: Call) -> Response:
        """Let the user agree at once: back to the application with a code."""
        query, settings = dict(call.query), self._organization.settings
        if query.get("client_id") != settings.client_id or query.get("response_type") != "code":
            raise Refusal(json_answer(400, {"error": "invalid_request"}), "malformed")
        state = f"&state={query['state']}" if "state" in query else ""
        target = query.get("redirect_uri", settings.redirect_uri)
        return RedirectResponse(f"{target}?code={settings.code}{state}", 302)

    def _key(self, value: str) -> str | None:
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return None if password else name

    def _actor(self, call: Call, *, key_id: str | None = None, client_id: str | None = None) -> Actor:
        user = self._organization.people.by_email(INTEGRATION)
        assert user is not None
        request_id = self._organization.identifiers.new("req")
        scope = SCOPE if client_id else None
        return Actor(user.id, "app", request_id, call.method, call.path, key_id, client_id, scope)

    def _form(self, call: Call) -> dict[str, str]:
        if not call.headers.get("content-type", "").startswith(FORM):
            raise Refusal(json_answer(400, {"error": "invalid_request"}), "malformed")
        form, settings = dict(call.form()), self._organization.settings
        if (form.get("client_id"), form.get("client_secret")) != (settings.client_id, settings.client_secret):
            raise Refusal(json_answer(401, {"error": "invalid_client"}))
        return form

    def _issue(self) -> Response:
        settings = self._organization.settings
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access_tokens[access] = time.time() + settings.expires_in
        self._refresh_tokens.add(refresh)
        user = self._organization.people.by_email(INTEGRATION)
        body = {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": settings.expires_in,
            "refresh_token": refresh,
            "scope": SCOPE,
            "organization_id": self._organization.id,
            "user_id": user.id if user else None,
        }
        return json_answer(200, body)
