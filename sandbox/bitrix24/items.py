"""The universal methods crm.item.*: camelCase names, numbers as numbers, one shape for all kinds."""

from collections import ChainMap
from typing import Any, Final

from . import records
from .communications import add_communications, change_communications, flat_aliases
from .context import Answer, Context, Method
from .errors import error
from .fields import COMPANY, CONTACT, DEAL, Field, Schema
from .filters import Filtering
from .paging import select_page
from .php import is_true, to_int, values_of
from .portal import Portal, Row
from .schemas import DISABLED

_OBJECTS: Final = {DEAL: "deal", CONTACT: "contact", COMPANY: "company"}
_SHIFTED: Final = ("createdTime", "updatedTime")


def _kind(context: Context) -> int:
    kind = to_int(context.params.get("entityTypeId"))
    if kind not in context.portal.schemas:
        raise error("type_unknown")
    return kind


def _names(context: Context, schema: Schema) -> dict[str, Field]:
    """Return the names this call may use: custom fields go by their original ones only on request."""
    if not is_true(context.params.get("useOriginalUfNames")):
        return schema.by_name
    return {field.original or field.name: field for field in schema.by_name.values()}


def shown(portal: Portal, kind: int, row: Row, names: dict[str, Field] | None = None) -> dict[str, Any]:
    """Return a whole record as these methods answer it."""
    names = names or portal.schemas[kind].by_name
    item = {name: _value(portal, row, field) for name, field in names.items()}
    item |= dict.fromkeys(DISABLED[kind])
    if kind != DEAL:
        item |= {"fm": row.values.get("fm", []), **flat_aliases(row.values.get("fm", []))}
    return item | {"entityTypeId": kind}


def _value(portal: Portal, row: Row, field: Field) -> Any:
    value = row.values.get(field.name, field.default)
    if field.name in _SHIFTED and value is not None:
        value += portal.record_time_shift_s
    return field.shown(value, portal.zone)


def fields(context: Context) -> Answer:
    """crm.item.fields"""
    schema = context.portal.schemas[_kind(context)]
    return Answer({"fields": {name: one.described() for name, one in _names(context, schema).items()}})


def get(context: Context) -> Answer:
    """crm.item.get"""
    kind = _kind(context)
    row = records.find(context.portal, kind, context.params.get("id"))
    if kind == DEAL:
        context.read([row.id], listing=False)
    return Answer({"item": shown(context.portal, kind, row, _names(context, context.portal.schemas[kind]))})


def list_(context: Context) -> Answer:
    """crm.item.list"""
    kind, portal = _kind(context), context.portal
    names = _names(context, portal.schemas[kind])
    # Filters and orders take the standard fields in upper case too; the vendor's own client counts on it.
    find = ChainMap(names, portal.schemas[kind].by_upper).get
    filtering = Filtering(find, portal.zone, date_filter=portal.date_filter)
    page = select_page(portal.records[kind], context.params, filtering)
    if kind == DEAL:
        context.read([row.id for row in page.rows], listing=True)
    select = [str(name) for name in values_of(context.params.get("select"))]
    items = [_selected(portal, kind, row, names, select) for row in page.rows]
    return Answer({"items": items}, page.total, page.next)


def _selected(
    portal: Portal, kind: int, row: Row, names: dict[str, Field], select: list[str]
) -> dict[str, Any]:
    if not select or "*" in select:
        return shown(portal, kind, row, names)
    wanted = [name for name in dict.fromkeys(select) if name in names]
    if names is not portal.schemas[kind].by_name:
        # Known fault of the vendor: with original names, `select` loses the standard fields.
        wanted = [name for name in wanted if names[name].original]
    return {name: _value(portal, row, names[name]) for name in wanted}


def add(context: Context) -> Answer:
    """crm.item.add"""
    kind, portal = _kind(context), context.portal
    given = context.params.get("fields") or {}
    names = _names(context, portal.schemas[kind])
    values = records.typed(portal, portal.schemas[kind], given, names)
    if kind != DEAL and isinstance(given, dict):
        values["fm"] = add_communications(portal, given.get("fm"))
    row = records.create(portal, kind, values, context.actor)
    context.wrote(_OBJECTS[kind], row.id, "create", {name: (None, value) for name, value in values.items()})
    return Answer({"item": shown(portal, kind, row, names)})


def update(context: Context) -> Answer:
    """crm.item.update"""
    kind, portal = _kind(context), context.portal
    given = context.params.get("fields") or {}
    names = _names(context, portal.schemas[kind])
    row = records.find(portal, kind, context.params.get("id"))
    values = records.typed(portal, portal.schemas[kind], given, names)
    if kind == DEAL:
        row = before_write(context, row.id)
        refuse_stage(context, row, values)
    elif isinstance(given, dict) and "fm" in given:
        values["fm"] = change_communications(portal, row.values.get("fm", []), given["fm"])
    changes = records.update(portal, kind, row, values, context.actor)
    context.wrote(_OBJECTS[kind], row.id, "update", changes)
    return Answer({"item": shown(portal, kind, row, names)})


def before_write(context: Context, deal_id: int) -> Row:
    """Let a planned edit happen just before this write, and return the deal as it then is."""
    context.services.faults.writing(str(deal_id))
    return records.find(context.portal, DEAL, deal_id)


def refuse_stage(context: Context, deal: Row, values: dict[str, Any]) -> None:
    """Raise RestError when a planned fault takes the right to move this deal away."""
    moves = values.get("stageId", deal.values["stageId"]) != deal.values["stageId"]
    if moves and context.services.faults.take(frozenset({"stage_denied"}), f"deal {deal.id}"):
        context.services.journal.counts.totals["faults"] += 1
        raise error("stage_denied")


def delete(context: Context) -> Answer:
    """crm.item.delete"""
    kind = _kind(context)
    row = records.find(context.portal, kind, context.params.get("id"))
    if kind == DEAL:
        row = before_write(context, row.id)
    records.delete(context.portal, kind, row, context.actor)
    context.wrote(_OBJECTS[kind], row.id, "delete", {})
    return Answer([])


METHODS: Final[dict[str, Method]] = {
    "crm.item.fields": fields,
    "crm.item.get": get,
    "crm.item.list": list_,
    "crm.item.add": add,
    "crm.item.update": update,
    "crm.item.delete": delete,
}
