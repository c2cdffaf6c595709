"""The object API in batches: at most 100 records (50 with history), partial success as 207."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from sandbox.call import Call, Handler, Refusal
from sandbox.hubspot.bodies import BatchRead, ChangedObject, ChangedObjects, NewObject, NewObjects, ObjectIds
from sandbox.hubspot.errors import batch_error, invalid, missing_objects
from sandbox.hubspot.kinds import CONTACTS, Kind
from sandbox.hubspot.objects import archive, create, kind_of, link_targets, refuse_duplicate, update
from sandbox.hubspot.portal import Portal, batch_text, raw_json
from sandbox.hubspot.reading import Query, nothing, read_body
from sandbox.hubspot.records import Record

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50


class Batches:
    """Handlers of /crm/v3/objects/{kind}/batch."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [
            ("POST", "/crm/v3/objects/{kind}/batch/read", self.read),
            ("POST", "/crm/v3/objects/{kind}/batch/create", self.create),
            ("POST", "/crm/v3/objects/{kind}/batch/update", self.update),
            ("POST", "/crm/v3/objects/{kind}/batch/upsert", self.upsert),
            ("POST", "/crm/v3/objects/{kind}/batch/archive", self.archive),
        ]

    def read(self, call: Call) -> Response:
        """Return records by id, in order of id, not of the request; unknown ids make it a 207."""
        kind = kind_of(call)
        archived = Query(call, "archived").flag("archived")
        body = read_body(call, BatchRead)
        check_size(body.inputs, MAX_INPUTS_WITH_HISTORY if body.with_history else MAX_INPUTS)
        found = {
            each.id: self._portal.find_or_none(kind, each.id, body.id_property, archived=archived)
            for each in body.inputs
        }
        records = {record.id: record for record in found.values() if record is not None}
        missing = [id for id, record in found.items() if record is None]
        view = self._portal.view(kind, body.properties, body.with_history)
        self._portal.shown(kind, list(records.values()), listing=False)
        results = [self._portal.show(records[id], view) for id in sorted(records)]
        return _answer(results, [missing_objects(kind, missing)] if missing else [])

    def create(self, call: Call) -> Response:
        """Create records; a wrong one fails all, unless every input has its own objectWriteTraceId."""
        nothing(call)
        kind = kind_of(call)
        inputs = read_body(call, NewObjects).inputs
        check_size(inputs, MAX_INPUTS)
        traces = {each.trace_id for each in inputs}
        if None in traces or len(traces) < len(inputs):
            for each in inputs:
                self._check_new(kind, each)
            return _answer([self._create(kind, each) for each in inputs], [], 201)
        results, problems = [], []
        for each in inputs:
            try:
                results.append(self._create(kind, each))
            except Refusal as refusal:
                problems.append(_traced(refusal, each.trace_id or ""))
        return _answer(results, problems, 201)

    def update(self, call: Call) -> Response:
        """Update records; unknown ids make it a 207, wrong values fail all."""
        nothing(call)
        kind = kind_of(call)
        inputs = read_body(call, ChangedObjects).inputs
        check_size(inputs, MAX_INPUTS)
        found = [(each, self._portal.find_or_none(kind, each.id, each.id_property)) for each in inputs]
        for each, record in found:
            if record is not None:
                self._portal.changes.check(kind, each.properties, record)
        results = [self._update(each, record) for each, record in found if record is not None]
        missing = [each.id for each, record in found if record is None]
        return _answer(results, [missing_objects(kind, missing)] if missing else [])

    def upsert(self, call: Call) -> Response:
        """Create or update records by a unique property."""
        nothing(call)
        kind = kind_of(call)
        inputs = read_body(call, ChangedObjects).inputs
        check_size(inputs, MAX_INPUTS)
        for each in inputs:
            self._check_upsert(kind, each)
        return _answer([self._upsert(kind, each) for each in inputs], [])

    def archive(self, call: Call) -> Response:
        """Move records to the recycle bin."""
        nothing(call)
        kind = kind_of(call)
        inputs = read_body(call, ObjectIds).inputs
        check_size(inputs, MAX_INPUTS)
        for each in inputs:
            archive(self._portal, kind, each.id)
        return Response(status_code=204)

    def _create(self, kind: Kind, each: NewObject) -> str:
        record = create(self._portal, kind, each)
        return self._written(record, list(record.properties), each.trace_id)

    def _update(self, each: ChangedObject, record: Record) -> str:
        record = update(self._portal, record, each.properties)
        return self._written(record, list(each.properties), each.trace_id)

    def _check_new(self, kind: Kind, each: NewObject) -> None:
        refuse_duplicate(self._portal, kind, each.properties)
        link_targets(self._portal, kind, each.associations)
        self._portal.changes.check(kind, each.properties)

    def _check_upsert(self, kind: Kind, each: ChangedObject) -> None:
        name = _unique_name(kind, each)
        record = self._portal.find_or_none(kind, each.id, name)
        if record is not None:
            self._portal.changes.check(kind, each.properties, record)
        elif name == "hs_object_id":
            raise invalid("idProperty must name a unique property to create records by")
        else:
            self._portal.changes.check(kind, {**each.properties, name: each.id})

    def _upsert(self, kind: Kind, each: ChangedObject) -> str:
        name = _unique_name(kind, each)
        record = self._portal.find_or_none(kind, each.id, name)
        new = record is None
        if record is None:
            body = NewObject.model_validate({"properties": {**each.properties, name: each.id}})
            record = create(self._portal, kind, body)
        else:
            record = update(self._portal, record, each.properties)
        text = self._written(record, [*each.properties, name], each.trace_id)
        return f'{text[:-1]},"new":{str(new).lower()}}}'

    def _written(self, record: Record, names: list[str], trace_id: str | None) -> str:
        text = self._portal.show(record, self._portal.written(record, names))
        return text if trace_id is None else f'{text[:-1]},"objectWriteTraceId":"{trace_id}"}}'


def check_size(inputs: Sequence[BaseModel], most: int) -> None:
    """Refuse an empty batch and one over its cap."""
    if not 1 <= len(inputs) <= most:
        raise invalid(
            f"The maximum number of inputs supported in a batch request is {most}, not {len(inputs)}"
        )


def _unique_name(kind: Kind, each: ChangedObject) -> str:
    return each.id_property or ("email" if kind is CONTACTS else "hs_object_id")


def _answer(results: list[str], problems: list[dict[str, Any]], success: int = 200) -> Response:
    return raw_json(207 if problems else success, batch_text(results, problems))


def _traced(refusal: Refusal, trace_id: str) -> dict[str, Any]:
    message = bytes(refusal.response.body).decode()
    return batch_error("VALIDATION_ERROR", message, {"objectWriteTraceId": [trace_id]})
