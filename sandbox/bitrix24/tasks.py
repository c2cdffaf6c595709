"""The tasks module, version 2: asks in UPPER_CASE, answers in camelCase with string ids, errors with HTML."""

import re
from typing import Any, Final

from . import clock
from .context import Answer, Context, Method
from .errors import error, task_error
from .fields import DEAL, Field
from .filters import Filtering
from .paging import select_page
from .php import pairs_of, to_int, values_of
from .portal import Actor, Happening, Portal, Row
from .records import touch

WAITING: Final = 2
COMPLETED: Final = 5
_STATUSES: Final = frozenset({2, 3, 4, 5, 6})

_FIELDS: Final = {
    "ID": Field("id", "integer"),
    "TITLE": Field("title"),
    "DESCRIPTION": Field("description", "text"),
    "STATUS": Field("status", "integer"),
    "REAL_STATUS": Field("status", "integer"),
    "RESPONSIBLE_ID": Field("responsibleId", "user"),
    "CREATED_BY": Field("createdBy", "user"),
    "CHANGED_BY": Field("changedBy", "user"),
    "CLOSED_BY": Field("closedBy", "user"),
    "DEADLINE": Field("deadline", "datetime"),
    "CREATED_DATE": Field("createdDate", "datetime"),
    "CHANGED_DATE": Field("changedDate", "datetime"),
    "CLOSED_DATE": Field("closedDate", "datetime"),
    "UF_CRM_TASK": Field("ufCrmTask", multiple=True, default=()),
}
# What a task answers when `select` was left out: bindings only on request.
_DEFAULT: Final = tuple(name for name in _FIELDS if name not in ("UF_CRM_TASK", "REAL_STATUS"))
_WRITABLE: Final = (
    "TITLE",
    "DESCRIPTION",
    "STATUS",
    "RESPONSIBLE_ID",
    "CREATED_BY",
    "DEADLINE",
    "UF_CRM_TASK",
)
_SORTABLE: Final = frozenset(_FIELDS) - {"STATUS", "DESCRIPTION", "UF_CRM_TASK", "RESPONSIBLE_ID"}


def _typed(portal: Portal, given: dict[str, Any]) -> dict[str, Any]:
    values = {}
    for name, value in given.items():
        if name in _WRITABLE:
            wanted = values_of(value) if _FIELDS[name].multiple else value
            values[_FIELDS[name].name] = _FIELDS[name].typed(wanted, portal.zone)
    if values.get("responsibleId") is not None and values["responsibleId"] not in portal.people:
        raise task_error('The user specified in the "Responsible" field was not found')
    if values.get("status", WAITING) not in _STATUSES:
        raise task_error("Invalid status")
    return values


def add(context: Context) -> Answer:
    """tasks.task.add"""
    values = _typed(context.portal, context.fields())
    if not values.get("title"):
        raise task_error("Task title is not specified")
    if not values.get("responsibleId"):
        raise task_error("Responsible person is not specified")
    row = create_task(context.portal, values, context.actor)
    context.wrote("task", row.id, "create", {name: (None, value) for name, value in values.items()})
    return Answer({"task": _whole(context.portal, row)})


def create_task(portal: Portal, values: dict[str, Any], actor: Actor) -> Row:
    """Create a task and note it in the timelines of the deals it is bound to."""
    now = portal.seconds()
    defaults = {"status": WAITING, "description": "", "createdBy": actor.user_id, "ufCrmTask": []}
    stamps = {"createdDate": now, "changedDate": now, "changedBy": actor.user_id, "actor": actor}
    row = portal.tasks.add(defaults | values | stamps)
    for deal in bound_deals(portal, row):
        touch(portal, deal, actor.user_id)
    _tell(portal, "ONTASKADD", "undefined", {"ID": row.id}, actor)
    return row


def bound_deals(portal: Portal, task: Row) -> list[Row]:
    """Return the deals a task is bound to (`D_10`)."""
    ids = [re.fullmatch(r"D_(\d+)", str(code)) for code in task.values["ufCrmTask"]]
    found = (portal.records[DEAL].rows.get(int(match[1])) for match in ids if match)
    return [row for row in found if row is not None]


def change_task(
    portal: Portal, task: Row, values: dict[str, Any], actor: Actor
) -> dict[str, tuple[Any, Any]]:
    """Change a task; returns what changed. Nothing is told when nothing did."""
    changes = {
        name: (task.values.get(name), value)
        for name, value in values.items()
        if task.values.get(name) != value
    }
    if changes:
        now = portal.seconds()
        task.values |= values | {"changedDate": now, "changedBy": actor.user_id}
        if "status" in changes:
            done = values["status"] == COMPLETED
            task.values |= {"closedDate": now if done else None, "closedBy": actor.user_id if done else None}
        _tell(portal, "ONTASKUPDATE", {"ID": task.id}, {"ID": task.id}, actor)
    return changes


def _tell(portal: Portal, event: str, before: Any, after: Any, actor: Actor) -> None:
    data = {
        "FIELDS_BEFORE": before,
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": "N" if event == "ONTASKADD" else "undefined",
        "IS_ACCESSIBLE_AFTER": "undefined",
    }
    portal.tell(Happening(event, data, actor))


def _find(context: Context) -> Row | None:
    given = context.param("taskId")
    if given in (None, ""):
        raise error("task_id_missing")
    if to_int(given) <= 0:
        raise error("task_id")
    return context.portal.tasks.rows.get(to_int(given))


def get(context: Context) -> Answer:
    """tasks.task.get: an empty array when there is no such task."""
    row = _find(context)
    if row is None:
        return Answer([])
    select = [str(name) for name in values_of(context.param("select"))]
    return Answer({"task": _shown(context.portal, row, select)})


def list_(context: Context) -> Answer:
    """tasks.task.list"""
    portal = context.portal
    for name in pairs_of(context.param("order")):
        if name not in _SORTABLE:
            raise error("task_order")
    filtering = Filtering(_FIELDS.get, portal.zone, strict=False)
    page = select_page(portal.tasks, context.params, filtering, newest_first=True)
    select = [str(name) for name in values_of(context.param("select"))]
    return Answer({"tasks": [_shown(portal, row, select) for row in page.rows]}, page.total, page.next)


def update(context: Context) -> Answer:
    """tasks.task.update"""
    row, values = _find(context), _typed(context.portal, context.fields())
    return _changed(context, row, values)


def complete(context: Context) -> Answer:
    """tasks.task.complete"""
    return _changed(context, _find(context), {"status": COMPLETED})


def _changed(context: Context, row: Row | None, values: dict[str, Any]) -> Answer:
    if row is None:
        raise error("task_denied")
    changes = change_task(context.portal, row, values, context.actor)
    context.wrote("task", row.id, "update", changes)
    return Answer({"task": _whole(context.portal, row)})


def _whole(portal: Portal, row: Row) -> dict[str, Any]:
    """Return a task as the writing methods answer it, with the people's cards."""
    people = {
        "creator": _card(portal, row.values["createdBy"]),
        "responsible": _card(portal, row.values["responsibleId"]),
    }
    fixed = {
        "priority": "1",
        "groupId": "0",
        "favorite": "N",
        "auditors": [],
        "accomplices": [],
        "checklist": [],
    }
    return _shown(portal, row, []) | fixed | people


def _card(portal: Portal, user_id: int) -> dict[str, Any]:
    person = portal.people.get(user_id)
    return {
        "id": str(user_id),
        "name": person.name if person else "",
        "link": f"/company/personal/user/{user_id}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": "",
    }


def _shown(portal: Portal, row: Row, select: list[str]) -> dict[str, Any]:
    wanted = (
        [name for name in ("ID", *select) if name in _FIELDS] if select and "*" not in select else _DEFAULT
    )
    if "UF_CRM_TASK" in select:
        wanted = [*wanted, "UF_CRM_TASK"]
    shown: dict[str, Any] = {}
    for name in wanted:
        value = row.values.get(_FIELDS[name].name)
        shown[_FIELDS[name].name] = (
            value if isinstance(value, list) else _FIELDS[name].shown_legacy(value, portal.zone)
        )
    if "status" in shown:
        late = (
            row.values.get("deadline")
            and row.values["deadline"] < portal.seconds()
            and shown["status"] != "5"
        )
        shown["subStatus"] = "-1" if late else shown["status"]
    return shown


def deadline_text(portal: Portal, row: Row) -> str | None:
    """Return the deadline as the portal shows it."""
    deadline = row.values.get("deadline")
    return None if deadline is None else clock.show(deadline, portal.zone)


METHODS: Final[dict[str, Method]] = {
    "tasks.task.add": add,
    "tasks.task.get": get,
    "tasks.task.list": list_,
    "tasks.task.update": update,
    "tasks.task.complete": complete,
}
