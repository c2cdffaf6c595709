"""Who may call: tokens, scopes, credits of a day and calls in flight."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.call import Call, Refusal
from sandbox.limits import SlidingWindow
from sandbox.zoho.costs import Cost, cost
from sandbox.zoho.errors import Problem
from sandbox.zoho.org import Org
from sandbox.zoho.people import SYSTEM_USER
from sandbox.zoho.scopes import allowed
from sandbox.zoho.settings import Edition

LIVE_TOKENS = 15
REFRESHES, REFRESH_WINDOW_S = 10, 600
HEAVY_CALLS = 10
DAY = 86_400
IN_FLIGHT: dict[Edition, int] = {
    "free": 5,
    "standard": 10,
    "professional": 15,
    "enterprise": 20,
    "ultimate": 25,
}
# edition -> base, for each user, most
CREDITS: dict[Edition, tuple[int, int, int | None]] = {
    "free": (5_000, 0, None),
    "standard": (50_000, 250, 100_000),
    "professional": (50_000, 500, 3_000_000),
    "enterprise": (50_000, 1_000, 5_000_000),
    "ultimate": (50_000, 2_000, None),
}


@dataclass
class Flight:
    """Calls in flight, and how many of them are heavy."""

    calls: int = 0
    heavy: int = 0

    def land(self, price: Cost) -> None:
        """Let go of one call."""
        self.calls -= 1
        self.heavy -= price.heavy


class Later(Response):
    """An answer that comes when the work of its call is over."""

    def __init__(self, made: Response, seconds: float) -> None:
        super().__init__(made.body, made.status_code)
        self.raw_headers = made.raw_headers
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then send."""
        await asyncio.sleep(self._seconds)
        await super().__call__(scope, receive, send)


class Access:
    """Checks every call before it is handled."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.tokens: dict[str, float] = {}
        self.refreshes = SlidingWindow(REFRESHES, REFRESH_WINDOW_S)
        self.limited = True
        self.burst: int | None = None
        self._flight = Flight()
        self._spent: deque[tuple[float, int]] = deque()
        self._used = 0

    def issue(self) -> str:
        """Return a new access token; the sixteenth live one ends the oldest."""
        moment = time.time()
        self.tokens = {token: until for token, until in self.tokens.items() if until > moment}
        while len(self.tokens) >= LIVE_TOKENS:
            del self.tokens[next(iter(self.tokens))]
        token = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        self.tokens[token] = moment + self._org.settings.expires_in
        return token

    def check(self, call: Call) -> Cost:
        """Refuse a call without a good token, without the scope, or beyond the limits; return its price."""
        self._check_token(call)
        if not allowed(call, self._org.settings.scopes):
            raise Problem("OAUTH_SCOPE_MISMATCH", reason="ordinary", status=401).refusal()
        if any(part in call.line for part in self._org.settings.forbidden):
            details = {"permissions": ["Crm_Implied_Api_Access"]}
            raise Problem("NO_PERMISSION", details, reason="ordinary", status=403).refusal()
        price = cost(call)
        if self.limited:
            self._admit(price)
        return price

    def take_off(self, made: Response, price: Cost, call: Call) -> Response:
        """Count a call as in flight for a while, and add the headers of every answer."""
        until = self.tokens.get(_token(call) or "")
        if until is not None:
            made.headers["X-ACCESSTOKEN-RESET"] = self._org.zone.iso(int(until))
        if self.credits - self._used <= self.credits / 2:
            made.headers["X-API-CREDITS-REMAINING"] = str(max(0, self.credits - self._used))
        if not self.limited:
            return made
        self._flight.calls += 1
        self._flight.heavy += price.heavy
        seconds = self._org.settings.call_ms / 1000
        asyncio.get_running_loop().call_later(seconds, self._flight.land, price)
        return Later(made, seconds)

    @property
    def credits(self) -> int:
        """Return how many credits the org has in 24 hours."""
        if self._org.settings.credits is not None:
            return self._org.settings.credits
        base, each, most = CREDITS[self._org.settings.edition]
        users = sum(user.active and user.email != SYSTEM_USER for user in self._org.people)
        return min(base + each * users, most or base + each * users)

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch all limits on or off; `burst` replaces the number of calls in flight."""
        self.limited = self.refreshes.enabled = enabled
        self.refreshes.reset()
        self._spent.clear()
        self._used = 0
        self.burst = burst

    def _check_token(self, call: Call) -> None:
        token = _token(call)
        if token is None:
            reason = "AUTHENTICATION_FAILURE"
            raise Problem(reason, reason="malformed", status=401).refusal()
        until = self.tokens.get(token)
        if until is None or until <= time.time():
            raise Problem("INVALID_TOKEN", reason="ordinary", status=401).refusal()

    def _admit(self, price: Cost) -> None:
        most = self.burst or IN_FLIGHT[self._org.settings.edition]
        heavy = self._flight.heavy + price.heavy > HEAVY_CALLS
        if heavy or self._flight.calls >= most:
            raise too_many({"limit": "concurrency"})
        moment = time.monotonic()
        while self._spent and self._spent[0][0] <= moment - DAY:
            self._used -= self._spent.popleft()[1]
        if self._used + price.credits > self.credits:
            raise too_many({"limit": "credits"})
        self._spent.append((moment, price.credits))
        self._used += price.credits


def too_many(details: dict[str, str]) -> Refusal:
    """Return the 429; it never says how long to wait."""
    return Problem("TOO_MANY_REQUESTS", details, reason="rate", status=429).refusal()


def _token(call: Call) -> str | None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token if scheme == "Zoho-oauthtoken" and token else None
