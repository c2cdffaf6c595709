"""From files without mistakes to a `Ruleset`. Checks nothing: `checks` has found all there is to find."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from mapping.compile_conveyor import compile_conveyor, compile_hours, place
from mapping.document import Document
from mapping.files_cases import CasesFile
from mapping.files_connections import ConnectionsFile
from mapping.files_mapping import MappingFile, RemotePipeline
from mapping.files_team import MemberBlock, TeamFile
from mapping.parsed import CASES, CONNECTIONS, CONVEYOR, TEAM, Parsed
from mapping.ruleset import (
    Away,
    Case,
    ConnectionMapping,
    ConnectionSettings,
    Member,
    PipelineMap,
    Quota,
    Ruleset,
    StageMap,
)

_OWN_KEYS = {"crm", "poll_every"}  # the rest of a connection's block is for the connector to understand


def hash_of(files: Mapping[str, str]) -> str:
    """The name of this set of files: equal exactly when paths and texts are."""
    digest = hashlib.sha256()
    for file, text in sorted(files.items()):
        for part in (file.replace("\\", "/"), text):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def compile_ruleset(parsed: Parsed, files: Mapping[str, str]) -> Ruleset:
    """The rules in force; `parsed` must be without errors."""
    connections, conveyor, team = parsed.connections, parsed.conveyor, parsed.team
    if connections is None or conveyor is None or team is None:
        raise ValueError("a configuration with errors cannot be compiled")
    mappings = (_mapping(document, model) for document, model in parsed.mappings)
    return Ruleset(
        hash=hash_of(files),
        files=dict(files),
        public_url=connections.public_url,
        connections=_connections(parsed.documents[CONNECTIONS], connections),
        conveyor=compile_conveyor(parsed.documents[CONVEYOR], conveyor),
        mappings={mapping.connection: mapping for mapping in mappings},
        team=_team(parsed.documents[TEAM], team),
        cases=_cases(parsed.documents[CASES], parsed.cases) if parsed.cases else (),
    )


def _connections(document: Document, model: ConnectionsFile) -> dict[str, ConnectionSettings]:
    return {
        name: ConnectionSettings(
            name=name,
            crm=block.crm,
            place=place(document, block),
            poll_every=block.poll_every,
            settings=block.model_dump(by_alias=True, exclude=_OWN_KEYS, exclude_none=True),
        )
        for name, block in model.connections.items()
    }


def _mapping(document: Document, model: MappingFile) -> ConnectionMapping:
    write_back = model.write_back.model_dump(exclude_none=True) if model.write_back else {}
    return ConnectionMapping(
        connection=model.connection,
        pipelines=tuple(_pipeline(document, block) for block in model.pipelines),
        fields=dict(model.fields),
        write_back=write_back,
        place=place(document, model),
    )


def _pipeline(document: Document, block: RemotePipeline) -> PipelineMap:
    stages = tuple(
        StageMap(stage.crm, stage.id, stage.means, stage.write_back, place(document, stage))
        for stage in block.stages or ()
    )
    return PipelineMap(block.pipeline.crm, block.pipeline.id, block.ignore, stages, place(document, block))


def _team(document: Document, model: TeamFile) -> dict[str, Member]:
    return {block.email: _member(document, block) for block in model.team}


def _member(document: Document, block: MemberBlock) -> Member:
    quota = block.quota
    return Member(
        name=block.name,
        email=block.email,
        roles=tuple(block.roles),
        place=place(document, block),
        capacity=block.capacity,
        weight=block.weight,
        away=tuple(Away(away.start, away.until, away.covered_by) for away in block.away),
        accounts=dict(block.accounts),
        quota=Quota(format(quota.amount, "f"), quota.currency, quota.per) if quota else None,
        language=block.language,
        timezone=block.timezone,
        working_hours=compile_hours(block.working_hours),
    )


def _cases(document: Document, model: CasesFile) -> tuple[Case, ...]:
    return tuple(
        Case(
            stage=block.given.stage,
            values=dict(block.given.values),
            moved_to=block.when.moved_to,
            by=block.when.by,
            then=block.then,
            place=place(document, block),
        )
        for block in model.cases
    )
