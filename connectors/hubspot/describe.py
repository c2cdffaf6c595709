"""What the live account looks like: pipelines, fields, people. Facts: docs/connectors/hubspot.md#account"""

from __future__ import annotations

from typing import Any, Literal

from connectors.base import Description, Lane, RemotePipeline, RemoteStage, RemoteUser
from connectors.errors import Unreadable
from connectors.hubspot.actors import user_alias
from connectors.hubspot.catalogue import Catalogue, as_field
from connectors.hubspot.client import Client
from connectors.hubspot.paths import path

_OBJECTS = ("deals", "contacts", "companies")
NEEDED = (
    *(f"crm.objects.{kind}.{right}" for kind in _OBJECTS for right in ("read", "write")),
    "crm.objects.owners.read",
    "crm.schemas.deals.read",
)
"""The scopes of docs/connectors/hubspot.md#set-up, without the one for opening deals."""


def describe(client: Client, catalogue: Catalogue, lane: Lane = Lane.READ) -> Description:
    """The account as it is now; five calls and one more for each further hundred owners."""
    fields = tuple(as_field(each) for each in catalogue.read(lane))
    told = account(client, lane)
    may = client.scopes()
    return Description(
        pipelines(client, lane),
        fields,
        users(client, lane),
        f"HubSpot {told.get('portalId')} ({told.get('uiDomain')})",
        may,
        lacks=tuple(scope for scope in NEEDED if scope not in may) if may else (),
        timezone=str(told["timeZone"]) if told.get("timeZone") else None,
    )


def pipelines(client: Client, lane: Lane) -> tuple[RemotePipeline, ...]:
    """All deal pipelines and their stages, in the account's own order."""
    found = client.typed(lambda library: library.pipelines(), lane)
    return tuple(
        RemotePipeline(each.id, each.label, tuple(_stage(stage) for stage in _in_order(each.stages)))
        for each in _in_order(found)
        if not each.archived
    )


def _in_order(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda each: (each.display_order, each.label))


def _stage(found: Any) -> RemoteStage:
    return RemoteStage(found.id, found.label, _outcome(found.metadata or {}))


def _outcome(metadata: dict[str, str]) -> Literal["open", "won", "lost"]:
    """By the flags, which are texts; an admin may have set them against the label, and then they hold."""
    if metadata.get("isClosed") != "true":
        return "open"
    try:
        return "won" if float(metadata.get("probability") or 0) > 0 else "lost"
    except ValueError as error:
        raise Unreadable("HubSpot shows a stage whose probability is no number.") from error


def users(client: Client, lane: Lane) -> tuple[RemoteUser, ...]:
    """All owners, those who left too: old deals and histories still name them."""
    active = client.paged(lambda library, after: library.owners(archived=False, after=after), lane)
    left = client.paged(lambda library, after: library.owners(archived=True, after=after), lane)
    told = [_user(each, active=True) for each in active] + [_user(each, active=False) for each in left]
    return tuple({user.id: user for user in reversed(told)}.values())


def _user(found: Any, active: bool) -> RemoteUser:
    user_id = found.user_id_including_inactive or found.user_id
    name = " ".join(filter(None, (found.first_name, found.last_name)))
    email = found.email.lower() if found.email else None
    aliases = (user_alias(user_id),) if user_id else ()
    return RemoteUser(str(found.id), email, name or email or str(found.id), active, aliases)


def account(client: Client, lane: Lane) -> dict[str, Any]:
    """The account's number and home, as its admin sees them in the address bar, and its time zone."""
    told = client.call("GET", path("account"), lane).json()
    if not isinstance(told, dict):
        raise Unreadable("HubSpot's answer about the account is not in its documented form.")
    return told
