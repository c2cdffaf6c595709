"""The association APIs: v4 for one record and in bulk, and the bulk calls of v3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from sandbox.call import Call, Handler, json_answer
from sandbox.hubspot.batches import check_size
from sandbox.hubspot.bodies import Cut, LinkReads, LinkSpec, Pair, Pairs, TypedPairs
from sandbox.hubspot.errors import batch_error, invalid
from sandbox.hubspot.kinds import Kind, LinkType, link_types
from sandbox.hubspot.objects import linked_record
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.reading import Query, check_json_type, kind_named, nothing, object_id, read_body
from sandbox.hubspot.records import Record, now_ms
from sandbox.hubspot.values import iso

PAGE_MAX = 500
READ_MAX = 1_000
CREATE_MAX = 2_000
LINK_SPECS = TypeAdapter(list[LinkSpec])
NO_LINKS = "crm.associations.NO_ASSOCIATIONS_FOUND"


class Associations:
    """Handlers of all association calls."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        one, many = "/crm/v4/objects/{source}/{id}/associations", "/crm/v4/associations/{source}/{target}"
        legacy = "/crm/v3/associations/{source}/{target}"
        return [
            ("PUT", one + "/default/{target}/{target_id}", self.link_default),
            ("GET", one + "/{target}", self.links_of),
            ("PUT", one + "/{target}/{target_id}", self.link_typed),
            ("DELETE", one + "/{target}/{target_id}", self.unlink),
            (
                "PUT",
                "/crm/v3/objects/{source}/{id}/associations/{target}/{target_id}/{type}",
                self.link_legacy,
            ),
            ("POST", many + "/batch/read", self.read),
            ("POST", many + "/batch/associate/default", self.link_default_many),
            ("POST", many + "/batch/create", self.link_many),
            ("POST", many + "/batch/archive", self.unlink_many),
            ("POST", legacy + "/batch/read", self.read_legacy),
            ("POST", legacy + "/batch/create", self.link_many_legacy),
        ]

    def links_of(self, call: Call) -> Response:
        """Return the links of one record to one object type."""
        query = Query(call, "limit", "after")
        source, target = self._kinds(call)
        self._portal.find(source, call.params["id"])
        limit, after = query.number("limit", PAGE_MAX, 1, PAGE_MAX), query.cursor()
        # By the id of a merged record nothing is found, though the record itself leads to its survivor.
        links = self._portal.account.links.targets(source, object_id(call.params["id"]), target)
        later = [(id, types) for id, types in links.items() if id >= after]
        answer: dict[str, Any] = {"results": [_link(id, types) for id, types in later[:limit]]}
        if len(later) > limit:
            answer["paging"] = {"next": {"after": str(later[limit][0])}}
        return json_answer(200, answer)

    def link_default(self, call: Call) -> Response:
        """Link two records without a label."""
        nothing(call)
        source, target = self._kinds(call)
        record = self._portal.find(source, call.params["id"])
        other = self._portal.find(target, call.params["target_id"])
        self._link(record, other)
        return _complete(200, _default_rows(record, other))

    def link_typed(self, call: Call) -> Response:
        """Link two records with given types."""
        nothing(call)
        check_json_type(call)
        source, target = self._kinds(call)
        try:
            specs = LINK_SPECS.validate_json(call.body)
        except ValidationError as problem:
            raise invalid("Invalid input JSON: a list of association types is needed") from problem
        record = self._portal.find(source, call.params["id"])
        type_ids = [spec.type_id for spec in specs] or [0]
        other = linked_record(self._portal, source, call.params["target_id"], type_ids)
        if other.kind is not target:
            raise invalid(f"Association types {type_ids} do not lead to {target.name}")
        self._link(record, other)
        return json_answer(201, _labels(record, other))

    def link_legacy(self, call: Call) -> Response:
        """Link two records with the type in the path, as v3 does."""
        nothing(call)
        source, target = self._kinds(call)
        record = self._portal.find(source, call.params["id"])
        names = {str(each.type_id) for each in link_types(source, target)}
        names |= {each.legacy for each in link_types(source, target)}
        if call.params["type"] not in names:
            raise invalid(f"{call.params['type']} is not an association type of these objects")
        self._link(record, self._portal.find(target, call.params["target_id"]))
        return json_answer(200, record.fields(self._portal.account.portal_id, ["hs_object_id"]))

    def unlink(self, call: Call) -> Response:
        """Remove every link between two records."""
        nothing(call)
        source, target = self._kinds(call)
        self._unlink(source, call.params["id"], target, call.params["target_id"])
        return Response(status_code=204)

    def read(self, call: Call) -> Response:
        """Return the links of many records; one without links makes it a 207."""
        return self._read(call, _link)

    def read_legacy(self, call: Call) -> Response:
        """Return the links of many records in the form of v3."""
        return self._read(call, lambda id, types: {"id": str(id), "type": types[-1].legacy})

    def link_default_many(self, call: Call) -> Response:
        """Link many pairs without labels."""
        return self._link_pairs(call, 200, _default_rows)

    def link_many_legacy(self, call: Call) -> Response:
        """Link many pairs as v3 does."""
        return self._link_pairs(call, 201, lambda record, other: _default_rows(record, other)[:1])

    def link_many(self, call: Call) -> Response:
        """Link many pairs with given types."""
        nothing(call)
        source, _ = self._kinds(call)
        inputs = read_body(call, TypedPairs).inputs
        check_size(inputs, CREATE_MAX)
        pairs = [
            (
                self._portal.find(source, each.source.id),
                linked_record(self._portal, source, each.to.id, [spec.type_id for spec in each.types]),
            )
            for each in inputs
        ]
        for record, other in pairs:
            self._link(record, other)
        return _complete(201, [_labels(record, other) for record, other in pairs])

    def unlink_many(self, call: Call) -> Response:
        """Remove the links between many pairs."""
        nothing(call)
        source, target = self._kinds(call)
        for each in read_body(call, Cut).inputs:
            for to in each.to:
                self._unlink(source, each.source.id, target, to.id)
        return Response(status_code=204)

    def _kinds(self, call: Call) -> tuple[Kind, Kind]:
        source, target = kind_named(call.params["source"]), kind_named(call.params["target"])
        call.name = call.name.replace("{source}", source.name).replace("{target}", target.name)
        return source, target

    def _read(self, call: Call, show: Callable[[int, list[LinkType]], dict[str, Any]]) -> Response:
        nothing(call)
        source, target = self._kinds(call)
        inputs = read_body(call, LinkReads).inputs
        check_size(inputs, READ_MAX)
        results, problems = [], []
        for each in inputs:
            links = self._portal.account.links.targets(source, object_id(each.id), target)
            if links:
                rows = [show(id, types) for id, types in links.items()]
                results.append({"from": {"id": each.id}, "to": rows})
            else:
                problems.append(_no_links(source, target, each.id))
        return _complete(207 if problems else 200, results, problems)

    def _link_pairs(
        self, call: Call, status: int, rows: Callable[[Record, Record], list[dict[str, Any]]]
    ) -> Response:
        nothing(call)
        source, target = self._kinds(call)
        inputs: list[Pair] = read_body(call, Pairs).inputs
        check_size(inputs, CREATE_MAX)
        pairs = [
            (self._portal.find(source, each.source.id), self._portal.find(target, each.to.id))
            for each in inputs
        ]
        for record, other in pairs:
            self._link(record, other)
        return _complete(status, [row for record, other in pairs for row in rows(record, other)])

    def _link(self, record: Record, other: Record) -> None:
        if not link_types(record.kind, other.kind):
            raise invalid(f"{record.kind.name} cannot be associated with {other.kind.name}")
        if self._portal.changes.link(record, other, self._portal.app):
            change = {other.kind.name: {"from": None, "to": str(other.id)}}
            self._portal.note_write(record, "link", change)

    def _unlink(self, source: Kind, id: str, target: Kind, target_id: str) -> None:
        record, other = self._portal.find(source, id), self._portal.find(target, target_id)
        if self._portal.changes.unlink(record, other, self._portal.app):
            change = {target.name: {"from": target_id, "to": None}}
            self._portal.note_write(record, "unlink", change)


def _complete(
    status: int, results: list[dict[str, Any]], problems: list[dict[str, Any]] | None = None
) -> Response:
    moment = iso(now_ms())
    answer: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": moment,
        "completedAt": moment,
    }
    if problems:
        answer |= {"numErrors": len(problems), "errors": problems}
    return json_answer(status, answer)


def _link(id: int, types: list[LinkType]) -> dict[str, Any]:
    # The specification says `toObjectId` is a string; the wire carries a number.
    return {
        "toObjectId": id,
        "associationTypes": [
            {"category": "HUBSPOT_DEFINED", "typeId": each.type_id, "label": each.label} for each in types
        ],
    }


def _default_rows(record: Record, other: Record) -> list[dict[str, Any]]:
    return [
        {
            "from": {"id": str(here.id)},
            "to": {"id": str(there.id)},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": link_types(here.kind, there.kind)[0].type_id,
            },
        }
        for here, there in ((record, other), (other, record))
    ]


def _labels(record: Record, other: Record) -> dict[str, Any]:
    return {
        "fromObjectTypeId": record.kind.type_id,
        "fromObjectId": record.id,
        "toObjectTypeId": other.kind.type_id,
        "toObjectId": other.id,
        "labels": [],
    }


def _no_links(source: Kind, target: Kind, id: str) -> dict[str, Any]:
    message = f"No {target.singular} is associated with {source.singular} {id}."
    context = {"fromObjectId": [id], "fromObjectType": [source.type_id], "toObjectType": [target.type_id]}
    return batch_error("OBJECT_NOT_FOUND", message, context, subCategory=NO_LINKS)
