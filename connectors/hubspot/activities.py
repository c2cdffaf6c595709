"""Tasks and notes on a deal. Each carries our key in sight, for HubSpot has no other place to find it again.

Facts: docs/connectors/hubspot.md#tasks
"""

from __future__ import annotations

import html
from datetime import UTC, datetime

from connectors.base import Lane
from connectors.errors import Missing
from connectors.hubspot.client import BATCH, Client
from connectors.hubspot.people import link
from connectors.hubspot.values import iso
from mapping.model import CloseTask, CreateNote, CreateTask, Receipt

TASK_TO_DEAL, NOTE_TO_DEAL = 216, 214
BODIES = {"tasks": "hs_task_body", "notes": "hs_note_body"}
REFERENCE = "Conveyor reference"


def make_task(client: Client, deal_id: str, body: CreateTask, key: str, attempt: int) -> Receipt:
    """A task for one person, made once for a key."""
    properties = {
        "hs_timestamp": iso(body.due_at),
        "hs_task_subject": body.subject,
        "hs_task_body": rendered(body.body, key),
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        **({"hubspot_owner_id": body.owner} if body.owner else {}),
    }
    return _made_once(client, "tasks", deal_id, properties, TASK_TO_DEAL, key, attempt)


def make_note(client: Client, deal_id: str, body: CreateNote, key: str, attempt: int) -> Receipt:
    """A note on the deal's timeline, made once for a key."""
    properties = {"hs_timestamp": iso(datetime.now(UTC)), "hs_note_body": rendered(body.body, key)}
    return _made_once(client, "notes", deal_id, properties, NOTE_TO_DEAL, key, attempt)


def close_task(client: Client, body: CloseTask) -> Receipt:
    """Mark a task as done; one that is gone needs no closing."""
    done = {"hs_task_status": "COMPLETED"}
    try:
        client.typed(lambda library: library.update("tasks", body.task_id, done), Lane.WRITE)
    except Missing:
        return Receipt(body.task_id)
    return Receipt(body.task_id)


def rendered(text: str, key: str) -> str:
    """Plain text as HTML, for HubSpot renders it, with the reference as its last line."""
    lines = [html.escape(line, quote=False) for line in text.splitlines()]
    return "<br>".join([*lines, "", reference(key)])


def reference(key: str) -> str:
    """The line by which a task or note of ours is found again."""
    return html.escape(f"{REFERENCE}: {key}", quote=False)


def _made_once(
    client: Client, kind: str, deal_id: str, properties: dict[str, str], type_id: int, key: str, attempt: int
) -> Receipt:
    found = _find(client, kind, deal_id, key) if attempt > 1 else None
    if found:
        return Receipt(found)
    links = [link(deal_id, type_id)]
    return Receipt(client.typed(lambda library: library.create(kind, properties, links), Lane.WRITE).id)


def _find(client: Client, kind: str, deal_id: str, key: str) -> str | None:
    """The newest of the deal's tasks or notes that carries our key."""
    ids = client.paged(lambda library, after: library.linked("deals", deal_id, kind, after), Lane.WRITE)
    newest = sorted(ids, key=int, reverse=True)[:BATCH]
    for row in client.batch_read(kind, newest, [BODIES[kind]], Lane.WRITE):
        if (row["properties"].get(BODIES[kind]) or "").endswith(reference(key)):
            return str(row["id"])
    return None
