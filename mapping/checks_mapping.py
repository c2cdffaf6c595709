"""Checks of the mapping files: each CRM stage has one meaning, each stage of the line a place in a CRM."""

from __future__ import annotations

from mapping.document import Document
from mapping.files_mapping import MappingFile, RemotePipeline, RemoteStage
from mapping.parsed import CONNECTIONS, CONVEYOR, MAPPINGS, Parsed
from mapping.references import refuse_unknown


def check_mappings(parsed: Parsed) -> None:
    """Report stages without a meaning or with two, pipelines that stand twice, and files that do not belong."""
    for document, model in parsed.mappings:
        _check_file(parsed, document, model)
        _check_pipelines_once(document, model)
        for pipeline in model.pipelines:
            _check_pipeline(parsed, document, pipeline)
        _check_writable(document, model)
    _check_each_connection(parsed)
    if parsed.all_mappings_readable:
        _check_each_stage(parsed)
        _check_homes(parsed)


def _check_file(parsed: Parsed, document: Document, model: MappingFile) -> None:
    path = ("connection",)
    if refuse_unknown(document, path, "connection", model.connection, parsed.connection_names):
        return
    expected = f"{MAPPINGS}/{model.connection}.yaml"
    if document.file != expected:
        message = f"the mapping of {model.connection!r} belongs into {expected}"
        document.report(path, "file-name", message, "one file a connection, named like it")


def _check_pipelines_once(document: Document, model: MappingFile) -> None:
    seen: dict[str, int] = {}
    for pipeline in model.pipelines:
        name = pipeline.pipeline
        if name.id in seen:
            message = f"the pipeline {name.id!r} stands in line {seen[name.id]} already"
            document.report((*name.path, "id"), "duplicate-pipeline", message)
        seen.setdefault(name.id, document.line(pipeline.path))


def _check_pipeline(parsed: Parsed, document: Document, pipeline: RemotePipeline) -> None:
    name = pipeline.pipeline.crm
    if pipeline.ignore and pipeline.stages is not None:
        message = f"the pipeline {name!r} is ignored, and has stages"
        hint = "delete `ignore` or the stages"
        document.report((*pipeline.path, "ignore"), "mapped-and-ignored", message, hint, key=True)
    elif not pipeline.ignore and not document.has((*pipeline.path, "stages")):
        message = f"the pipeline {name!r} has no stages"
        document.report(pipeline.path, "pipeline-without-stages", message, "map them, or write ignore: true")
    seen: dict[str, int] = {}
    for stage in pipeline.stages or ():
        _check_meaning(parsed, document, stage)
        if stage.id in seen:
            message = f"the stage {stage.id!r} stands in line {seen[stage.id]} already"
            document.report((*stage.path, "id"), "duplicate-stage-id", message)
        seen.setdefault(stage.id, document.line(stage.path))


def _check_meaning(parsed: Parsed, document: Document, stage: RemoteStage) -> None:
    if stage.means is not None:
        refuse_unknown(document, (*stage.path, "is"), "stage", stage.means, parsed.stage_names)
    if stage.means is not None and stage.ignore:
        message = f"the stage {stage.crm!r} has a meaning, and is ignored"
        document.report((*stage.path, "ignore"), "mapped-and-ignored", message, "delete one", key=True)
    elif not stage.ignore and not document.has((*stage.path, "is")):
        message = f"the stage {stage.crm!r} is neither mapped nor ignored"
        document.report(stage.path, "stage-without-meaning", message, "add is: or ignore: true")


def _check_writable(document: Document, model: MappingFile) -> None:
    """In each pipeline, a meaning needs one CRM stage that may be written."""
    for pipeline in model.pipelines:
        stages = [stage for stage in pipeline.stages or () if stage.means is not None]
        written = {stage.means for stage in stages if stage.write_back}
        for stage in stages:
            if stage.means not in written:
                written.add(stage.means)
                message = f"nothing may be written for {stage.means!r}: no deal can be put back there"
                hint = "leave out write_back: false in one line"
                path = (*stage.path, "write_back")
                document.report(path, "nothing-to-write", message, hint, severity="warning", key=True)


def _check_each_connection(parsed: Parsed) -> None:
    document, model = parsed.documents.get(CONNECTIONS), parsed.connections
    if document is None or model is None:
        return
    for name, block in model.connections.items():
        file = f"{MAPPINGS}/{name}.yaml"
        if file not in parsed.documents:
            message = f"{file} is missing: no deal of {name!r} is on the line"
            hint = f"write {MAPPINGS}/{name}.yaml: one line for each stage of that CRM"
            document.report(block.path, "no-mapping", message, hint, severity="warning", key=True)


def _check_each_stage(parsed: Parsed) -> None:
    """Stages that no CRM has; of a section without any, the section alone."""
    document, model = parsed.documents.get(CONVEYOR), parsed.conveyor
    if document is None or model is None:
        return
    mapped = {stage for _, mapping in parsed.mappings for stage in meanings(mapping)}
    after_winning = {block.to_section for block in model.handoffs if block.on == "won"}
    for name, section in model.sections.items():
        unmapped = [stage for stage in section.stages if stage not in mapped]
        if len(unmapped) == len(section.stages):
            message = f"no CRM maps any stage of {name!r}"
            hint = "a won deal itself is handed on" if name in after_winning else None
            document.report(section.path, "stage-not-mapped", message, hint, severity="warning", key=True)
            continue
        for stage in unmapped:
            message = f"no CRM maps the stage {stage!r}"
            path = section.stages[stage].path
            document.report(path, "stage-not-mapped", message, severity="warning", key=True)


def _check_homes(parsed: Parsed) -> None:
    """A section that lives in one connection needs stages there."""
    document, model = parsed.documents.get(CONVEYOR), parsed.conveyor
    if document is None or model is None:
        return
    by_connection = {mapping.connection: meanings(mapping) for _, mapping in parsed.mappings}
    for name, section in model.sections.items():
        here = by_connection.get(section.crm or "")
        if here is not None and not here & set(section.stages):
            message = f"{section.crm!r} maps no stage of {name!r}"
            hint = f"map one in {MAPPINGS}/{section.crm}.yaml"
            document.report((*section.path, "crm"), "section-not-in-crm", message, hint)


def meanings(mapping: MappingFile) -> frozenset[str]:
    """The stages of the line that this connection has."""
    stages = (stage for pipeline in mapping.pipelines for stage in pipeline.stages or ())
    return frozenset(stage.means for stage in stages if stage.means is not None)
