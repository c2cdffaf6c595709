"""The legacy methods crm.deal.*: UPPER_CASE names, everything a string, errors without a code."""

from typing import Any, Final

from . import records
from .context import Answer, Context, Method
from .errors import RestError, error
from .fields import DEAL, Field
from .filters import Filtering
from .items import before_write, refuse_stage
from .paging import select_page
from .php import is_true, to_int, values_of
from .portal import Portal, Row

# Writable here, but never returned.
_HIDDEN: Final = frozenset({"CONTACT_IDS"})


def _names(portal: Portal) -> dict[str, Field]:
    return portal.schemas[DEAL].by_legacy


def _shown(portal: Portal, row: Row, names: list[str] | None = None) -> dict[str, Any]:
    known = _names(portal)
    wanted = [name for name in names or known if name in known and name not in _HIDDEN]
    return {name: _value(portal, row, known[name]) for name in wanted}


def _value(portal: Portal, row: Row, field: Field) -> Any:
    return field.shown_legacy(row.values.get(field.name, field.default), portal.zone)


def _find(context: Context) -> Row:
    id = to_int(context.param("id"))
    if id <= 0:
        raise error("legacy_id")
    row = context.portal.records[DEAL].rows.get(id)
    if row is None:
        raise error("legacy_unknown")
    return row


def _written(context: Context) -> dict[str, Any]:
    given = context.param("fields")
    if not isinstance(given, dict):
        raise error("legacy_fields")
    portal = context.portal
    try:
        return records.typed(portal, portal.schemas[DEAL], given, _names(portal))
    except RestError as problem:
        raise RestError(400, "", problem.description) from problem


def get(context: Context) -> Answer:
    """crm.deal.get"""
    row = _find(context)
    context.read([row.id], listing=False)
    return Answer(_shown(context.portal, row))


def list_(context: Context) -> Answer:
    """crm.deal.list"""
    portal = context.portal
    filtering = Filtering(_names(portal).get, portal.zone, strict=False, date_filter=portal.date_filter)
    page = select_page(portal.records[DEAL], context.params, filtering)
    context.read([row.id for row in page.rows], listing=True)
    select = [str(name) for name in values_of(context.param("select"))]
    known = [name for name in _names(portal) if not name.startswith("UF_")]
    chosen = list(dict.fromkeys([*(known if "*" in select else ()), *select])) if select else known
    if "UF_*" in chosen:
        chosen += [name for name in _names(portal) if name.startswith("UF_")]
    rows = [_shown(portal, row, list(dict.fromkeys(["ID", *chosen]))) for row in page.rows]
    return Answer(rows, page.total, page.next)


def add(context: Context) -> Answer:
    """crm.deal.add"""
    values = _written(context)
    row = records.create(context.portal, DEAL, values, context.actor)
    context.wrote("deal", row.id, "create", {name: (None, value) for name, value in values.items()})
    return Answer(row.id)


def update(context: Context) -> Answer:
    """crm.deal.update, which cannot change the pipeline and ignores a foreign stage."""
    row, values = _find(context), _written(context)
    row = before_write(context, row.id)
    values.pop("categoryId", None)
    category = context.portal.category(row.values["categoryId"])
    if category is None or category.stage(values.get("stageId") or "") is None:
        values.pop("stageId", None)
    refuse_stage(context, row, values)
    changes = records.update(context.portal, DEAL, row, values, context.actor)
    context.wrote("deal", row.id, "update", changes)
    return Answer(True)


def delete(context: Context) -> Answer:
    """crm.deal.delete"""
    row = before_write(context, _find(context).id)
    records.delete(context.portal, DEAL, row, context.actor)
    context.wrote("deal", row.id, "delete", {})
    return Answer(True)


def fields(context: Context) -> Answer:
    """crm.deal.fields"""
    described = {}
    for name, field in _names(context.portal).items():
        entry = field.described() | {"isImmutable": name == "CATEGORY_ID"}
        described[name] = {key: value for key, value in entry.items() if key != "upperName"}
    return Answer(described)


def userfields(context: Context) -> Answer:
    """crm.deal.userfield.list"""
    custom = [field for field in _names(context.portal).values() if field.original]
    rows = [_userfield(5815 + 2 * number, field) for number, field in enumerate(custom)]
    return Answer(rows, len(rows))


def _userfield(id: int, field: Field) -> dict[str, Any]:
    labels = dict.fromkeys(("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"), field.title)
    row: dict[str, Any] = {
        "ID": str(id),
        "ENTITY_ID": "CRM_DEAL",
        "FIELD_NAME": field.original,
        "USER_TYPE_ID": field.type,
        "XML_ID": None,
        "SORT": "100",
        "MULTIPLE": "Y" if field.multiple else "N",
        "MANDATORY": "Y" if field.mandatory else "N",
        "SHOW_FILTER": "N",
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y",
        "IS_SEARCHABLE": "N",
        "SETTINGS": {},
        **labels,
    }
    if field.options:
        row["LIST"] = [
            {"ID": str(key), "SORT": "10", "VALUE": text, "DEF": "N"} for key, text in field.options
        ]
    return row


def contacts(context: Context) -> Answer:
    """crm.deal.contact.items.get"""
    row = _bound(context)
    return Answer(
        [
            {"CONTACT_ID": id, "SORT": 10 * number, "ROLE_ID": 0, "IS_PRIMARY": "Y" if number == 1 else "N"}
            for number, id in enumerate(row.values.get("contactIds", ()), start=1)
        ]
    )


def set_contacts(context: Context) -> Answer:
    """crm.deal.contact.items.set: the whole list is replaced."""
    row, items = _bound(context), context.param("items")
    if not isinstance(items, list):
        raise error("binding_items")
    given = [item for item in items if isinstance(item, dict) and to_int(item.get("CONTACT_ID")) > 0]
    given.sort(key=lambda item: (not is_true(item.get("IS_PRIMARY")), to_int(item.get("SORT"))))
    return _bind(context, row, [to_int(item["CONTACT_ID"]) for item in given])


def add_contact(context: Context) -> Answer:
    """crm.deal.contact.add"""
    row, given = _bound(context), context.param("fields")
    id = to_int(given.get("CONTACT_ID")) if isinstance(given, dict) else 0
    if id <= 0:
        raise error("binding_fields")
    ids = list(row.values.get("contactIds", ()))
    return Answer(False) if id in ids else _bind(context, row, [*ids, id])


def _bound(context: Context) -> Row:
    id = to_int(context.param("id"))
    if id <= 0:
        raise error("binding_id")
    row = context.portal.records[DEAL].rows.get(id)
    if row is None:
        raise error("binding_unknown")
    return row


def _bind(context: Context, row: Row, ids: list[int]) -> Answer:
    row = before_write(context, row.id)
    changes = records.update(context.portal, DEAL, row, {"contactIds": ids}, context.actor)
    context.wrote("deal", row.id, "update", changes)
    return Answer(True)


METHODS: Final[dict[str, Method]] = {
    "crm.deal.get": get,
    "crm.deal.list": list_,
    "crm.deal.add": add,
    "crm.deal.update": update,
    "crm.deal.delete": delete,
    "crm.deal.fields": fields,
    "crm.deal.userfield.list": userfields,
    "crm.deal.contact.items.get": contacts,
    "crm.deal.contact.items.set": set_contacts,
    "crm.deal.contact.add": add_contact,
}
