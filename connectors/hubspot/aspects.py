"""The parts of a deal that cost further calls: contact and company, history, tasks.

Facts: docs/connectors/hubspot.md#reading
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.base import Lane
from connectors.errors import Unreadable
from connectors.hubspot.actors import actor, user_alias
from connectors.hubspot.client import Client, Json
from connectors.hubspot.values import instant
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Aspect, Record, StageMove, TaskState, Value

HISTORY = ("dealstage", "pipeline", "hubspot_owner_id")
CONTACT = ("firstname", "lastname", "email", "phone")
COMPANY = ("name",)
TASK = ("hs_task_status", "hubspot_owner_id", "hs_task_completion_date")
DONE = "COMPLETED"
NOBODY: Mapping[str, Value] = dict.fromkeys(("contact_name", "contact_email", "contact_phone", "company"))


def people(client: Client, deal_ids: Sequence[str], lane: Lane) -> dict[str, Mapping[str, Value]]:
    """Contact and company fields by deal: of the primary ones, else of those that were made first."""
    if not deal_ids:
        return {}
    contacts = _chosen(client, deal_ids, "contacts", CONTACT, lane)
    companies = _chosen(client, deal_ids, "companies", COMPANY, lane)
    return {id: {**NOBODY, **_contact(contacts.get(id)), **_company(companies.get(id))} for id in deal_ids}


def _chosen(
    client: Client, deal_ids: Sequence[str], kind: str, properties: Sequence[str], lane: Lane
) -> dict[str, Json]:
    links = client.links(deal_ids, kind, lane)
    chosen = {deal_id: _first(some) for deal_id, some in links.items() if some}
    found = client.batch_read(kind, chosen.values(), properties, lane) if chosen else []
    by_id = {row["id"]: row["properties"] for row in found}
    return {deal_id: by_id[id] for deal_id, id in chosen.items() if id in by_id}


def _first(links: Sequence[Json]) -> str:
    def order(link: Json) -> tuple[bool, int]:
        types = link.get("associationTypes") or ()
        return not any(each.get("label") == "Primary" for each in types), int(link["toObjectId"])

    return str(min(links, key=order)["toObjectId"])


def _contact(properties: Json | None) -> dict[str, Value]:
    if properties is None:
        return {}
    names = [properties.get("firstname"), properties.get("lastname")]
    return {
        "contact_name": " ".join(filter(None, names)) or None,
        "contact_email": properties.get("email") or None,
        "contact_phone": properties.get("phone") or None,
    }


def _company(properties: Json | None) -> dict[str, Value]:
    return {"company": properties.get("name") or None} if properties else {}


def tasks(client: Client, wanted: Iterable[Sequence[str]], lane: Lane) -> dict[str, TaskState]:
    """The state of tasks by id; one that is deleted is absent."""
    ids = [id for some in wanted for id in some]
    found = client.batch_read("tasks", ids, TASK, lane) if ids else []
    return {row["id"]: _task(row["properties"]) for row in found}


def _task(properties: Json) -> TaskState:
    completed = properties.get("hs_task_completion_date")
    return TaskState(
        properties.get("hs_task_status") == DONE,
        properties.get("hubspot_owner_id") or None,
        instant(completed) if completed else None,
    )


def with_history(record: Record, row: Json, our_app: str | None) -> Record:
    """The record with its moves and with who made the latest change of stage or owner."""
    made = _versions(row, "dealstage", our_app) + _versions(row, "hubspot_owner_id", our_app)
    latest = max(made, key=lambda version: version.at, default=None)
    return replace(
        record,
        moves=moves(row, our_app),
        modified_by=latest.actor if latest else UNKNOWN_ACTOR,
        known=record.known | {Aspect.HISTORY},
    )


def moves(row: Json, our_app: str | None) -> tuple[StageMove, ...]:
    """The stages that a deal was in, oldest first, the one it was created in included."""
    pipelines = _versions(row, "pipeline", our_app)
    return tuple(
        StageMove(version.at, [_value_at(pipelines, version.at), version.value], version.actor)
        for version in _versions(row, "dealstage", our_app)
        if version.value
    )


@dataclass(frozen=True)
class _Version:
    at: datetime
    value: str
    actor: Actor


def _versions(row: Json, name: str, our_app: str | None) -> list[_Version]:
    history: Any = (row.get("propertiesWithHistory") or {}).get(name) or ()
    try:
        oldest_first = [_version(each, our_app) for each in reversed(history)]
        return sorted(oldest_first, key=lambda version: version.at)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable("HubSpot's answer holds a history that is not in its documented form.") from error


def _version(entry: Json, our_app: str | None) -> _Version:
    source_id = entry.get("sourceId")
    who = actor(entry.get("sourceType"), source_id, our_app)
    user = entry.get("updatedByUserId")
    if who == UNKNOWN_ACTOR and user:
        who = Actor(ActorKind.PERSON, user_alias(user))
    return _Version(instant(entry["timestamp"]), entry.get("value") or "", who)


def _value_at(versions: Sequence[_Version], at: datetime) -> str:
    """The value that held at a time; the oldest one known for any time before it."""
    until = [version.value for version in versions if version.at <= at]
    return until[-1] if until else versions[0].value if versions else ""
