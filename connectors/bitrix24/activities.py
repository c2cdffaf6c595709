"""Tasks and notes on a deal. Bitrix24 has no key for either, so each carries a short reference in its text.

A repeated create looks for the reference first (docs/connectors/bitrix24.md#tasks-and-notes).
"""

from __future__ import annotations

import hashlib
import re

from connectors.base import Lane
from connectors.bitrix24 import php, values
from connectors.bitrix24.aspects import DONE, task_command
from connectors.bitrix24.client import Client
from connectors.bitrix24.read import deal_command, deal_of
from connectors.errors import Rejected, Unreadable
from mapping.model import CreateNote, CreateTask, Receipt

ZERO_WIDTH_SPACE = "\u200b"
_TAG = re.compile(r"\[(?=/?[a-zA-Z*])")


def create_task(client: Client, deal_id: str, key: str, body: CreateTask, attempt: int) -> Receipt:
    """Make a task of the tasks module, bound to the deal; without an owner it is for the deal's."""
    mark = reference(key)
    if attempt > 1 and (made := _find_task(client, deal_id, mark)) is not None:
        return Receipt(made)
    fields = {
        "TITLE": body.subject,
        "DESCRIPTION": f"{plain(body.body)}\n\n{mark}",
        "RESPONSIBLE_ID": int(body.owner or _responsible(client, deal_id)),
        "DEADLINE": values.offset_text(body.due_at),
        "UF_CRM_TASK": [f"D_{deal_id}"],
    }
    reply = client.call("tasks.task.add", {"fields": fields}, Lane.WRITE)
    return Receipt(_id_of(php.as_map(php.as_map(reply.result).get("task")).get("id")))


def create_note(client: Client, deal_id: str, key: str, body: CreateNote, attempt: int) -> Receipt:
    """Leave a comment in the deal's timeline."""
    mark = reference(key)
    if attempt > 1 and (made := _find_note(client, deal_id, mark)) is not None:
        return Receipt(made)
    fields = {"ENTITY_ID": int(deal_id), "ENTITY_TYPE": "deal", "COMMENT": f"{plain(body.body)}\n\n{mark}"}
    reply = client.call("crm.timeline.comment.add", {"fields": fields}, Lane.WRITE)
    return Receipt(_id_of(reply.result))


def close_task(client: Client, task_id: str) -> Receipt:
    """Mark a task as done; one that is done or gone already is fine."""
    try:
        client.call("tasks.task.complete", {"taskId": int(task_id)}, Lane.WRITE)
    except Rejected:
        if _is_open(client, task_id):
            raise
    return Receipt(task_id)


def reference(key: str) -> str:
    """The line that our tasks and notes are found by again."""
    return f"Ref: {hashlib.sha256(key.encode()).hexdigest()[:12]}"


def plain(text: str) -> str:
    """A text that Bitrix24 shows as it is: it reads BB code, for which no escape is documented."""
    return _TAG.sub(f"[{ZERO_WIDTH_SPACE}", text)


def _find_task(client: Client, deal_id: str, mark: str) -> str | None:
    """The task of ours among the fifty newest of the deal."""
    params = {
        "filter": {"UF_CRM_TASK": f"D_{deal_id}"},
        "select": ["ID", "DESCRIPTION"],
        "order": {"ID": "desc"},
    }
    found = php.as_map(client.call("tasks.task.list", params, Lane.WRITE).result).get("tasks")
    made = [task for task in php.as_rows(found) if mark in str(task.get("description"))]
    return _id_of(made[0].get("id")) if made else None


def _find_note(client: Client, deal_id: str, mark: str) -> str | None:
    """The comment of ours among the fifty newest of the deal."""
    params = {
        "filter": {"ENTITY_ID": int(deal_id), "ENTITY_TYPE": "deal"},
        "select": ["ID", "COMMENT"],
        "order": {"ID": "DESC"},
    }
    found = client.call("crm.timeline.comment.list", params, Lane.WRITE).result
    made = [comment for comment in php.as_rows(found) if mark in str(comment.get("COMMENT"))]
    return _id_of(made[0].get("ID")) if made else None


def _responsible(client: Client, deal_id: str) -> str:
    get = deal_command(deal_id)
    deal = deal_of(client.call(get.method, get.params, Lane.WRITE).result)
    return _id_of(deal.get("assignedById"))


def _is_open(client: Client, task_id: str) -> bool:
    get = task_command(task_id)
    task = php.as_map(php.as_map(client.call(get.method, get.params, Lane.WRITE).result).get("task"))
    return bool(task) and values.id_text(task.get("status")) not in DONE


def _id_of(raw: object) -> str:
    key = values.id_text(raw)
    if key is None:
        raise Unreadable("Bitrix24 answered without the id of what it made.")
    return key
