"""Who may call: tokens, scopes, rate limits and the headers that tell of them."""

from __future__ import annotations

import secrets
import time
import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from sandbox.call import Call, Refusal
from sandbox.hubspot.errors import (
    EXPIRED,
    NOT_AUTHENTICATED,
    error,
    missing_scopes,
    rate_limited,
)
from sandbox.limits import SlidingWindow

OBJECTS = ("deals", "contacts", "companies")
SCOPES = (
    "oauth",
    *(f"crm.objects.{name}.{right}" for name in OBJECTS for right in ("read", "write")),
    "crm.objects.owners.read",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
)
PRIVATE_APP_BURST = 190
OAUTH_BURST = 110
ASSOCIATION_BURST = 150
SEARCHES_PER_SECOND = 5
DAILY = 625_000


class Credentials(BaseModel):
    """What this account accepts; PUT /sandbox/credentials changes any of it."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    token: str = "pat-na1-sandbox"
    app_id: int = 8111832
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    refresh_token: str = "na1-sandbox-refresh"
    code: str = "sandbox-code"
    developer_key: str = "sandbox-developer-key"
    expires_in: int = 1800
    scopes: list[str] = list(SCOPES)


class Access:
    """Checks every call before it is handled."""

    def __init__(self) -> None:
        self.credentials = Credentials()
        self.tokens: dict[str, float] = {}
        self.used_today = 0
        self.general = SlidingWindow(PRIVATE_APP_BURST, 10)
        self.oauth = SlidingWindow(OAUTH_BURST, 10)
        self.associations = SlidingWindow(ASSOCIATION_BURST, 10)
        self.searches = SlidingWindow(SEARCHES_PER_SECOND, 1)

    def issue(self) -> str:
        """Return a new OAuth access token."""
        token = f"CO-{secrets.token_urlsafe(24)}"
        self.tokens[token] = time.time() + self.credentials.expires_in
        return token

    def seconds_left(self, token: str) -> int | None:
        """Return how long an OAuth token is still good; None for one that was never issued."""
        until = self.tokens.get(token)
        return None if until is None else round(until - time.time())

    def check(self, call: Call) -> None:
        """Refuse a call without a good token, without the right scope, or beyond the limits."""
        token = self._token(call)
        self._check_scope(call)
        window, policy = self._window(call, token)
        if not window.admit("app"):
            raise Refusal(rate_limited(policy, self.credentials.app_id), "rate")
        self.used_today += 1

    def headers(self, call: Call, answer: Response) -> None:
        """Add the headers of a normal answer; searches carry no rate headers, OAuth no daily ones."""
        answer.headers["x-hubspot-correlation-id"] = str(uuid.uuid4())
        if call.path.endswith("/search") or not call.path.startswith("/crm/"):
            return
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        window, _ = self._window(call, token)
        answer.headers.update(
            {
                "X-HubSpot-RateLimit-Max": str(window.limit),
                "X-HubSpot-RateLimit-Remaining": str(window.remaining("app")),
                "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                "X-HubSpot-RateLimit-Secondly": str(window.limit // 10),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(window.limit // 10 - 1),
            }
        )
        if token not in self.tokens:
            answer.headers["X-HubSpot-RateLimit-Daily"] = str(DAILY)
            answer.headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(DAILY - self.used_today)

    def usage(self) -> dict[str, object]:
        """Return the row of this app in the account's daily usage."""
        return {
            "name": "private-apps-api-calls-daily",
            "usageLimit": DAILY,
            "currentUsage": self.used_today,
            "fetchStatus": "SUCCESS",
        }

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch all limits on or off; `burst` replaces that of the 10-second window."""
        for window in (self.general, self.oauth, self.associations, self.searches):
            window.enabled = enabled
            window.reset()
        self.general.limit = burst or PRIVATE_APP_BURST
        self.oauth.limit = burst or OAUTH_BURST
        self.associations.limit = min(burst or ASSOCIATION_BURST, ASSOCIATION_BURST)

    def _token(self, call: Call) -> str:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(unauthorized(), "malformed")
        left = self.seconds_left(token)
        if left is not None and left <= 0:
            raise Refusal(error(401, EXPIRED, category="EXPIRED_AUTHENTICATION"))
        if left is None and token != self.credentials.token:
            raise Refusal(unauthorized())
        return token

    def _window(self, call: Call, token: str) -> tuple[SlidingWindow, str]:
        if call.path.endswith("/search"):
            return self.searches, "SECONDLY"
        if "/associations/" in call.path:
            return self.associations, "TEN_SECONDLY_ROLLING"
        return (self.oauth if token in self.tokens else self.general), "TEN_SECONDLY_ROLLING"

    def _check_scope(self, call: Call) -> None:
        needed = needed_scopes(call)
        if needed and not set(needed) & set(self.credentials.scopes):
            raise missing_scopes(needed)


def unauthorized() -> Response:
    """Return the answer to a call without good credentials."""
    return error(401, NOT_AUTHENTICATED, category="INVALID_AUTHENTICATION")


def needed_scopes(call: Call) -> list[str]:
    """Return the scopes of which one is needed; empty when any token will do."""
    parts = call.path.split("/")
    area: Any = parts[3] if len(parts) > 3 and parts[1] == "crm" else None
    reads = call.method == "GET" or parts[-1] in ("search", "read")
    if area == "owners":
        return ["crm.objects.owners.read"]
    if area in ("pipelines", "properties"):
        return ["crm.schemas.deals.read", "crm.objects.deals.read"] if reads else ["crm.schemas.deals.write"]
    if area in ("objects", "associations") and len(parts) > 4:
        name = parts[4].replace("0-3", "deals").replace("0-1", "contacts").replace("0-2", "companies")
        plural = {"deal": "deals", "contact": "contacts", "company": "companies"}.get(name, name)
        # Tasks and notes need the scopes of the records they hang on.
        return [f"crm.objects.{plural if plural in OBJECTS else 'contacts'}.{'read' if reads else 'write'}"]
    return []
