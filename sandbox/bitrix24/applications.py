"""What an administrator has installed: webhooks, one OAuth application and its tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from .portal import APPLICATION_TOKEN, INTEGRATION_USER, WEBHOOK_CODE

CLIENT_ID: Final = "local.sandbox"
CLIENT_SECRET: Final = "sandbox-client-secret"
FIRST_CODE: Final = "sandbox-code"
ACCESS_LIFETIME_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Handler:
    """Where one event goes: `event` is `*` for the outgoing webhook of the user interface."""

    id: int
    event: str
    url: str
    application: bool = False
    auth_type: int = 0


@dataclass(slots=True)
class Applications:
    """Credentials and event handlers; every refresh gives a new refresh token and kills the old one."""

    now: Callable[[], float]
    webhooks: dict[int, str] = field(default_factory=lambda: {INTEGRATION_USER: WEBHOOK_CODE})
    application_token: str = APPLICATION_TOKEN
    handlers: list[Handler] = field(default_factory=list)
    codes: set[str] = field(default_factory=lambda: {FIRST_CODE})
    refresh_token: str = ""
    lifetime_s: int = ACCESS_LIFETIME_S
    _access: dict[str, float] = field(default_factory=dict)
    _last_handler: int = 974

    def knows(self, user_id: int, code: str) -> bool:
        """Say whether this is the path of an incoming webhook."""
        return self.webhooks.get(user_id) == code

    def new_access(self) -> str:
        """Return a new access token."""
        token = secrets.token_hex(20)
        self._access[token] = self.now() + self.lifetime_s
        return token

    def new_refresh(self) -> str:
        """Return a new refresh token; the one before is dead."""
        self.refresh_token = secrets.token_hex(20)
        return self.refresh_token

    def expires_at(self, token: str) -> float | None:
        """Return when an access token ends, None when it was never issued."""
        return self._access.get(token)

    def expire_all(self) -> None:
        """Let every access token issued so far be over."""
        self._access = dict.fromkeys(self._access, 0.0)

    def add_handler(self, event: str, url: str, *, application: bool, auth_type: int = 0) -> Handler:
        """Add an event handler under the next id."""
        self._last_handler += 1
        handler = Handler(self._last_handler, event, url, application, auth_type)
        self.handlers.append(handler)
        return handler
