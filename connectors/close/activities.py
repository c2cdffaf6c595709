"""Tasks and comments of ours. Each carries a reference in sight, by which a repeat finds it again.

A task belongs to a lead, so the reference also says for which deal (docs/connectors/close.md#tasks-and-comments).
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable

from connectors.base import Lane
from connectors.close import calls
from connectors.close.client import Client, Json, rows_of
from connectors.close.read import deal
from connectors.close.records import item_id
from connectors.close.values import is_user, text_of
from connectors.errors import Missing, Rejected
from mapping.model import CloseTask, CreateNote, CreateTask, Receipt

NOT_FOR_US = (402, 403, 405)
"""Refusals of a comment that say that our user, or the plan, has none."""

_REFERENCE = re.compile(r"Conveyor reference: (oppo_\w{1,100})/[0-9a-f]{12}", re.ASCII)


def create_task(client: Client, deal_id: str, key: str, body: CreateTask, attempt: int) -> Receipt:
    """A task on the deal's lead; without an owner it is for the deal's."""
    item, mark = deal(client, deal_id, Lane.WRITE), reference(deal_id, key)
    filters = {"lead_id": _lead(item), "_order_by": "-date_created"}
    if attempt > 1 and (made := _marked(client.all(calls.TASKS, Lane.WRITE, filters), "text", mark)):
        return Receipt(made)
    owner = body.owner or text_of(item.get("user_id"))
    if not is_user(owner):
        raise Rejected("A task in Close is given to a user by id (user_...).")
    fields = {
        "_type": "lead",
        "lead_id": _lead(item),
        "text": "\n".join([body.subject, body.body, "", mark]),
        "date": body.due_at.isoformat(),
        "assigned_to": owner,
    }
    return Receipt(item_id(client.call(calls.CREATE_TASK, Lane.WRITE, body=fields)))


def create_note(client: Client, deal_id: str, key: str, body: CreateNote, attempt: int) -> Receipt:
    """A comment on the deal; a note on its lead where our user may not comment."""
    mark = reference(deal_id, key)
    if attempt > 1 and (made := _marked(_comments(client, deal_id), "body", mark)):
        return Receipt(made)
    fields = {"object_id": deal_id, "body": rendered(body.body, mark)}
    try:
        return Receipt(item_id(client.call(calls.CREATE_COMMENT, Lane.WRITE, body=fields)))
    except Rejected as error:
        if error.status not in NOT_FOR_US:
            deal(client, deal_id, Lane.WRITE)  # tells a deal that is gone from words that Close refuses
            raise
    return _note_on_lead(client, deal_id, f"{body.body}\n\n{mark}", mark, attempt)


def close_task(client: Client, body: CloseTask) -> Receipt:
    """Mark a task as done; one that is done or gone already is fine."""
    try:
        client.call(calls.UPDATE_TASK, Lane.WRITE, body.task_id, body={"is_complete": True})
    except Missing:
        return Receipt(body.task_id)
    return Receipt(body.task_id)


def reference(deal_id: str, key: str) -> str:
    """The line that our tasks and comments are found by again."""
    return f"Conveyor reference: {deal_id}/{hashlib.sha256(f'{deal_id} {key}'.encode()).hexdigest()[:12]}"


def deal_in(text: str | None) -> str | None:
    """The deal that a text of ours refers to."""
    found = _REFERENCE.search(text or "")
    return found[1] if found else None


def rendered(text: str, mark: str) -> str:
    """Plain text as the small part of HTML that Close takes, with the reference as its last line."""
    lines = [f"<p>{html.escape(line, quote=False)}</p>" for line in text.splitlines() if line.strip()]
    return f"<body>{''.join(lines)}<p>{mark}</p></body>"


def _note_on_lead(client: Client, deal_id: str, text: str, mark: str, attempt: int) -> Receipt:
    lead_id = _lead(deal(client, deal_id, Lane.WRITE))
    if attempt > 1 and (
        made := _marked(client.all(calls.NOTES, Lane.WRITE, {"lead_id": lead_id}), "note", mark)
    ):
        return Receipt(made)
    fields = {"lead_id": lead_id, "note": text}
    return Receipt(item_id(client.call(calls.CREATE_NOTE, Lane.WRITE, body=fields)))


def _comments(client: Client, deal_id: str) -> list[Json]:
    """The comments on a deal, which Close shows all at once."""
    return rows_of(client.call(calls.COMMENTS, Lane.WRITE, params={"object_id": deal_id}))


def _marked(rows: Iterable[Json], name: str, mark: str) -> str | None:
    return next((item_id(row) for row in rows if mark in str(row.get(name))), None)


def _lead(item: Json) -> str:
    lead_id = text_of(item.get("lead_id"))
    if lead_id is None:
        raise Rejected("Close shows this deal without its lead, so a task has no place.")
    return lead_id
