"""Checks a record that a call wants to write: fields, mandatory ones, lookups, owners, stages, uniqueness."""

from __future__ import annotations

from typing import Any

from sandbox.call import Reason
from sandbox.zoho.errors import INVALID_ID, Problem
from sandbox.zoho.fields import Field
from sandbox.zoho.modules import DEALS, NOTES, TASKS, Module
from sandbox.zoho.org import Org
from sandbox.zoho.pipelines import LAYOUT_ID
from sandbox.zoho.records import Record
from sandbox.zoho.values import record_id, stored

# Keys of a record that are no fields.
EXTRAS = {"$append_values", "Layout", "$se_module"}
Given = dict[str, Any]


class Checks:
    """The checks of one org; each raises Problem."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def values(
        self, module: Module, given: Given, record: Record | None, path: str, *, is_api: bool = True
    ) -> Given:
        """Return the values to store; unknown and read-only fields are dropped, which is counted as wrong."""
        fields, values = self._org.fields(module), Given()
        for name, value in given.items():
            field = fields.get(name)
            if name in EXTRAS or (name == "id" and record is not None):
                continue
            if field is None or field.read_only:
                self._org.count_malformed()
                continue
            if self._org.is_hidden(module, name) and is_api:
                continue
            values[name] = self._value(module, field, value, given, f"{path}.{name}")
        self._append(given, record, values)
        self._mandatory(module, given, values, record, path)
        self._unique(module, values, record, path)
        if module.name == DEALS:
            self._place(values, record, path)
        return values

    def _value(self, module: Module, field: Field, value: Any, given: Given, path: str) -> Any:
        if module.name == NOTES and field.name == "Parent_Id":
            return self._note_parent(field, value, path)
        kept = stored(field, value, path)
        if kept is None:
            return None
        if field.type == "ownerlookup":
            self._owner(field, kept, path)
        elif field.type == "lookup":
            self._target(field, kept, given, path)
        return kept

    def _owner(self, field: Field, id: int, path: str) -> None:
        """Refuse a user who is not active. Zoho's own code for this is not documented."""
        user = self._org.people.get(id)
        if user is None or not user.active:
            raise Problem("INVALID_DATA", {"api_name": field.name, "json_path": f"{path}.id"}, INVALID_ID)

    def _target(self, field: Field, id: int, given: Given, path: str) -> None:
        module = field.lookup
        if module == "se_module":
            module = given.get("$se_module")
            if module is None:
                details = {"dependee": {"api_name": "What_Id", "json_path": path}, "api_name": "$se_module"}
                raise Problem("DEPENDENT_FIELD_MISSING", details)
        table = self._org.tables.get(module) if isinstance(module, str) else None
        if table is None or table.get(id) is None:
            reason: Reason = "ordinary" if table else "malformed"
            details = {"api_name": "id", "json_path": f"{path}.id"}
            raise Problem("INVALID_DATA", details, INVALID_ID, reason)

    def _note_parent(self, field: Field, value: Any, path: str) -> int:
        id = stored(field, value, path)
        module = value.get("module") if isinstance(value, dict) else None
        name = module.get("api_name") if isinstance(module, dict) else None
        if name is None:
            raise Problem("MANDATORY_NOT_FOUND", {"api_name": "module", "json_path": f"{path}.module"})
        self._target(field, id, {"$se_module": name}, path)
        return int(id)

    def _append(self, given: Given, record: Record | None, values: Given) -> None:
        """Add to multi-select values instead of replacing them, where that is asked for."""
        asked = given.get("$append_values")
        for name, wanted in asked.items() if isinstance(asked, dict) else ():
            if wanted and record is not None and isinstance(values.get(name), list):
                values[name] = list(dict.fromkeys([*(record.values.get(name) or []), *values[name]]))

    def _mandatory(
        self, module: Module, given: Given, values: Given, record: Record | None, path: str
    ) -> None:
        fields = self._org.fields(module)
        names = [each.name for each in fields.values() if each.mandatory]
        if module.name == DEALS and "Pipeline" in fields:
            names.append("Pipeline")
        if "Layout" in given:
            self._layout(given["Layout"], path)
            names += [each.name for each in fields.values() if each.required and each.name not in names]
        for name in names:
            if values.get(name) is None and (record is None or name in values):
                raise Problem("MANDATORY_NOT_FOUND", {"api_name": name, "json_path": f"{path}.{name}"})
        if module.name == NOTES and record is None:
            self._note(values, path)
        if module.name == TASKS and given.get("$se_module") not in (None, *self._org.tables):
            details = {"api_name": "$se_module", "json_path": f"{path}.$se_module"}
            raise Problem("INVALID_DATA", details)

    def _note(self, values: Given, path: str) -> None:
        if values.get("Parent_Id") is None:
            details = {"api_name": "Parent_Id", "json_path": f"{path}.Parent_Id"}
            raise Problem("MANDATORY_NOT_FOUND", details)
        if not values.get("Note_Title") and not values.get("Note_Content"):
            names = [
                {"api_name": name, "json_path": f"{path}.{name}"} for name in ("Note_Title", "Note_Content")
            ]
            raise Problem("EXPECTED_FIELD_MISSING", {"expected_fields": names})

    def _layout(self, layout: Any, path: str) -> None:
        if not isinstance(layout, dict) or record_id(layout.get("id")) != LAYOUT_ID:
            raise Problem("INVALID_DATA", {"api_name": "id", "json_path": f"{path}.Layout.id"}, INVALID_ID)

    def _unique(self, module: Module, values: Given, record: Record | None, path: str) -> None:
        for name in values:
            if not module.fields[name].unique or values[name] is None:
                continue
            for holder in self._org.tables[module.name].find(name, values[name]):
                if record is None or holder.id != record.id:
                    raise self._duplicate(holder, name, path)

    def _duplicate(self, holder: Record, name: str, path: str) -> Problem:
        module = {"api_name": holder.module.name, "id": str(holder.module.id)}
        owner = self._org.people.user(holder.values["Owner"]).short()
        held = {"id": str(holder.id), "Owner": owner, "module": module}
        details = {
            "duplicate_record": held,
            "api_name": name,
            "json_path": f"{path}.{name}",
            "id": str(holder.id),
        }
        return Problem("DUPLICATE_DATA", details, reason="ordinary")

    def _place(self, values: Given, record: Record | None, path: str) -> None:
        """Refuse a stage outside the pipeline; without pipelines any text is accepted and stored."""
        if not self._org.settings.pipelines_enabled or not {"Stage", "Pipeline"} & values.keys():
            return
        current = record.values if record else {}
        name, stage = (values.get(key, current.get(key)) for key in ("Pipeline", "Stage"))
        pipeline = self._org.pipelines.holding(name)
        if pipeline is None:
            raise Problem("INVALID_DATA", {"api_name": "Pipeline", "json_path": f"{path}.Pipeline"})
        same = record is not None and (current.get("Pipeline"), current.get("Stage")) == (name, stage)
        if not same and pipeline.holding(stage) is None:
            code = self._org.settings.stage_mismatch
            details: dict[str, Any] = {"api_name": "Stage", "json_path": f"{path}.Stage"}
            if code == "MAPPING_MISMATCH":
                details["mapped_field"] = {"api_name": "Pipeline", "json_path": f"{path}.Pipeline"}
            message = "the given value is not mapped to the pipeline" if code == "MAPPING_MISMATCH" else None
            raise Problem(code, details, message)
