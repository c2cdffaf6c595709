"""Actions on records beyond plain writes: change of owner, locks, merge, mass delete."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.clock import now
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, Problem, answer, empty, missing_param, outcome, refused, success
from sandbox.zoho.modules import TASKS
from sandbox.zoho.reading import Query, path_id, read_json, rows
from sandbox.zoho.records import Record
from sandbox.zoho.values import record_id

OWNERS_MAX, MASS_MAX = 500, 500
MERGED_MAX = 2
OWNED = "owner is successfully updated"


class Actions:
    """Handlers of actions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org
        self._jobs: dict[str, dict[str, Any]] = {}
        self._locks: dict[int, dict[str, Any]] = {}

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        lock = "/crm/v8/{module}/{id}/Locking_Information__s"
        return [
            ("POST", "/crm/v8/{module}/{id}/actions/change_owner", self.change_owner),
            ("POST", "/crm/v8/{module}/actions/change_owner", self.change_owners),
            ("POST", "/crm/v8/{module}/actions/mass_delete", self.mass_delete),
            ("GET", "/crm/v8/{module}/actions/mass_delete", self.mass_deleted),
            ("POST", "/crm/v8/{module}/{id}/actions/merge", self.merge),
            ("GET", "/crm/v8/{module}/{id}/actions/merge", self.merged),
            ("POST", lock, self.lock),
            ("GET", lock, self.locks),
            ("DELETE", f"{lock}/{{lock}}", self.unlock),
        ]

    def change_owner(self, call: Call) -> Response:
        """Give one record, and the related ones that are named, to another owner."""
        Query(call)
        body, record = read_json(call, "owner", "notify", "related_modules"), self._core.record(call)
        owner = self._owner(body)
        result = self._give(record, path_id(call), owner, body)
        if isinstance(result, Problem):
            raise result.refusal()
        return answer(200, result)

    def change_owners(self, call: Call) -> Response:
        """Give records to another owner."""
        Query(call)
        body, table = read_json(call, "ids", "owner", "notify", "related_modules"), self._core.table(call)
        owner, ids = self._owner(body), _ids(body, OWNERS_MAX)
        return outcome("data", [self._give(self._org.visible(table, id), id, owner, body) for id in ids], 200)

    def mass_delete(self, call: Call) -> Response:
        """Delete many records; the job is done at once here."""
        Query(call)
        table, ids = self._core.table(call), _ids(read_json(call, "ids"), MASS_MAX)
        found = [record for id in ids if (record := self._org.visible(table, id))]
        for record in found:
            self._core.changes.delete(record, self._org.api)
            self._core.note_write(record, "delete", {})
        counts = {"total_count": len(ids), "deleted_count": len(found), "failed_count": len(ids) - len(found)}
        job = self._job({"status": "completed", **counts})
        done = success({"job_id": job}, "mass delete scheduled successfully") | {"code": "SCHEDULED"}
        return answer(200, {"data": [done]})

    def mass_deleted(self, call: Call) -> Response:
        """Return how a mass delete went."""
        return answer(200, {"data": [self._known_job(call)]})

    def merge(self, call: Call) -> Response:
        """Merge up to two records into the one in the path, which keeps its id; done at once here."""
        Query(call)
        table, master = self._core.table(call), self._core.record(call)
        given = rows(read_json(call, "merge"), "merge", 1)[0]
        others = [self._mergeable(each, place) for place, each in enumerate(rows(given, "data", MERGED_MAX))]
        records = [self._org.visible(table, id) for id in others]
        kept = [record for record in records if record is not None]
        if master is None or len(kept) < len(records) or master in kept:
            raise refused(
                "INVALID_DATA", {"api_name": "id", "json_path": "$.merge[0].data"}, message=INVALID_ID
            )
        self._core.changes.merge(master, kept, self._org.api)
        self._core.note_write(master, "merge", {})
        job = self._job({"status": "COMPLETED"})
        details = {"job_id": job, "id": str(master.id)}
        return answer(200, {"merge": [success(details, "merge scheduled successfully")]})

    def merged(self, call: Call) -> Response:
        """Return how a merge went."""
        return answer(200, {"merge": [self._known_job(call)]})

    def lock(self, call: Call) -> Response:
        """Lock a record."""
        Query(call)
        record = self._core.record(call)
        given = rows(read_json(call, "data"), "data", 1)[0]
        if record is None:
            raise refused("INVALID_DATA", {"resource_path_index": 1}, message=INVALID_ID, reason="ordinary")
        id, user = self._org.numbers.next(), self._org.people.api_user.short()
        self._org.locked.add(record.id)
        self._locks[record.id] = {
            "lock_source__s": "Manual",
            "locked_by__s": user,
            "locked_for_s": {"name": record.name, "id": str(record.id)},
            "locked_reason__s": given.get("locked_reason__s"),
            "Locked_time__s": self._org.zone.iso(now()),
            "id": str(id),
        }
        return answer(201, {"data": [success({"id": str(id)}, "record locked")]})

    def locks(self, call: Call) -> Response:
        """Return the lock of a record."""
        Query(call, "fields", "page", "per_page")
        record = self._core.record(call)
        found = self._locks.get(record.id) if record and record.id in self._org.locked else None
        if found is None:
            return empty()
        info = {"per_page": 200, "count": 1, "page": 1, "more_records": False}
        return answer(200, {"data": [found], "info": info})

    def unlock(self, call: Call) -> Response:
        """End a lock."""
        Query(call)
        record, lock = self._core.record(call), call.params["lock"]
        if record is None or self._locks.get(record.id, {}).get("id") != lock:
            return outcome("data", [Problem("INVALID_DATA", {"id": lock}, INVALID_ID, "ordinary")], 200)
        self._org.locked.discard(record.id)
        del self._locks[record.id]
        return outcome("data", [success({"id": lock}, "record unlocked")], 200)

    def _owner(self, body: dict[str, Any]) -> int:
        given = body.get("owner")
        if not isinstance(given, dict) or "id" not in given:
            names = [{"api_name": "id", "json_path": "$.owner.id"}]
            raise refused("EXPECTED_FIELD_MISSING", {"expected_fields": names})
        id = record_id(given["id"])
        user = None if id is None else self._org.people.get(id)
        if user is None or not user.active:
            raise refused("INVALID_DATA", {"api_name": "id", "json_path": "$.owner.id"})
        return user.id

    def _give(
        self, found: Record | None, id: int, owner: int, body: dict[str, Any]
    ) -> dict[str, Any] | Problem:
        record = self._core.writing(found) if found else None
        if record is None:
            return Problem("INVALID_DATA", {"id": str(id)}, INVALID_ID, "ordinary")
        if record.id in self._org.locked:
            return Problem("RECORD_LOCKED", {"id": str(id)}, reason="ordinary")
        before = record.values["Owner"]
        changed = self._core.changes.update(record, {"Owner": owner}, self._org.api)
        self._core.note_write(record, "change_owner", changed)
        named = _related(body)
        for name in named & {TASKS}:
            for child_id in self._org.children[record.id][name]:
                child = self._org.tables[name].get(child_id)
                if child is not None and child.values["Owner"] == before:
                    self._core.changes.update(child, {"Owner": owner}, self._org.api)
        return success({"id": str(record.id)}, OWNED)

    def _mergeable(self, given: dict[str, Any], place: int) -> int:
        id = record_id(given.get("id"))
        if id is None:
            raise refused("INVALID_DATA", {"api_name": "id", "json_path": f"$.merge[0].data[{place}].id"})
        return id

    def _job(self, state: dict[str, Any]) -> str:
        id = str(self._org.numbers.next())
        self._jobs[id] = {"job_id": id, **state}
        return id

    def _known_job(self, call: Call) -> dict[str, Any]:
        id = Query(call, "job_id").text("job_id")
        if id is None:
            raise missing_param("job_id")
        if id not in self._jobs:
            raise refused("INVALID_DATA", {"param_name": "job_id"}, message=INVALID_ID)
        return self._jobs[id]


def _related(body: dict[str, Any]) -> set[str]:
    """Return the modules whose records go along."""
    given = body.get("related_modules") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise refused("INVALID_DATA", {"api_name": "related_modules", "json_path": "$.related_modules"})
    return {str(each.get("api_name")) for each in given}


def _ids(body: dict[str, Any], most: int) -> list[int]:
    path = {"api_name": "ids", "json_path": "$.ids"}
    given = body.get("ids")
    if not given or not isinstance(given, list):
        raise refused("MANDATORY_NOT_FOUND", path)
    if len(given) > most:
        raise refused("INVALID_DATA", path | {"maximum_length": most})
    found = [record_id(each) for each in given]
    if None in found:
        raise refused("INVALID_DATA", path | {"expected_data_type": "bigint"})
    return [id for id in found if id is not None]
