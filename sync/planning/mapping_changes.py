"""How connections and their mappings differ, in sentences. Pure; says nothing of what stands in settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mapping.ruleset import ConnectionMapping, ConnectionSettings, Conveyor, PipelineMap, Ruleset, StageMap
from sync.planning import wording
from sync.planning.compare import Facts, differences, each


def connection_changes(before: Ruleset, after: Ruleset) -> Iterator[str]:
    """Connections that come, go, or are set up otherwise."""

    def changed(old: ConnectionSettings, new: ConnectionSettings) -> Iterator[str]:
        yield from differences(f"Connection {new.name}", _connection(old), _connection(new))
        if old.settings != new.settings:
            yield f"Connection {new.name}: its settings change."

    yield from differences(
        "The house", {"address for webhooks": before.public_url}, {"address for webhooks": after.public_url}
    )
    yield from each(
        before.connections,
        after.connections,
        new=lambda one: (
            f"Connection {one.name} is new: all its deals are read, and placed as they are where they are mapped."
        ),
        gone=lambda one: f"Connection {one.name} is gone: its deals are left as they are.",
        changed=changed,
    )


def _connection(connection: ConnectionSettings) -> Facts:
    return {"CRM": connection.crm, "polled every": wording.span(connection.poll_every)}


def mapping_changes(before: Ruleset, after: Ruleset) -> Iterator[str]:
    """Every line of a mapping that comes, goes or means something else."""
    for name, mapping in after.mappings.items():
        old = before.mappings.get(name)
        if old is None:
            yield f"{name}: a mapping is new, with {len(mapping.stage_by_id)} stages."
        else:
            yield from _Comparison(name, before.conveyor, after.conveyor).changes(old, mapping)
    yield from (f"{name}: its mapping is gone." for name in before.mappings if name not in after.mappings)


@dataclass(frozen=True)
class _Comparison:
    """Two mappings of one connection, each under its own line."""

    connection: str
    before: Conveyor
    after: Conveyor

    def changes(self, old: ConnectionMapping, new: ConnectionMapping) -> Iterator[str]:
        yield from each(
            {pipeline.id: pipeline for pipeline in old.pipelines},
            {pipeline.id: pipeline for pipeline in new.pipelines},
            new=lambda one: f"{self.connection}: pipeline {one.name} is new, {_extent(one)}.",
            gone=lambda one: f"{self.connection}: pipeline {one.name} is not mapped any more.",
            changed=self._pipeline,
        )
        yield from self._fields("field", old.fields, new.fields)
        yield from self._fields("written back", old.write_back, new.write_back)

    def _pipeline(self, old: PipelineMap, new: PipelineMap) -> Iterator[str]:
        subject = f"{self.connection}, {new.name}"
        yield from differences(subject, _pipeline(old), _pipeline(new))
        yield from each(
            {stage.id: stage for stage in old.stages},
            {stage.id: stage for stage in new.stages},
            new=lambda one: f'{subject}: "{one.name}" is new and {self._meaning(one, self.after)}.',
            gone=lambda one: f'{subject}: "{one.name}" is gone, and {self._meant(one)}.',
            changed=lambda was, now: self._stage(subject, was, now),
        )

    def _stage(self, subject: str, old: StageMap, new: StageMap) -> Iterator[str]:
        name = f'{subject}: "{new.name}"'
        if old.means != new.means:
            yield f"{name} {self._meaning(new, self.after)} now, and {self._meant(old)}."
        if old.write_back != new.write_back:
            yield f"{name} is {'chosen again' if new.write_back else 'not chosen any more'} when a stage is written."
        if old.name != new.name:
            yield f'{name} was called "{old.name}".'

    def _meaning(self, stage: StageMap, line: Conveyor) -> str:
        return "is ignored" if stage.means is None else f"means {wording.stage(stage.means, line)}"

    def _meant(self, stage: StageMap) -> str:
        return "was ignored" if stage.means is None else f"meant {wording.stage(stage.means, self.before)}"

    def _fields(self, kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
        for name in sorted({*old, *new}):
            facts = ({f"{kind} {name.replace('_', ' ')}": fields.get(name)} for fields in (old, new))
            yield from differences(self.connection, *facts)


def _pipeline(pipeline: PipelineMap) -> Facts:
    return {"name": pipeline.name, "deals": "ignored" if pipeline.ignore else "taken in"}


def _extent(pipeline: PipelineMap) -> str:
    return "ignored" if pipeline.ignore else f"with {len(pipeline.stages)} stages"
