"""Who may call, and how often: the three headers of an API key, tokens of OAuth, the rate limits."""

import secrets
from typing import Final

from sandbox.call import Call, Refusal
from sandbox.limits import SlidingWindow

from .account import Account
from .errors import rate_limited, refuse, unauthorized

CALLS_PER_MINUTE: Final = 180
BULK_CALLS_PER_SECOND: Final = 3
HEADERS: Final = ("x-pw-accesstoken", "x-pw-application", "x-pw-useremail")


class Access:
    """Checks every call before it is handled."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.tokens: set[str] = set()
        self.calls = SlidingWindow(CALLS_PER_MINUTE, 60)
        self.bulk_calls = SlidingWindow(BULK_CALLS_PER_SECOND, 1)

    def issue(self) -> str:
        """Return a new OAuth token, which never expires."""
        token = secrets.token_urlsafe(32)
        self.tokens.add(token)
        return token

    def check(self, call: Call) -> None:
        """Refuse a call without good credentials, beyond the limits, or with a body that is not JSON."""
        self._check_credentials(call)
        bulk = "/bulk_" in call.path
        if not self.calls.admit("account") or (bulk and not self.bulk_calls.admit("account")):
            raise Refusal(rate_limited(), "rate")
        if call.body and not is_json(call):
            raise refuse(400, "Content-Type must be application/json", "malformed")

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch the limits on or off; `burst` replaces the calls of a minute."""
        for window in (self.calls, self.bulk_calls):
            window.enabled = enabled
            window.reset()
        self.calls.limit = CALLS_PER_MINUTE if burst is None else burst

    def _check_credentials(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if token not in self.tokens:
                raise Refusal(unauthorized())
            return
        key, application, email = (call.headers.get(name) for name in HEADERS)
        if not key or application != "developer_api" or not email:
            raise Refusal(unauthorized(), "malformed")
        settings = self._account.settings
        if key != settings.api_key or email.lower() != settings.user_email.lower():
            raise Refusal(unauthorized())


def is_json(call: Call) -> bool:
    """Say whether the call declares JSON."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
