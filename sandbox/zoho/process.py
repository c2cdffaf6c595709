"""Calls about the Blueprint of a deal: where it stands, and one transition at a time."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.blueprint import PROCESS_ID, Step
from sandbox.zoho.checking import Checks
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, Problem, answer, refused, success
from sandbox.zoho.fields import layout_field_row
from sandbox.zoho.modules import DEALS, NOTES
from sandbox.zoho.reading import Query, read_json, rows
from sandbox.zoho.records import Actor, Record
from sandbox.zoho.values import record_id

MOVED, PARTLY = "transition updated successfully", "transition saved partially"


class Processes:
    """Handlers of the Blueprint of a deal."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org
        self._checks = Checks(core.org)

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        path = "/crm/v8/{module}/{id}/actions/blueprint"
        return [("GET", path, self.blueprint), ("PUT", path, self.move)]

    def blueprint(self, call: Call) -> Response:
        """Return where a record stands in its process and what may follow."""
        Query(call)
        record = self._guarded(call)
        field = record.module.fields["Stage"]
        stage = record.values.get("Stage")
        info = {
            "field_id": str(field.id),
            "is_continuous": False,
            "api_name": "Stage",
            "continuous": False,
            "field_label": field.label,
            "name": self._core.blueprint.name,
            "column_name": "STAGE",
            "field_value": stage,
            "id": str(PROCESS_ID),
            "field_name": field.label,
            "escalation": None,
        }
        steps = [self._row(record, step) for step in self._steps(record)]
        return answer(200, {"blueprint": {"process_info": info, "transitions": steps}})

    def move(self, call: Call) -> Response:
        """Make one transition. With a mandatory field missing the data is kept, the stage is not moved."""
        Query(call)
        given = rows(read_json(call, "blueprint"), "blueprint", 1)[0]
        record = self._guarded(call)
        for name in given.keys() - {"transition_id", "data"}:
            raise refused("INVALID_DATA", {"api_name": name, "json_path": f"$.blueprint[0].{name}"})
        id = record_id(given.get("transition_id"))
        if id is None:
            path = {"api_name": "transition_id", "json_path": "$.blueprint[0].transition_id"}
            raise refused("MANDATORY_NOT_FOUND" if "transition_id" not in given else "INVALID_DATA", path)
        current = self._core.writing(record)
        step = next((each for each in self._steps(current) if each.id == id), None) if current else None
        if current is None or step is None or not step.asked.criteria_matched:
            path = {"api_name": "transition_id", "json_path": "$.blueprint[0].transition_id"}
            raise refused("INVALID_DATA", path, message="invalid transition", reason="ordinary")
        if current.id in self._org.locked:
            raise refused("RECORD_LOCKED", {"id": str(current.id)}, reason="ordinary")
        data = given.get("data") or {}
        if not isinstance(data, dict):
            raise refused("INVALID_DATA", {"api_name": "data", "json_path": "$.blueprint[0].data"})
        return self._make(current, step, dict(data))

    def _make(self, record: Record, step: Step, data: dict[str, Any]) -> Response:
        note = data.pop("Notes", None)
        values = self._checks.values(record.module, data, record, "$.blueprint[0].data")
        lacking = [
            name for name in step.asked.fields if (values | {}).get(name, record.values.get(name)) is None
        ]
        if not lacking:
            values["Stage"] = step.end
        actor = Actor(self._org.api.user_id, "blueprint")
        changed = self._core.changes.update(record, values, actor)
        self._core.note_write(record, "blueprint", changed)
        if note:
            text = {"Note_Content": str(note), "Parent_Id": record.id}
            self._core.changes.create(self._org.modules[NOTES], text, self._org.api)
        return answer(200, success({}, PARTLY if lacking else MOVED))

    def _guarded(self, call: Call) -> Record:
        """Return the record in the path; refuse one that is in no process."""
        record = self._core.record(call)
        if record is None:
            raise refused("INVALID_DATA", {"resource_path_index": 1}, message=INVALID_ID, reason="ordinary")
        if record.module.name != DEALS or not self._core.blueprint.holds(record):
            raise Problem("RECORD_NOT_IN_PROCESS", {"id": str(record.id)}, reason="ordinary")
        return record

    def _steps(self, record: Record | None) -> list[Step]:
        return self._core.blueprint.steps(record, self._org.people.api_user) if record else []

    def _row(self, record: Record, step: Step) -> dict[str, Any]:
        module, showing = record.module, self._core.showing
        names = [name for name in step.asked.fields if name in module.fields]
        fields = [
            layout_field_row(module.fields[name], module.id, [], place)
            | {"mandatory": True, "transition_sequence": place}
            for place, name in enumerate(names, 1)
        ]
        return {
            "next_transitions": self._core.blueprint.following(step),
            "data": {name: showing.value(record, name) for name in names},
            "next_field_value": step.end,
            "name": step.asked.name,
            "criteria_matched": step.asked.criteria_matched,
            "criteria_message": None if step.asked.criteria_matched else "criteria not matched",
            "id": str(step.id),
            "fields": fields,
            "type": step.asked.type,
            "percent_partial_save": 0,
            "execution_time": None,
        }
