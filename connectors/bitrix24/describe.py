"""What a live portal looks like: pipelines, stages, fields, users, and what we may do there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from connectors.base import Description, Lane, RemoteField, RemotePipeline, RemoteStage, RemoteUser
from connectors.bitrix24 import php, values
from connectors.bitrix24.client import Client, Command
from connectors.bitrix24.portal import DEAL, FIELDS_COMMAND, fields_of
from connectors.bitrix24.stages import full_stage_id
from connectors.bitrix24.values import Field
from connectors.paging import Onward

Outcome = Literal["open", "won", "lost"]
OUTCOMES: Mapping[object, Outcome] = {"S": "won", "F": "lost"}  # SEMANTICS of a stage
NEEDED = ("crm", "task", "user")  # permissions, docs/connectors/bitrix24.md#with-webhooks-the-simple-way


def describe(client: Client, lane: Lane = Lane.READ) -> Description:
    """Look at everything that a mapping is made of."""
    replies = client.batch(
        {
            "categories": Command("crm.category.list", {"entityTypeId": DEAL}),
            "fields": FIELDS_COMMAND,
            "sources": _directory("SOURCE"),
            "scope": Command("scope"),
        },
        lane,
    )
    categories = php.as_rows(php.as_map(replies["categories"].result).get("categories"))
    sources = {
        str(row.get("STATUS_ID")): str(row.get("NAME")) for row in php.as_rows(replies["sources"].result)
    }
    may = tuple(str(name) for name in php.as_map(replies["scope"].result).values())
    return Description(
        pipelines=_pipelines(client, categories, lane),
        fields=tuple(_field(field, sources) for field in fields_of(replies["fields"].result)),
        users=tuple(_user(row) for row in _users(client, lane)),
        account=urlsplit(client.portal).netloc,
        may=may,
        lacks=tuple(name for name in NEEDED if name not in may),
    )


def _directory(entity: str) -> Command:
    return Command("crm.status.list", {"filter": {"ENTITY_ID": entity}, "order": {"SORT": "ASC"}})


def _pipelines(client: Client, categories: list[dict[str, object]], lane: Lane) -> tuple[RemotePipeline, ...]:
    keys = {_category_id(category): category for category in sorted(categories, key=_sort)}
    # The default pipeline's directory has no number.
    commands = {f"s{key}": _directory("DEAL_STAGE" if key == "0" else f"DEAL_STAGE_{key}") for key in keys}
    replies = client.batch(commands, lane)
    return tuple(
        RemotePipeline(key, str(category.get("name")), _stages(key, replies[f"s{key}"].result))
        for key, category in keys.items()
    )


def _category_id(category: Mapping[str, object]) -> str:
    return values.id_text(category.get("id")) or "0"


def _sort(row: Mapping[str, object]) -> int:
    return int(str(row.get("sort") or row.get("SORT") or 0))


def _stages(category: str, result: object) -> tuple[RemoteStage, ...]:
    found = []
    for row in sorted(php.as_rows(result), key=_sort):
        stage = full_stage_id(category, row.get("STATUS_ID"))
        if stage is not None:
            outcome = OUTCOMES.get(row.get("SEMANTICS"), "open")
            found.append(RemoteStage(stage, str(row.get("NAME")), outcome))
    return tuple(found)


def _field(field: Field, sources: Mapping[str, str]) -> RemoteField:
    options = sources if field.name == "sourceId" else field.options
    return RemoteField(field.original, field.label, field.type, not field.read_only, options)


def _users(client: Client, lane: Lane) -> Iterator[dict[str, object]]:
    """All users, those who left too: their deals must keep an owner that we can name."""
    start: int | None = 0
    onward = Onward("Bitrix24's users", start)
    while start is not None:
        reply = client.call("user.get", {"SORT": "ID", "ORDER": "ASC", "start": start}, lane)
        yield from php.as_rows(reply.result)
        start = onward.to(reply.next)


def _user(row: Mapping[str, object]) -> RemoteUser:
    name = " ".join(str(row[part]) for part in ("NAME", "LAST_NAME") if row.get(part))
    email = str(row.get("EMAIL") or "").strip().lower() or None
    return RemoteUser(values.id_text(row.get("ID")) or "", email, name, row.get("ACTIVE") is True)
