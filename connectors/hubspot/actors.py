"""Who is behind a change, by what HubSpot notes as its source. Facts: docs/connectors/hubspot.md#actors"""

from __future__ import annotations

from functools import lru_cache

from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind

PERSON_MARK = "userId:"
KINDS = {
    "INTEGRATION": ActorKind.INTEGRATION,
    "API": ActorKind.INTEGRATION,
    "IMPORT": ActorKind.INTEGRATION,
    "AUTOMATION_PLATFORM": ActorKind.AUTOMATION,
    "WORKFLOWS": ActorKind.AUTOMATION,
    "CALCULATED": ActorKind.AUTOMATION,
    "HUBSPOT_INTERNAL": ActorKind.AUTOMATION,
}


@lru_cache(maxsize=4096)
def actor(source: str | None, source_id: str | None, our_app: str | None) -> Actor:
    """The actor of a change; a person is named `user:<user id>`, which is not the id that owns deals."""
    if source_id and source_id.startswith(PERSON_MARK):
        return Actor(ActorKind.PERSON, user_alias(source_id.removeprefix(PERSON_MARK)))
    kind = KINDS.get(source or "")
    if kind is None:
        return UNKNOWN_ACTOR
    if kind is ActorKind.INTEGRATION and our_app and source_id == our_app:
        return Actor(ActorKind.OURS)
    return Actor(kind)


def user_alias(user_id: object) -> str:
    """How a user id is told apart from an owner id."""
    return f"user:{user_id}"
