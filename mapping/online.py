"""Compares the files with what a live CRM says of itself. Pure: asking the CRM is somebody else's work."""

from __future__ import annotations

from mapping.document import Document, Path
from mapping.files_mapping import MappingFile, RemotePipeline, RemoteStage
from mapping.files_team import MemberBlock
from mapping.live import Live, LiveField, LivePipeline, LiveStage
from mapping.parsed import MAPPINGS, TEAM, parse
from mapping.problems import Problem, nearest
from mapping.ruleset import Conveyor, Ruleset


def compare(ruleset: Ruleset, connection: str, live: Live) -> list[Problem]:
    """Every disagreement between the files and this connection's CRM, in the order of the files."""
    file = f"{MAPPINGS}/{connection}.yaml"
    wanted = (file, TEAM)
    parsed = parse({name: text for name, text in ruleset.files.items() if name in wanted})
    for document, mapping in parsed.mappings:
        _compare_pipelines(document, mapping, live, ruleset.conveyor)
        _compare_fields(document, mapping, live)
    if parsed.team is not None:
        for member in parsed.team.team:
            _compare_member(parsed.documents[TEAM], member, ruleset, connection, live)
    return sorted(parsed.problems)


def _compare_pipelines(document: Document, mapping: MappingFile, live: Live, conveyor: Conveyor) -> None:
    by_id = {pipeline.id: pipeline for pipeline in live.pipelines}
    for pipeline in mapping.pipelines:
        name = pipeline.pipeline
        found = by_id.pop(name.id, None)
        if found is None:
            same = [other.id for other in live.pipelines if other.name == name.crm]
            _report_gone(document, (*name.path, "id"), "pipeline", name.id, same)
            continue
        _compare_names(document, (*name.path, "crm"), "pipeline", name.crm, found.name)
        if not pipeline.ignore:
            _compare_stages(document, pipeline, found, conveyor)
    for new in by_id.values():
        message = f"the CRM has a pipeline {new.name!r} that stands nowhere: its deals are not on the line"
        hint = f'map it, or add {{pipeline: {{crm: {new.name}, id: "{new.id}"}}, ignore: true}}'
        document.report(("pipelines",), "pipeline-not-mapped", message, hint, severity="warning", key=True)


def _compare_stages(
    document: Document, pipeline: RemotePipeline, found: LivePipeline, conveyor: Conveyor
) -> None:
    by_id = {stage.id: stage for stage in found.stages}
    for stage in pipeline.stages or ():
        live = by_id.pop(stage.id, None)
        if live is None:
            same = [other.id for other in found.stages if other.name == stage.crm]
            _report_gone(document, (*stage.path, "id"), "stage", stage.id, same)
            continue
        _compare_names(document, (*stage.path, "crm"), "stage", stage.crm, live.name)
        _compare_outcome(document, stage, live, conveyor)
    for live in by_id.values():
        message = f"the CRM's stage {live.name!r} is neither mapped nor ignored"
        hint = f'add {{crm: {live.name}, id: "{live.id}", is: ...}} or ignore: true'
        document.report((*pipeline.path, "stages"), "stage-without-meaning", message, hint, key=True)


def _report_gone(document: Document, path: Path, kind: str, remote_id: str, same_name: list[str]) -> None:
    message = f"the CRM has no {kind} with the id {remote_id!r}"
    hint = f'the one with this name has the id "{same_name[0]}"' if same_name else "delete it, or look it up"
    document.report(path, f"{kind}-gone", message, hint)


def _compare_names(document: Document, path: Path, kind: str, name: str, live: str) -> None:
    if name.strip() != live.strip():
        message = f"the {kind} {name!r} is called {live!r} in the CRM"
        document.report(path, "renamed", message, f"write {live}, or look up the right id")


def _compare_outcome(document: Document, stage: RemoteStage, live: LiveStage, conveyor: Conveyor) -> None:
    meant = conveyor.stages.get(stage.means or "")
    if meant is None or meant.status == live.outcome:
        return
    opposite = {meant.status, live.outcome} == {"won", "lost"}
    message = f"{stage.means!r} is {meant.status}, but the CRM counts {live.name!r} as {live.outcome}"
    code, path = "outcome-differs", (*stage.path, "is")
    document.report(path, code, message, severity="error" if opposite else "warning")


def _compare_fields(document: Document, mapping: MappingFile, live: Live) -> None:
    for field, remote in mapping.fields.items():
        _find_field(document, ("fields", field), remote, live)
    written = mapping.write_back.model_dump(exclude_none=True) if mapping.write_back else {}
    for key, remote in written.items():
        found = _find_field(document, ("write_back", key), remote, live)
        if found is not None and not found.writable:
            message = f"the CRM does not let {remote!r} be written"
            document.report(("write_back", key), "field-not-writable", message, "choose another field")


def _find_field(document: Document, path: Path, remote: str, live: Live) -> LiveField | None:
    """The CRM's field with this internal name, else the only one with this label."""
    for field in live.fields:
        if field.name == remote:
            return field
    labelled = [field for field in live.fields if field.label.casefold() == remote.casefold()]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        names = ", ".join(field.name for field in labelled)
        message = f"the CRM has several fields with the label {remote!r}"
        document.report(path, "ambiguous-field", message, f"write the internal name: {names}")
        return None
    meant = nearest(remote, [word for field in live.fields for word in (field.name, field.label)])
    message = f"the CRM has no field {remote!r}" + (f" - did you mean {meant!r}?" if meant else "")
    document.report(path, "field-gone", message, "write its internal name or its label")
    return None


def _compare_member(
    document: Document, member: MemberBlock, ruleset: Ruleset, connection: str, live: Live
) -> None:
    account = member.accounts.get(connection)
    path = (*member.path, "accounts", connection) if account else (*member.path, "email")
    users = [user for user in live.users if (user.id == account if account else user.email == member.email)]
    if users and not any(user.active for user in users):
        message = f"the account of {member.email} in {connection!r} is switched off"
        document.report(path, "account-inactive", message, severity="warning")
    elif not users and account:
        message = f"{connection!r} has no account with the id {account!r}"
        document.report(path, "unknown-account", message, "look it up, or delete the line to match by e-mail")
    elif not users and _works_in(member, ruleset, connection):
        message = f"{member.email} has no account in {connection!r}"
        hint = f'add accounts: {{{connection}: "..."}} if they use another e-mail there'
        document.report(path, "member-without-account", message, hint, severity="warning")


def _works_in(member: MemberBlock, ruleset: Ruleset, connection: str) -> bool:
    """Whether this connection has a stage that the member's roles work on."""
    mapping = ruleset.mappings.get(connection)
    stages = mapping.stage_by_id.values() if mapping else ()
    conveyor = ruleset.conveyor
    meant = {stage.means for stage in stages}
    sections = {stage.section for name, stage in conveyor.stages.items() if name in meant}
    return any(set(conveyor.section_by_name[name].roles) & set(member.roles) for name in sections)
