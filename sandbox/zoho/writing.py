"""Writing records: create, update, upsert, delete. One result for each input, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.checking import Checks, Given
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, Problem, missing_param, outcome, refused, success
from sandbox.zoho.modules import DEALS, NOTES, TASKS
from sandbox.zoho.reading import Query, path_id, read_json, rows, time_header
from sandbox.zoho.records import Actor, Record, Table
from sandbox.zoho.values import record_id

RECORDS_MAX = 100
TRIGGERS = {"approval", "workflow", "blueprint", "pathfinder", "orchestration"}
KEYS = ("data", "trigger", "apply_feature_execution", "skip_feature_execution")
Result = dict[str, Any] | Problem


class Writing:
    """Handlers that write records of a module."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org
        self._checks = Checks(core.org)

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [
            ("POST", "/crm/v8/{module}", self.create),
            ("PUT", "/crm/v8/{module}", self.update),
            ("DELETE", "/crm/v8/{module}", self.delete),
            ("POST", "/crm/v8/{module}/upsert", self.upsert),
            ("PUT", "/crm/v8/{module}/{id}", self.update_one),
            ("DELETE", "/crm/v8/{module}/{id}", self.delete_one),
        ]

    def create(self, call: Call) -> Response:
        """Create records."""
        Query(call)
        table, body = self._core.table(call), self._body(call)
        results = _each(body["data"], lambda given, path: self._insert(table, given, path, body))
        return self._outcome(results, 201)

    def create_below(self, call: Call, table: Table, extra: Given) -> Response:
        """Create records under a parent, which `extra` names."""
        Query(call)
        body = self._body(call)
        results = _each(body["data"], lambda given, path: self._insert(table, given | extra, path, body))
        return self._outcome(results, 201)

    def update(self, call: Call) -> Response:
        """Change records, each named by its id."""
        Query(call)
        table, body, since = (
            self._core.table(call),
            self._body(call),
            time_header(call, "If-Unmodified-Since"),
        )
        results = _each(body["data"], lambda given, path: self._change(table, given, path, body, since))
        return self._outcome(results, 200)

    def update_one(self, call: Call) -> Response:
        """Change the record in the path."""
        Query(call)
        table, id, body = self._core.table(call), path_id(call), self._body(call)
        since = time_header(call, "If-Unmodified-Since")
        if len(body["data"]) > 1:
            raise refused("INVALID_DATA", {"api_name": "data", "json_path": "$.data", "maximum_length": 1})
        own = body["data"][0].get("id")
        if own not in (None, str(id)):
            raise refused("INVALID_DATA", {"api_name": "id", "json_path": "$.data[0].id"}, message=INVALID_ID)
        given = {**body["data"][0], "id": str(id)}
        return self._outcome(
            _each([given], lambda one, path: self._change(table, one, path, body, since)), 200
        )

    def upsert(self, call: Call) -> Response:
        """Change the records that match by a field, create the others."""
        Query(call)
        table = self._core.table(call)
        body = self._body(call, "duplicate_check_fields")
        names = body.get("duplicate_check_fields") or ([table.module.match] if table.module.match else [])
        known = isinstance(names, list) and all(name in table.module.indexed() for name in map(str, names))
        if not names or not known:
            path = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
            raise refused("INVALID_DATA" if names else "NOT_SUPPORTED", path)
        since = time_header(call, "If-Unmodified-Since")

        def one(given: Given, path: str) -> Result:
            name, record = self._match(table, given, names)
            if record is None:
                return self._insert(table, given, path, body) | {"action": "insert", "duplicate_field": None}
            given = {**given, "id": str(record.id)}
            changed = self._change(table, given, path, body, since)
            return changed | {"action": "update", "duplicate_field": name}

        return self._outcome(_each(body["data"], one), 200)

    def delete(self, call: Call) -> Response:
        """Delete the records with these ids."""
        table, query = self._core.table(call), Query(call, "ids", "wf_trigger")
        ids = query.ids("ids", RECORDS_MAX)
        if not ids:
            raise missing_param("ids")
        return self._deleted(table, ids)

    def delete_one(self, call: Call) -> Response:
        """Delete the record in the path."""
        Query(call, "wf_trigger")
        return self._deleted(self._core.table(call), [path_id(call)])

    def _body(self, call: Call, *more: str) -> dict[str, Any]:
        body = read_json(call, *KEYS, *more)
        rows(body, "data", RECORDS_MAX)
        trigger = body.get("trigger", [])
        if not isinstance(trigger, list) or set(map(str, trigger)) - TRIGGERS:
            raise refused("INVALID_DATA", {"api_name": "trigger", "json_path": "$.trigger"})
        return body

    def _insert(self, table: Table, given: Given, path: str, body: Given) -> dict[str, Any]:
        values = self._checks.values(table.module, given, None, path)
        if table.module.name == TASKS and "$se_module" in given:
            values["$se_module"] = given["$se_module"]
        record = self._core.changes.create(table.module, values, self._org.api)
        changes = {name: (None, value) for name, value in values.items() if value is not None}
        self._core.note_write(record, "create", changes)
        self._workflow(record, body)
        return success(self._details(record), "record added")

    def _change(
        self, table: Table, given: Given, path: str, body: Given, since: int | None
    ) -> dict[str, Any]:
        id = record_id(given.get("id"))
        found = None if id is None else self._org.visible(table, id)
        record = self._core.writing(found) if found else None
        if record is None:
            code = "MANDATORY_NOT_FOUND" if "id" not in given else "INVALID_DATA"
            message = None if "id" not in given else INVALID_ID
            reason: Any = "malformed" if id is None else "ordinary"
            raise Problem(
                code, {"api_name": "id", "json_path": f"{path}.id", "id": given.get("id")}, message, reason
            )
        if since is not None and record.modified > since:
            raise Problem("ALREADY_MODIFIED", self._details(record), reason="ordinary", status=412)
        values = self._checks.values(table.module, given, record, path)
        self._guard(record, values)
        if table.module.name == NOTES and "Owner" in values:
            raise Problem("INVALID_DATA", {"api_name": "Owner", "json_path": f"{path}.Owner"})
        changed = self._core.changes.update(record, values, self._org.api)
        self._core.note_write(record, "update", changed)
        self._workflow(record, body)
        return success(self._details(record), "record updated")

    def _guard(self, record: Record, values: Given) -> None:
        """Refuse a write to a locked record, and a direct change of Stage inside a Blueprint."""
        details = {"id": str(record.id)}
        if record.id in self._org.locked:
            raise Problem("RECORD_LOCKED", details, reason="ordinary")
        moved = any(
            record.values.get(name) != values[name] for name in ("Stage", "Pipeline") if name in values
        )
        if record.module.name == DEALS and moved and self._core.blueprint.holds(record):
            details |= {"api_name": "Stage"}
            raise Problem(
                "RECORD_IN_BLUEPRINT", details, reason="ordinary", status=self._core.blueprint.status
            )

    def _match(self, table: Table, given: Given, names: Sequence[str]) -> tuple[str | None, Record | None]:
        for name in names:
            value = given.get(name)
            found = table.find(name, value) if isinstance(value, str) and value else []
            if found:
                return name, found[0]
        return None, None

    def _deleted(self, table: Table, ids: Sequence[int]) -> Response:
        results: list[Result] = []
        for id in ids:
            found = self._org.visible(table, id)
            record = self._core.writing(found) if found else None
            if record is None:
                results.append(Problem("INVALID_DATA", {"id": str(id)}, INVALID_ID, "ordinary"))
            elif record.id in self._org.locked:
                results.append(Problem("RECORD_LOCKED", {"id": str(id)}, reason="ordinary"))
            else:
                self._core.changes.delete(record, self._org.api)
                self._core.note_write(record, "delete", {})
                results.append(success({"id": str(id)}, "record deleted"))
        return self._outcome(results, 200)

    def _details(self, record: Record) -> dict[str, Any]:
        people, iso = self._org.people, self._org.zone.iso
        details = {
            "Modified_Time": iso(record.modified),
            "Modified_By": people.user(record.modified_by).short(),
            "Created_Time": iso(record.created),
            "id": str(record.id),
            "Created_By": people.user(record.created_by).short(),
        }
        return details if record.module.name == NOTES else {**details, "$approval_state": "approved"}

    def _outcome(self, results: Sequence[Result], good: int) -> Response:
        return outcome("data", results, good, self._org.settings.failed_status)

    def _workflow(self, record: Record, body: Given) -> None:
        """Let a workflow of the org change the deal after the write, as the user who wrote."""
        workflow = self._org.settings.workflow
        if workflow is None or record.module.name != DEALS or "workflow" not in body.get("trigger", TRIGGERS):
            return
        actor = Actor(self._org.api.user_id, "workflow")

        def run() -> None:
            if self._org.deals.get(record.id) is record:
                self._core.changes.update(record, {workflow.field: workflow.value}, actor)

        if workflow.delay_s:
            asyncio.get_running_loop().call_later(workflow.delay_s, run)
        else:
            run()


def _each(given: Sequence[Given], act: Callable[[Given, str], Result]) -> list[Result]:
    results: list[Result] = []
    for place, one in enumerate(given):
        try:
            results.append(act(one, f"$.data[{place}]"))
        except Problem as problem:
            results.append(problem)
    return results
