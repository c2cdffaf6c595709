"""What it means to create, change and delete a deal, contact or company, whoever does it."""

from collections.abc import Mapping
from typing import Any, Final

from .errors import error, invalid_value, required
from .fields import COMPANY, CONTACT, DEAL, Field, Schema
from .php import pairs_of, to_int
from .pipelines import Stage
from .portal import Actor, CardLine, Happening, Portal, Row

EVENT_NAMES: Final = {DEAL: "DEAL", CONTACT: "CONTACT", COMPANY: "COMPANY"}
_CREATED, _MOVED, _FINISHED, _CHANGED_PIPELINE = 1, 2, 3, 5
# Which single reference follows the first of which list.
_FIRST_OF: Final = {DEAL: ("contactId", "contactIds"), CONTACT: ("companyId", "companyIds")}

# What follows from another field is no line of its own on the card.
_FOLLOWING: Final = frozenset({"stageSemanticId", "closed"})

_FIRST_LINES: Final = ("stageId", "assignedById")

Changes = dict[str, tuple[Any, Any]]


def typed(portal: Portal, schema: Schema, given: Any, find: Mapping[str, Field]) -> dict[str, Any]:
    """Return the values that can be written, typed; unknown and read-only names are silently left out.

    Raises RestError for a value its field cannot take.
    """
    values: dict[str, Any] = {}
    for name, value in pairs_of(given).items():
        field = find.get(name)
        if field is not None and not field.read_only:
            values[field.name] = field.typed(value, portal.zone)
    _check_references(portal, values)
    return values


def _check_references(portal: Portal, values: Mapping[str, Any]) -> None:
    owner, currency = values.get("assignedById"), values.get("currencyId")
    if owner is not None and owner not in portal.people:
        raise invalid_value("assignedById")
    if currency is not None and currency not in portal.currencies:
        raise invalid_value("currencyId")


def create(portal: Portal, kind: int, values: dict[str, Any], actor: Actor, *, tell: bool = True) -> Row:
    """Create a record with typed values; raises RestError when pipeline or stage do not exist."""
    now = portal.seconds()
    values = {"assignedById": actor.user_id, **values}
    _follow_first(kind, values, {})
    if kind == DEAL:
        values |= {"movedTime": now, "movedBy": actor.user_id, **_entry(portal, values)}
    stamps = {"createdTime": now, "updatedTime": now, "createdBy": actor.user_id, "updatedBy": actor.user_id}
    row = portal.records[kind].add(values | stamps)
    row.values |= {"lastActivityTime": now, "lastActivityBy": actor.user_id}
    if kind == DEAL:
        row.values["title"] = row.values.get("title") or f"Deal #{row.id}"
        _note_move(portal, row, _CREATED)
    if tell:
        if kind == DEAL:
            _note_card(portal, row, {name: (None, row.values[name]) for name in _FIRST_LINES}, actor)
        _tell(portal, kind, "ADD", row.id, actor)
    return row


def _entry(portal: Portal, values: Mapping[str, Any]) -> dict[str, Any]:
    category = portal.category(values.get("categoryId") or 0)
    if category is None:
        raise invalid_value("categoryId")
    stage = category.stage(values.get("stageId") or "") or category.stages[0]
    return {"categoryId": category.id, **_standing(stage)}


def _standing(stage: Stage) -> dict[str, Any]:
    """Return all values that follow from the stage."""
    closed = "N" if stage.semantic == "P" else "Y"
    return {"stageId": stage.status_id, "stageSemanticId": stage.semantic, "closed": closed}


def update(
    portal: Portal, kind: int, row: Row, values: dict[str, Any], actor: Actor, *, tell: bool = True
) -> Changes:
    """Change a record; returns what changed. If nothing differs, nothing is saved and nobody is told.

    Raises RestError for a pipeline or stage that does not exist, and for a field missing at the new stage.
    """
    values = dict(values)
    if kind == DEAL:
        values |= _move(portal, row, values)
    _follow_first(kind, values, row.values)
    schema = portal.schemas[kind]
    before = {name: row.values.get(name, _default(schema, name)) for name in values}
    changes = {name: (before[name], value) for name, value in values.items() if value != before[name]}
    _check_name(kind, row, changes)
    if changes:
        _save(portal, kind, row, changes, actor, tell)
    return changes


def _check_name(kind: int, row: Row, changes: Changes) -> None:
    names = {name: changes.get(name, (None, row.values.get(name)))[1] for name in ("name", "lastName")}
    if kind == CONTACT and changes and not any(names.values()):
        raise required("Name")


def _default(schema: Schema, name: str) -> Any:
    field = schema.by_name.get(name)
    if field is None:
        return None
    return [] if field.multiple else field.default


def _move(portal: Portal, row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """Return pipeline and stage as they will be; a stage of another pipeline alone is ignored."""
    here = row.values["categoryId"]
    target, wanted = values.pop("categoryId", here), values.pop("stageId", None)
    category = portal.category(here if target is None else target)
    if category is None:
        raise invalid_value("categoryId")
    if category.id != here:
        stage = category.stage(wanted or "") or category.stages[0]
        return {"categoryId": category.id, **_standing(stage)}
    if not wanted or wanted == row.values["stageId"]:
        return {}
    if not any(one.stage(wanted) for one in portal.categories):
        raise invalid_value("stageId")
    here_too = category.stage(wanted)
    if here_too is None:
        return {}
    _check_required(portal, row, values, wanted)
    return _standing(here_too)


def _check_required(portal: Portal, row: Row, values: Mapping[str, Any], status_id: str) -> None:
    for name in portal.required.get(status_id, ()):
        field = portal.schemas[DEAL].find(name)
        if field and values.get(field.name, row.values.get(field.name)) in (None, "", [], 0, 0.0):
            raise required(field.title or field.upper_name)


def _save(portal: Portal, kind: int, row: Row, changes: Changes, actor: Actor, tell: bool) -> None:
    now = portal.seconds()
    row.values |= {name: after for name, (_, after) in changes.items()}
    row.values |= {"updatedTime": now, "updatedBy": actor.user_id}
    if "stageId" in changes:
        row.values |= {"movedTime": now, "movedBy": actor.user_id}
        _note_move(portal, row, _move_type(portal, row, changes))
    if kind == DEAL:
        _note_card(portal, row, changes, actor)
    if not tell:
        return
    if "categoryId" in changes:
        data = {"ID": row.id, "CATEGORY_ID": row.values["categoryId"], "STAGE_ID": row.values["stageId"]}
        portal.tell(Happening("ONCRMDEALMOVETOCATEGORY", {"FIELDS": data}, actor, moved=True))
    else:
        _tell(portal, kind, "UPDATE", row.id, actor)


def _move_type(portal: Portal, row: Row, changes: Changes) -> int:
    if "categoryId" in changes:
        return _CHANGED_PIPELINE
    stage = portal.stage_of(row)
    return _FINISHED if stage and stage.semantic != "P" else _MOVED


def _note_move(portal: Portal, row: Row, type_id: int) -> None:
    stage = portal.stage_of(row)
    portal.history.add(
        {
            "type": type_id,
            "owner": row.id,
            "time": portal.seconds(),
            "category": row.values["categoryId"],
            "semantic": stage.semantic if stage else "P",
            "stage": row.values["stageId"],
        }
    )


def _note_card(portal: Portal, row: Row, changes: Changes, actor: Actor) -> None:
    schema, now = portal.schemas[DEAL], portal.seconds()
    for name in changes.keys() & schema.by_name.keys() - _FOLLOWING:
        field, after = schema.by_name[name], changes[name][1]
        value = None if after is None else str(field.shown(after, portal.zone))
        portal.card_lines[row.id].append(CardLine(now, field.original or name, value, actor))


def _follow_first(kind: int, values: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Keep the deprecated single reference and the list of references in step."""
    if kind not in _FIRST_OF:
        return
    one, many = _FIRST_OF[kind]
    if many in values:
        values[one] = values[many][0] if values[many] else 0
    elif values.get(one) is not None and one in values:
        rest = [id for id in before.get(many, ()) if id != before.get(one) and id != values[one]]
        values[many] = [values[one], *rest] if values[one] else rest


def delete(portal: Portal, kind: int, row: Row, actor: Actor) -> None:
    """Move a record to the recycle bin, out of reach of the API."""
    portal.records[kind].remove(row.id)
    _tell(portal, kind, "DELETE", row.id, actor)


def touch(portal: Portal, deal: Row, user_id: int) -> None:
    """Note activity in the timeline, which leaves `updatedTime` alone."""
    deal.values |= {"lastActivityTime": portal.seconds(), "lastActivityBy": user_id}


def find(portal: Portal, kind: int, id: Any) -> Row:
    """Return the record; raises RestError NOT_FOUND when it is gone or never was."""
    row = portal.records[kind].rows.get(to_int(id))
    if row is None:
        raise error("item_unknown")
    return row


def _tell(portal: Portal, kind: int, verb: str, id: int, actor: Actor) -> None:
    portal.tell(Happening(f"ONCRM{EVENT_NAMES[kind]}{verb}", {"FIELDS": {"ID": id}}, actor))
