"""The timeline of a record: comments, to-dos, and the feed of stage moves."""

from typing import Any, Final

from . import clock, records
from .context import Answer, Context, Method
from .errors import RestError, error
from .fields import COMPANY, CONTACT, DEAL, Field
from .filters import Filtering
from .paging import select_page
from .php import to_int
from .portal import Happening, Row

_KINDS: Final = {"deal": DEAL, "contact": CONTACT, "company": COMPANY}

_COMMENT_FIELDS: Final = {
    "ID": Field("id", "integer"),
    "ENTITY_ID": Field("entity_id", "integer"),
    "ENTITY_TYPE": Field("entity_type"),
    "CREATED": Field("created", "datetime"),
    "COMMENT": Field("comment", "text"),
    "AUTHOR_ID": Field("author", "user"),
}
_HISTORY_FIELDS: Final = {
    "ID": Field("id", "integer"),
    "TYPE_ID": Field("type", "integer"),
    "OWNER_ID": Field("owner", "integer"),
    "CREATED_TIME": Field("time", "datetime"),
    "CATEGORY_ID": Field("category", "integer"),
    "STAGE_SEMANTIC_ID": Field("semantic"),
    "STAGE_ID": Field("stage"),
}


def comment_add(context: Context) -> Answer:
    """crm.timeline.comment.add; the author is the calling account."""
    given = context.params.get("fields")
    if not isinstance(given, dict) or not given.get("ENTITY_ID") or not given.get("ENTITY_TYPE"):
        raise error("required_missing")
    kind = _KINDS.get(str(given["ENTITY_TYPE"]))
    owner = context.portal.records[kind].rows.get(to_int(given["ENTITY_ID"])) if kind else None
    if owner is None:
        raise error("owner_unknown")
    text = str(given.get("COMMENT") or "").strip()
    if not text:
        raise error("empty_comment")
    row = _comment(context, str(given["ENTITY_TYPE"]), owner, text)
    context.wrote("comment", row.id, "create", {"comment": (None, text)})
    data = {"FIELDS": {"ID": row.id}}
    context.portal.tell(Happening("ONCRMTIMELINECOMMENTADD", data, context.actor))
    return Answer(row.id)


def _comment(context: Context, entity_type: str, owner: Row, text: str) -> Row:
    portal = context.portal
    if entity_type == "deal":
        context.services.faults.writing(str(owner.id))
    records.touch(portal, owner, context.user_id)
    return portal.comments.add(
        {
            "entity_id": owner.id,
            "entity_type": entity_type,
            "created": portal.seconds(),
            "comment": text,
            "author": context.user_id,
            "actor": context.actor,
        }
    )


def comment_list(context: Context) -> Answer:
    """crm.timeline.comment.list"""
    filtering = Filtering(_COMMENT_FIELDS.get, context.portal.zone, strict=False)
    page = select_page(context.portal.comments, context.params, filtering)
    return Answer([_shown_comment(context, row) for row in page.rows], page.total, page.next)


def _shown_comment(context: Context, row: Row) -> dict[str, Any]:
    zone = context.portal.zone
    shown = {name: str(field.shown(row.values[field.name], zone)) for name, field in _COMMENT_FIELDS.items()}
    return shown | {"FILES": {}}


def todo_add(context: Context) -> Answer:
    """crm.activity.todo.add"""
    portal, params = context.portal, context.params
    if any(params.get(name) in (None, "") for name in ("ownerTypeId", "ownerId", "deadline")):
        raise error("required_missing")
    table = portal.records.get(to_int(params["ownerTypeId"]))
    if table is None:
        raise error("owner_gone")
    owner = table.rows.get(to_int(params["ownerId"]))
    if owner is None:
        raise error("owner_unknown")
    try:
        deadline = clock.read(str(params["deadline"]), portal.zone)
    except ValueError as problem:
        raise error("datetime_format") from problem
    row = portal.activities.add(_todo(context, owner, deadline))
    records.touch(portal, owner, context.user_id)
    context.wrote("todo", row.id, "create", {"title": (None, row.values["title"])})
    portal.tell(Happening("ONCRMACTIVITYADD", {"FIELDS": {"ID": row.id}}, context.actor))
    return Answer({"id": row.id})


def _todo(context: Context, owner: Row, deadline: int) -> dict[str, Any]:
    responsible = to_int(context.params.get("responsibleId")) or owner.values["assignedById"]
    if responsible not in context.portal.people:
        raise RestError(400, "INVALID_ARG_VALUE", "Responsible user not found")
    return {
        "owner_type": to_int(context.params["ownerTypeId"]),
        "owner": owner.id,
        "deadline": deadline,
        "title": str(context.params.get("title") or "To-do"),
        "description": str(context.params.get("description") or ""),
        "responsible": responsible,
        "completed": False,
        "actor": context.actor,
    }


def stage_history(context: Context) -> Answer:
    """crm.stagehistory.list: every stage a record ever stood in, without who moved it."""
    if to_int(context.params.get("entityTypeId")) != DEAL:
        raise RestError(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    portal = context.portal
    filtering = Filtering(_HISTORY_FIELDS.get, portal.zone, date_filter=portal.date_filter)
    page = select_page(portal.history, context.params, filtering)
    items = [
        {name: field.shown(row.values[field.name], portal.zone) for name, field in _HISTORY_FIELDS.items()}
        for row in page.rows
    ]
    return Answer({"items": items}, page.total, page.next)


METHODS: Final[dict[str, Method]] = {
    "crm.timeline.comment.add": comment_add,
    "crm.timeline.comment.list": comment_list,
    "crm.activity.todo.add": todo_add,
    "crm.stagehistory.list": stage_history,
}
