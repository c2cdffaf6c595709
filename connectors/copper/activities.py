"""Tasks and notes on a deal. Copper has no key for either, so each carries a short reference in its text.

A repeated create looks for the reference first (docs/connectors/copper.md#tasks-and-notes).
"""

from __future__ import annotations

import hashlib

from connectors.base import Lane
from connectors.copper.answers import Item, id_text, is_deleted, item_of, moment, own_id, rows_of
from connectors.copper.client import Client
from connectors.copper.dates import unix
from connectors.copper.unsure import Unsure
from connectors.errors import Missing
from mapping.model import CreateNote, CreateTask, Receipt, TaskState

NOTE = {"category": "user", "id": 0}
DONE = "Completed"
NEWEST = 20  # of the deal's tasks that a repeat looks at, one call each


def create_task(client: Client, deal_id: str, key: str, body: CreateTask, attempt: int) -> Receipt:
    """Make a task on the deal; without an owner it is for the deal's."""
    mark = reference(key)
    if attempt > 1 and (made := _find_task(client, deal_id, mark)) is not None:
        return Receipt(made)
    owner = body.owner or _owner(client, deal_id)
    task = {
        "name": body.subject,
        "related_resource": {"id": int(deal_id), "type": "opportunity"},
        "due_date": unix(body.due_at),
        "status": "Open",
        "details": f"{body.body}\n\n{mark}",
        **({"assignee_id": int(owner)} if owner else {}),
    }
    return Receipt(own_id(client.post("/tasks", task)))


def create_note(
    client: Client, unsure: Unsure, deal_id: str, key: str, body: CreateNote, attempt: int
) -> Receipt:
    """Leave a note on the deal; `Transient` while an earlier attempt may still turn up."""
    mark = reference(key)
    if attempt > 1:
        made = _find_note(client, deal_id, mark)
        if made is not None:
            return Receipt(made)
        unsure.wait(mark)
    note = {
        "parent": {"type": "opportunity", "id": int(deal_id)},
        "type": NOTE,
        "details": f"{body.body}\n\n{mark}",
    }
    with unsure.sending(mark):
        return Receipt(own_id(client.post("/activities", note)))


def close_task(client: Client, task_id: str) -> Receipt:
    """Mark a task as done; one that is gone needs no closing."""
    try:
        client.put(f"/tasks/{task_id}", {"status": DONE})
    except Missing:
        return Receipt(task_id)
    return Receipt(task_id)


def task_state(client: Client, task_id: str, lane: Lane) -> TaskState | None:
    """What became of a task; `None` if it is gone."""
    task = _task(client, task_id, lane)
    if task is None:
        return None
    return TaskState(
        task.get("status") == DONE, id_text(task.get("assignee_id")), moment(task.get("completed_date"))
    )


def reference(key: str) -> str:
    """The line that our tasks and notes are found by again."""
    return f"Ref: {hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _task(client: Client, task_id: str, lane: Lane) -> Item | None:
    if not task_id.isdecimal():
        return None
    try:
        task = item_of(client.get(f"/tasks/{task_id}", lane))
    except Missing:
        return None
    return None if is_deleted(task) else task


def _find_task(client: Client, deal_id: str, mark: str) -> str | None:
    """The task of ours among the newest of the deal, by its relations: they know what a search would show late."""
    related = rows_of(client.get(f"/opportunities/{deal_id}/related/tasks", Lane.WRITE))
    newest = sorted({own_id(row) for row in related}, key=int, reverse=True)[:NEWEST]
    for task_id in newest:
        task = _task(client, task_id, Lane.WRITE)
        if task is not None and mark in str(task.get("details") or ""):
            return task_id
    return None


def _find_note(client: Client, deal_id: str, mark: str) -> str | None:
    query = {"parent": {"id": int(deal_id), "type": "opportunity"}, "activity_types": [NOTE]}
    for row in client.found("activities", query, Lane.WRITE):
        if not is_deleted(row) and mark in str(row.get("details") or ""):
            return own_id(row)
    return None


def _owner(client: Client, deal_id: str) -> str | None:
    return id_text(item_of(client.get(f"/opportunities/{deal_id}", Lane.WRITE)).get("assignee_id"))
