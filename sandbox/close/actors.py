"""Who does something, and through which request: what events and histories say of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Another integration of the same organization, which acts with a key of its own.
AUTOMATION_KEY_ID = "api_5vGooRobotElsewhere000"


@dataclass(frozen=True, slots=True)
class Actor:
    """One request's author. `source` is for the control API; Close itself does not tell people from keys."""

    user_id: str
    source: Literal["app", "person", "automation"]
    request_id: str
    method: str
    path: str
    api_key_id: str | None = None
    oauth_client_id: str | None = None
    oauth_scope: str | None = None
