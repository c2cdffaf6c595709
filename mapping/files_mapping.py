"""`mappings/<connection>.yaml`: what a CRM's stages and fields mean on the line, as the admin writes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from mapping.file_block import Block
from mapping.file_types import ConnectionName, Name, RemoteId, Text

_MAPPED_OR_IGNORED: dict[str, Any] = {
    "oneOf": [
        {"required": ["is"], "not": {"properties": {"ignore": {"const": True}}, "required": ["ignore"]}},
        {"required": ["ignore"], "properties": {"ignore": {"const": True}}, "not": {"required": ["is"]}},
    ]
}
_STAGES_OR_IGNORED: dict[str, Any] = {
    "oneOf": [
        {"required": ["stages"], "not": {"properties": {"ignore": {"const": True}}, "required": ["ignore"]}},
        {
            "required": ["ignore"],
            "properties": {"ignore": {"const": True}},
            "not": {"required": ["stages"]},
        },
    ]
}


class RemoteStage(Block):
    """One CRM stage: `is` a stage of the line, or ignored."""

    model_config = ConfigDict(json_schema_extra=_MAPPED_OR_IGNORED)
    crm: Text
    id: RemoteId
    means: Name | None = Field(default=None, alias="is")
    ignore: bool = False
    write_back: bool = True


class RemotePipelineName(Block):
    """A CRM pipeline by name and id."""

    crm: Text
    id: RemoteId


class RemotePipeline(Block):
    """One CRM pipeline with all its stages, or ignored."""

    model_config = ConfigDict(json_schema_extra=_STAGES_OR_IGNORED)
    pipeline: RemotePipelineName
    ignore: bool = False
    stages: Annotated[list[RemoteStage], Field(min_length=1)] | None = None


class WriteBackBlock(Block):
    """CRM fields that show what the conveyor knows."""

    section: RemoteId | None = None
    accept_by: RemoteId | None = None


class MappingFile(Block):
    """The whole file."""

    connection: ConnectionName
    pipelines: Annotated[list[RemotePipeline], Field(min_length=1)]
    fields: dict[Name, RemoteId] = Field(default_factory=dict)
    write_back: WriteBackBlock | None = None
