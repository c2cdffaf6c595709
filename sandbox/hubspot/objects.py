"""The object API, one record or one page at a time. Batches are in batches.py, searches in search.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.hubspot.bodies import Merge, NewLink, NewObject, Properties
from sandbox.hubspot.errors import conflict, invalid
from sandbox.hubspot.kinds import CONTACTS, LINK_TYPE_BY_ID, NOTES, TASKS, Kind
from sandbox.hubspot.portal import Portal, raw_json
from sandbox.hubspot.reading import Query, kind_named, nothing, object_id, read_body
from sandbox.hubspot.records import Record

PAGE_MAX = 100
PAGE_MAX_WITH_HISTORY = 50
TASK_DEFAULTS = {"hs_task_status": "NOT_STARTED", "hs_task_priority": "NONE", "hs_task_type": "TODO"}


class Objects:
    """Handlers of /crm/v3/objects."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [
            ("GET", "/crm/v3/objects/{kind}", self.page),
            ("POST", "/crm/v3/objects/{kind}", self.create),
            ("POST", "/crm/v3/objects/{kind}/merge", self.merge),
            ("GET", "/crm/v3/objects/{kind}/{id}", self.get),
            ("PATCH", "/crm/v3/objects/{kind}/{id}", self.update),
            ("DELETE", "/crm/v3/objects/{kind}/{id}", self.archive),
        ]

    def page(self, call: Call) -> Response:
        """Return one page in order of id."""
        kind = kind_of(call)
        query = Query(
            call, "limit", "after", "properties", "propertiesWithHistory", "associations", "archived"
        )
        history = query.names("propertiesWithHistory")
        limit = query.number("limit", 10, 1, PAGE_MAX_WITH_HISTORY if history else PAGE_MAX)
        links = [kind_named(name) for name in query.names("associations")]
        view = self._portal.view(kind, query.names("properties"), history, links)
        table, archived = self._portal.account.tables[kind], query.flag("archived")
        records, following = table.page(query.cursor(), limit, archived=archived)
        self._portal.shown(kind, records, listing=True)
        results = ",".join([self._portal.show(record, view) for record in records])
        return raw_json(200, f'{{"results":[{results}]{_paging(call, following)}}}')

    def get(self, call: Call) -> Response:
        """Return one record; one that was merged away leads to the record it became."""
        kind = kind_of(call)
        query = Query(call, "properties", "propertiesWithHistory", "associations", "archived", "idProperty")
        links = [kind_named(name) for name in query.names("associations")]
        archived = query.flag("archived")
        record = self._portal.find(kind, call.params["id"], query.text("idProperty"), archived=archived)
        view = self._portal.view(kind, query.names("properties"), query.names("propertiesWithHistory"), links)
        self._portal.shown(kind, [record], listing=False)
        return raw_json(200, self._portal.show(record, view))

    def create(self, call: Call) -> Response:
        """Create a record and link it."""
        nothing(call)
        kind = kind_of(call)
        record = create(self._portal, kind, read_body(call, NewObject))
        return raw_json(201, self._portal.show(record, self._portal.written(record, record.properties)))

    def update(self, call: Call) -> Response:
        """Change properties of a record."""
        kind = kind_of(call)
        id_property = Query(call, "idProperty").text("idProperty")
        given = read_body(call, Properties).properties
        record = update(self._portal, self._portal.find(kind, call.params["id"], id_property), given)
        return raw_json(200, self._portal.show(record, self._portal.written(record, given)))

    def archive(self, call: Call) -> Response:
        """Move a record to the recycle bin; also fine when it is not there."""
        nothing(call)
        archive(self._portal, kind_of(call), call.params["id"])
        return Response(status_code=204)

    def merge(self, call: Call) -> Response:
        """Merge two records into a new one."""
        nothing(call)
        kind = kind_of(call)
        body = read_body(call, Merge)
        primary, other = (self._portal.find(kind, id) for id in (body.primary, body.other))
        if primary is other:
            raise invalid("A record cannot be merged with itself")
        record = self._portal.changes.merge(primary, other, self._portal.app)
        self._portal.note_write(record, "merge", {"merged": {"from": [body.primary, body.other], "to": None}})
        return raw_json(200, self._portal.show(record, self._portal.view(kind, record.properties)))


def kind_of(call: Call) -> Kind:
    """Return the object type that the path names, and count the call under that type's plural."""
    kind = kind_named(call.params["kind"])
    call.name = call.name.replace("{kind}", kind.name)
    return kind


def create(portal: Portal, kind: Kind, body: NewObject) -> Record:
    """Create a record as the app, with its links."""
    given = (TASK_DEFAULTS if kind is TASKS else {}) | body.properties
    if kind in (TASKS, NOTES) and not given.get("hs_timestamp"):
        message = f"Error creating {kind.singular.upper()}. Some required properties were not set."
        raise invalid(message, context={"properties": ["hs_timestamp"]})
    targets = link_targets(portal, kind, body.associations)
    refuse_duplicate(portal, kind, given)
    values = portal.changes.check(kind, given)
    record = portal.changes.create(kind, values, portal.app)
    for target in targets:
        portal.changes.link(record, target, portal.app)
    changes = {name: {"from": None, "to": value} for name, value in values.items()}
    portal.note_write(record, "create", changes)
    return record


def update(portal: Portal, record: Record, given: Mapping[str, Any]) -> Record:
    """Change a record as the app."""
    record = portal.writing(record)
    refuse_duplicate(portal, record.kind, given, record)
    values = portal.changes.check(record.kind, given, record)
    changed = portal.changes.update(record, values, portal.app)
    portal.note_write(record, "update", dict(changed))
    return record


def archive(portal: Portal, kind: Kind, id: str) -> None:
    """Move a record to the recycle bin as the app; nothing happens when it is not there."""
    record = portal.account.tables[kind].get(object_id(id))
    if record is None:
        return
    record = portal.writing(record)
    portal.changes.archive(record, portal.app)
    portal.note_write(record, "archive", {})


def refuse_duplicate(
    portal: Portal, kind: Kind, given: Mapping[str, Any], record: Record | None = None
) -> None:
    """Refuse a second contact with the same e-mail."""
    email = given.get("email") if kind is CONTACTS else None
    holder = portal.account.tables[kind].find("email", str(email)) if email else None
    if holder is not None and holder is not record:
        raise conflict(f"Contact already exists. Existing ID: {holder.id}")


def link_targets(portal: Portal, kind: Kind, links: Sequence[NewLink]) -> list[Record]:
    """Return the records that a new one is to be linked to."""
    return [linked_record(portal, kind, link.to.id, [spec.type_id for spec in link.types]) for link in links]


def linked_record(portal: Portal, kind: Kind, id: str, type_ids: Sequence[int]) -> Record:
    """Return the record to link to; refuse types of another direction and records that do not exist."""
    types = [LINK_TYPE_BY_ID.get(type_id) for type_id in type_ids]
    first = types[0]
    if first is None or any(each is None or each.source is not kind for each in types):
        raise invalid(f"Association types {list(type_ids)} are not valid from {kind.name}")
    target = portal.find_or_none(first.target, id)
    if target is None:
        raise invalid(f"Object {id} of type {first.target.type_id} does not exist")
    return target


def _paging(call: Call, following: int | None) -> str:
    if following is None:
        return ""
    kept = [(name, value) for name, value in call.query if name != "after"]
    link = f"https://api.hubapi.com{call.path}?{urlencode([*kept, ('after', str(following))])}"
    return f',"paging":{{"next":{{"after":"{following}","link":"{link}"}}}}'
