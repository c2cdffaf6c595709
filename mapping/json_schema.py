"""The files' models as JSON Schema, for editors to complete and check while typing. `python -m mapping.json_schema`
writes them beside this file; what takes more than one file to see is found by `conveyor check` alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mapping.file_block import Block
from mapping.files_cases import CasesFile
from mapping.files_connections import ConnectionsFile
from mapping.files_conveyor import ConveyorFile
from mapping.files_mapping import MappingFile
from mapping.files_team import TeamFile

_MODELS: dict[str, type[Block]] = {
    "connections": ConnectionsFile,
    "conveyor": ConveyorFile,
    "mapping": MappingFile,
    "team": TeamFile,
    "cases": CasesFile,
}


class _Schema(GenerateJsonSchema):
    """A key without a value is refused, so nothing may be null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A name that has not the form of one is refused, not merely left unchecked."""
        found = super().dict_schema(schema)
        if "patternProperties" in found:
            [(pattern, values)] = found.pop("patternProperties").items()
            found |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
        return found

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if found.get("default") in (None, [], {}) and "default" in found:
            del found["default"]
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, dict[str, Any]]:
    """One JSON Schema by kind of file: connections, conveyor, mapping, team, cases."""
    return {
        kind: {
            "$schema": _Schema.schema_dialect,
            **model.model_json_schema(by_alias=True, schema_generator=_Schema),
        }
        for kind, model in _MODELS.items()
    }


def texts() -> dict[str, str]:
    """The schemas by file name, as they ship."""
    return {
        f"{kind}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for kind, schema in schemas().items()
    }


if __name__ == "__main__":
    for name, text in texts().items():
        Path(__file__).with_name(name).write_text(text, encoding="utf-8")
