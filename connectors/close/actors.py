"""Who is behind a change, by what Close notes of it. Facts: docs/connectors/close.md#actors"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind


@dataclass(frozen=True, slots=True)
class Ours:
    """What tells our own changes: the id of our key, and our user where that is known already."""

    key_id: str
    user_id: str | None = None

    def by_user(self, user_id: object) -> Actor:
        """The actor of a change of which Close keeps the user alone; ours if the user is the key's."""
        if not isinstance(user_id, str) or not user_id:
            return UNKNOWN_ACTOR
        return Actor(ActorKind.OURS if user_id == self.user_id else ActorKind.PERSON, user_id)

    def by_event(self, event: Mapping[str, object]) -> Actor:
        """The actor of an event, which also tells the key or the app: people use neither."""
        user_id, key = event.get("user_id"), event.get("api_key_id")
        if event.get("oauth_client_id"):
            return Actor(ActorKind.INTEGRATION)
        if key and (key == self.key_id or (user_id and user_id == self.user_id)):
            return Actor(ActorKind.OURS, str(user_id) if user_id else None)
        if key:
            return Actor(ActorKind.INTEGRATION)
        return Actor(ActorKind.PERSON, str(user_id)) if user_id else UNKNOWN_ACTOR
