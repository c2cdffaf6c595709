"""Tasks and notes on a deal. Zoho has no key for either, so each carries a short reference in its text.

A repeated create looks for the reference first (docs/connectors/zoho.md#tasks-and-notes).
"""

from __future__ import annotations

import hashlib

from connectors.base import Lane
from connectors.errors import Missing, Rejected, Unreadable
from connectors.zoho.aspects import COMPLETED, TASK, task_state
from connectors.zoho.client import Client, Json
from connectors.zoho.organisation import Organisation
from connectors.zoho.rows import Rows
from connectors.zoho.values import ID, id_of
from mapping.model import CreateNote, CreateTask, Receipt

LONGEST_SUBJECT = 255


def create_task(
    client: Client,
    organisation: Organisation,
    rows: Rows,
    deal_id: str,
    key: str,
    body: CreateTask,
    attempt: int,
) -> Receipt:
    """Make a task on the deal, due on a day of the organisation's; without an owner it is for the deal's."""
    mark = reference(key)
    if attempt > 1 and (made := _find(client, deal_id, "Tasks", "Description", mark)) is not None:
        return Receipt(made)
    day = body.due_at.astimezone(organisation.home(Lane.WRITE).zone).date()
    fields = {
        "Subject": body.subject[:LONGEST_SUBJECT],
        "Description": f"{body.body}\n\n{mark}",
        "Due_Date": day.isoformat(),
        "Owner": {"id": body.owner or _owner(rows, deal_id)},
        "What_Id": {"id": deal_id},
        "$se_module": "Deals",
    }
    return _made(client, "/Tasks", fields)


def create_note(client: Client, deal_id: str, key: str, body: CreateNote, attempt: int) -> Receipt:
    """Leave a note on the deal; it is always by our own user."""
    mark = reference(key)
    if attempt > 1 and (made := _find(client, deal_id, "Notes", "Note_Content", mark)) is not None:
        return Receipt(made)
    fields = {
        "Note_Content": f"{body.body}\n\n{mark}",
        "Parent_Id": {"module": {"api_name": "Deals"}, "id": deal_id},
    }
    return _made(client, "/Notes", fields)


def close_task(client: Client, organisation: Organisation, rows: Rows, task_id: str) -> Receipt:
    """Mark a task as done; one that is done or gone already is fine."""
    try:
        if not ID.fullmatch(task_id) or task_state(rows.one("Tasks", task_id, TASK, Lane.WRITE).row).done:
            return Receipt(task_id)
        body = {"data": [{"Status": _completed(organisation)}]}
        client.call("PUT", f"/Tasks/{task_id}", Lane.WRITE, json=body).done()
    except Missing:
        return Receipt(task_id)
    return Receipt(task_id)


def reference(key: str) -> str:
    """The line that our tasks and notes are found by again."""
    return f"Ref: {hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _completed(organisation: Organisation) -> str:
    """The status of a task that is done: organisations may rename and add some."""
    status = organisation.task_fields(Lane.WRITE).by_name.get("Status")
    if status is None or not status.options:
        return COMPLETED
    actual = status.actual(COMPLETED)
    if actual is None:
        raise Rejected(
            f"Tasks in Zoho have no status {COMPLETED!r} (any more); they have: {', '.join(status.labels.values())}."
        )
    return actual


def _owner(rows: Rows, deal_id: str) -> str:
    owner = id_of(rows.one("Deals", deal_id, ["Owner"], Lane.WRITE).row.get("Owner"))
    if owner is None:
        raise Unreadable(f"Zoho shows deal {deal_id} without an owner.")
    return owner


def _find(client: Client, deal_id: str, related: str, field: str, mark: str) -> str | None:
    """The task or note of ours among those of the deal."""
    rows = client.pages(f"/Deals/{deal_id}/{related}", "data", Lane.WRITE, {"fields": field})
    return next((id_of(row) for row in rows if str(row.get(field) or "").rstrip().endswith(mark)), None)


def _made(client: Client, at: str, fields: Json) -> Receipt:
    made = id_of(client.call("POST", at, Lane.WRITE, json={"data": [fields]}).done())
    if made is None:
        raise Unreadable("Zoho answered without the id of what it made.")
    return Receipt(made)
