"""Compares the files with what a live CRM says of itself. Pure: asking the CRM is somebody else's work."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mapping.differences import Difference, Differences, Remote
from mapping.document import Document, Path
from mapping.files_mapping import MappingFile, RemotePipeline, RemoteStage
from mapping.live import Live, LivePipeline, LiveStage
from mapping.online_fields import compare_fields
from mapping.online_people import compare_people
from mapping.parsed import CONVEYOR, MAPPINGS, TEAM, parse
from mapping.phrases import Phrase, phrase
from mapping.problems import Problem, Severity
from mapping.ruleset import Conveyor, Ruleset

_GONE: Mapping[str, Callable[[str], Phrase]] = {
    "pipeline": lambda id: phrase("the CRM has no pipeline with the id {id}", id=id),
    "stage": lambda id: phrase("the CRM has no stage with the id {id}", id=id),
}
_RENAMED: Mapping[str, Callable[[str, str], Phrase]] = {
    "pipeline": lambda old, new: phrase("the pipeline {old} is called {new} in the CRM", old=old, new=new),
    "stage": lambda old, new: phrase("the stage {old} is called {new} in the CRM", old=old, new=new),
}
_OUTCOMES: Mapping[str, Phrase] = {"open": phrase("open"), "won": phrase("won"), "lost": phrase("lost")}


def compare(ruleset: Ruleset, connection: str, live: Live) -> list[Problem]:
    """Every disagreement between the files and this connection's CRM, in the order of the files."""
    return [difference.problem for difference in differences(ruleset, connection, live)]


def differences(ruleset: Ruleset, connection: str, live: Live) -> list[Difference]:
    """As `compare`, each with what it is about."""
    wanted = (f"{MAPPINGS}/{connection}.yaml", TEAM, CONVEYOR)
    parsed = parse({name: text for name, text in ruleset.files.items() if name in wanted})
    found = Differences()
    for document, mapping in parsed.mappings:
        _compare_pipelines(found, document, mapping, live, ruleset.conveyor)
        compare_fields(found, document, mapping, live, parsed.conveyor)
    if parsed.team is not None:
        compare_people(found, parsed.documents[TEAM], parsed.team.team, ruleset, connection, live)
    return sorted(found, key=lambda difference: difference.problem)


def _compare_pipelines(
    found: Differences, document: Document, mapping: MappingFile, live: Live, conveyor: Conveyor
) -> None:
    by_id = {pipeline.id: pipeline for pipeline in live.pipelines}
    for pipeline in mapping.pipelines:
        name = pipeline.pipeline
        same = by_id.pop(name.id, None)
        if same is None:
            named = next((other for other in live.pipelines if other.name == name.crm), None)
            _report_gone(found, document, (*name.path, "id"), "pipeline", name.id, named)
            continue
        _compare_names(found, document, (*name.path, "crm"), "pipeline", name.crm, same)
        if not pipeline.ignore:
            _compare_stages(found, document, pipeline, same, conveyor)
    for new in by_id.values():
        message = phrase(
            "the CRM has a pipeline {pipeline} that stands nowhere: its deals are not on the line",
            pipeline=repr(new.name),
        )
        line = f'{{pipeline: {{crm: {new.name}, id: "{new.id}"}}, ignore: true}}'
        hint = phrase("map it, or add {line}", line=line)
        place = ("pipelines",)
        found.add(
            document,
            place,
            "pipeline-not-mapped",
            message,
            hint,
            severity="warning",
            key=True,
            remote=Remote(new.id, new.name),
        )


def _compare_stages(
    found: Differences, document: Document, pipeline: RemotePipeline, same: LivePipeline, conveyor: Conveyor
) -> None:
    by_id = {stage.id: stage for stage in same.stages}
    for stage in pipeline.stages or ():
        live = by_id.pop(stage.id, None)
        if live is None:
            named = next((other for other in same.stages if other.name == stage.crm), None)
            _report_gone(found, document, (*stage.path, "id"), "stage", stage.id, named)
            continue
        _compare_names(found, document, (*stage.path, "crm"), "stage", stage.crm, live)
        _compare_outcome(found, document, stage, live, conveyor)
    for new in by_id.values():
        message = phrase("the CRM's stage {stage} is neither mapped nor ignored", stage=repr(new.name))
        line = f'{{crm: {new.name}, id: "{new.id}", is: ...}}'
        hint = phrase("add {line} or ignore: true", line=line)
        place = (*pipeline.path, "stages")
        found.add(
            document,
            place,
            "stage-without-meaning",
            message,
            hint,
            key=True,
            remote=Remote(new.id, new.name, same),
        )


def _report_gone(
    found: Differences,
    document: Document,
    path: Path,
    kind: str,
    remote_id: str,
    named: LiveStage | LivePipeline | None,
) -> None:
    message = _GONE[kind](repr(remote_id))
    hint = phrase("delete it, or look it up")
    if named is not None:
        hint = phrase('the one with this name has the id "{id}"', id=named.id)
    found.add(
        document, path, f"{kind}-gone", message, hint, remote=Remote(named.id, named.name) if named else None
    )


def _compare_names(
    found: Differences, document: Document, path: Path, kind: str, name: str, live: LiveStage | LivePipeline
) -> None:
    if name.strip() != live.name.strip():
        message = _RENAMED[kind](repr(name), repr(live.name))
        hint, remote = (
            phrase("write {name}, or look up the right id", name=live.name),
            Remote(live.id, live.name),
        )
        found.add(document, path, "renamed", message, hint, remote=remote)


def _compare_outcome(
    found: Differences, document: Document, stage: RemoteStage, live: LiveStage, conveyor: Conveyor
) -> None:
    meant = conveyor.stages.get(stage.means or "")
    if meant is None or meant.status == live.outcome:
        return
    opposite = {meant.status, live.outcome} == {"won", "lost"}
    message = phrase(
        "{means} is {status}, but the CRM counts {stage} as {outcome}",
        means=repr(stage.means),
        status=_OUTCOMES[meant.status],
        stage=repr(live.name),
        outcome=_OUTCOMES[live.outcome],
    )
    severity: Severity = "error" if opposite else "warning"
    found.add(document, (*stage.path, "is"), "outcome-differs", message, severity=severity)
