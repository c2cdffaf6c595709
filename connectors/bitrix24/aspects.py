"""The parts of a deal that cost further commands: its people, its moves and our tasks on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.base import Lane
from connectors.bitrix24 import php, values
from connectors.bitrix24.client import Client, Command, Replies
from connectors.bitrix24.portal import COMPANY, CONTACT, DEAL
from connectors.bitrix24.records import Item, Reading, moment
from connectors.bitrix24.stages import stage_value
from connectors.errors import AuthFailed, Missing, Rejected, Unreadable
from connectors.paging import Onward
from mapping.model import UNKNOWN_ACTOR, StageMove, TaskState, Value

PAGE = 50
KINDS = {CONTACT: "contact", COMPANY: "company"}
CREATED = "1"  # TYPE_ID of the entry that a new deal begins its history with
DONE = ("4", "5")  # 4: reported as done and waiting for its creator's approval, and that is us
TASK_SELECT = ["ID", "STATUS", "RESPONSIBLE_ID", "CLOSED_DATE"]

# --- people ---


def people_commands(items: Iterable[Item]) -> dict[str, Command]:
    """Commands for the first contact and the company of each deal, none twice."""
    commands: dict[str, Command] = {}
    for item in items:
        for kind, key in ((CONTACT, contact_id(item)), (COMPANY, company_id(item))):
            if key:
                commands[f"e{kind}_{key}"] = Command("crm.item.get", {"entityTypeId": kind, "id": key})
    return commands


def contact_id(item: Item) -> str | None:
    """The id of the deal's first contact."""
    listed = item.get("contactIds")
    first = listed[0] if isinstance(listed, list) and listed else item.get("contactId")
    return values.user_id(first)


def company_id(item: Item) -> str | None:
    """The id of the deal's company; 0 means none."""
    return values.user_id(item.get("companyId"))


def people_values(item: Item, replies: Replies) -> dict[str, Value]:
    """The fields that live on contact and company; `None` where the deal has none."""
    contact = _entity(replies, CONTACT, contact_id(item))
    company = _entity(replies, COMPANY, company_id(item))
    name = " ".join(str(contact[part]) for part in ("name", "lastName") if contact.get(part))
    return {
        "contact_name": name or None,
        "contact_email": _communication(contact, "EMAIL"),
        "contact_phone": _communication(contact, "PHONE"),
        "company": str(company.get("title") or "") or None,
    }


def _entity(replies: Replies, kind: int, key: str | None) -> Item:
    if key is None:
        return {}
    name = f"e{kind}_{key}"
    error = replies.errors.get(name)
    if isinstance(error, Missing):
        return {}
    if isinstance(error, Rejected):
        raise AuthFailed(
            f"The user of the webhook may not read {KINDS[kind]} {key}; give it read rights on all of them."
        ) from error
    return php.as_map(php.as_map(replies[name].result).get("item"))


def _communication(entity: Item, kind: str) -> str | None:
    for entry in php.as_rows(entity.get("fm")):
        if entry.get("typeId") == kind and entry.get("value"):
            return str(entry["value"])
    return None


# --- moves ---


def history_command(deal_id: str, after: str = "0") -> Command:
    """The command for the next fifty entries of a deal's stage history."""
    return Command(
        "crm.stagehistory.list",
        {
            "entityTypeId": DEAL,
            "filter": {"OWNER_ID": deal_id, ">ID": after},
            "order": {"ID": "ASC"},
            "start": -1,
        },
    )


def history_rows(result: object) -> list[dict[str, object]]:
    """The entries in an answer of `crm.stagehistory.list`."""
    return php.as_rows(php.as_map(result).get("items"))


def all_history(
    client: Client, deal_id: str, first: list[dict[str, object]], lane: Lane
) -> list[dict[str, object]]:
    """The entries of a deal after its first page, for the few deals that have moved fifty times."""
    rows, page = list(first), first
    onward = Onward(f"the stage history of Bitrix24's deal {deal_id}", "0")
    while len(page) >= PAGE:
        command = history_command(deal_id, onward.to(str(rows[-1]["ID"])))
        page = history_rows(client.call(command.method, command.params, lane).result)
        rows += page
    return rows


def moves(rows: Sequence[Mapping[str, object]], item: Item, reading: Reading) -> tuple[StageMove, ...]:
    """The moves of a deal, oldest first, up to the stage that the deal shows.

    The history names nobody. The deal itself knows two: who created it and who moved it last. Entries
    newer than the deal as we read it belong to the next look.
    """
    made = [_created(row, move, item, reading) for row in rows if (move := move_of(row)) is not None]
    shown = stage_value(item.get("categoryId"), item.get("stageId"))
    while made and made[-1].stage != shown and any(move.stage == shown for move in made):
        made.pop()
    if made and made[-1].stage == shown and made[-1].actor == UNKNOWN_ACTOR:
        made[-1] = replace(made[-1], actor=reading.actor(item.get("movedBy")))
    return tuple(made)


def _created(row: Mapping[str, object], move: StageMove, item: Item, reading: Reading) -> StageMove:
    if values.id_text(row.get("TYPE_ID")) != CREATED:
        return move
    return replace(move, actor=reading.actor(item.get("createdBy")))


def move_of(row: Mapping[str, object]) -> StageMove | None:
    """One entry as a move by nobody we know; `None` if it names no stage."""
    at, stage = moment(row.get("CREATED_TIME")), stage_value(row.get("CATEGORY_ID"), row.get("STAGE_ID"))
    return None if at is None or stage is None else StageMove(at, stage)


# --- tasks ---


def task_command(task_id: str) -> Command:
    """The command for the state of a task."""
    return Command("tasks.task.get", {"taskId": task_id, "select": TASK_SELECT})


def task_states(replies: Replies, task_ids: Iterable[str]) -> dict[str, TaskState]:
    """The states of the tasks; one that is gone, or out of our sight, is left out."""
    states: dict[str, TaskState] = {}
    for task_id in task_ids:
        if isinstance(replies.errors.get(f"t{task_id}"), Rejected):
            continue
        task = php.as_map(php.as_map(replies[f"t{task_id}"].result).get("task"))
        if task:
            states[task_id] = task_state(task)
    return states


def task_state(task: Mapping[str, object]) -> TaskState:
    """What became of a task; `Unreadable` without a status."""
    status = values.id_text(task.get("status"))
    if status is None:
        raise Unreadable("Bitrix24 showed a task without its status.")
    completed: datetime | None = moment(task.get("closedDate")) if status in DONE else None
    return TaskState(status in DONE, values.user_id(task.get("responsibleId")), completed)
