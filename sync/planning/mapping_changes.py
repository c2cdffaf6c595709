"""How connections and their mappings differ, in sentences. Pure; says nothing of what stands in settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mapping import terms
from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import ConnectionMapping, ConnectionSettings, Conveyor, PipelineMap, Ruleset, StageMap
from sync.planning import wording
from sync.planning.compare import Facts, differences, each


def connection_changes(before: Ruleset, after: Ruleset) -> Iterator[Phrase]:
    """Connections that come, go, or are set up otherwise."""

    def changed(old: ConnectionSettings, new: ConnectionSettings) -> Iterator[Phrase]:
        subject = phrase("Connection {connection}", connection=new.name)
        yield from differences(subject, _connection(old), _connection(new))
        if old.settings != new.settings:
            yield phrase("Connection {connection}: its settings change.", connection=new.name)

    address = phrase("address for webhooks")
    yield from differences(phrase("The house"), {address: before.public_url}, {address: after.public_url})
    yield from each(
        before.connections,
        after.connections,
        new=lambda one: new_connection(one.name),
        gone=lambda one: phrase(
            "Connection {connection} is gone: its deals are left as they are.", connection=one.name
        ),
        changed=changed,
    )


def new_connection(name: str) -> Phrase:
    """A connection begins."""
    return phrase(
        "Connection {connection} is new: all its deals are read, and placed as they are where they are mapped.",
        connection=name,
    )


def _connection(connection: ConnectionSettings) -> Facts:
    return {
        phrase("CRM"): connection.crm,
        phrase("polled every"): wording.span(connection.poll_every),
    }


def mapping_changes(before: Ruleset, after: Ruleset) -> Iterator[Phrase]:
    """Every line of a mapping that comes, goes or means something else."""
    for name, mapping in after.mappings.items():
        old = before.mappings.get(name)
        if old is None:
            yield counted(
                "{connection}: a mapping is new, with {count} stage.",
                "{connection}: a mapping is new, with {count} stages.",
                count=len(mapping.stage_by_id),
                connection=name,
            )
        else:
            yield from _Comparison(name, before.conveyor, after.conveyor).changes(old, mapping)
    for name in before.mappings:
        if name not in after.mappings:
            yield phrase("{connection}: its mapping is gone.", connection=name)


@dataclass(frozen=True)
class _Comparison:
    """Two mappings of one connection, each under its own line."""

    connection: str
    before: Conveyor
    after: Conveyor

    def changes(self, old: ConnectionMapping, new: ConnectionMapping) -> Iterator[Phrase]:
        yield from each(
            {pipeline.id: pipeline for pipeline in old.pipelines},
            {pipeline.id: pipeline for pipeline in new.pipelines},
            new=self._new_pipeline,
            gone=lambda one: phrase(
                "{connection}: pipeline {pipeline} is not mapped any more.",
                connection=self.connection,
                pipeline=one.name,
            ),
            changed=self._pipeline,
        )
        yield from self._fields(_field, old.fields, new.fields)
        yield from self._fields(_written_back, old.write_back, new.write_back)

    def _new_pipeline(self, one: PipelineMap) -> Phrase:
        if one.ignore:
            return phrase(
                "{connection}: pipeline {pipeline} is new, ignored.",
                connection=self.connection,
                pipeline=one.name,
            )
        return counted(
            "{connection}: pipeline {pipeline} is new, with {count} stage.",
            "{connection}: pipeline {pipeline} is new, with {count} stages.",
            count=len(one.stages),
            connection=self.connection,
            pipeline=one.name,
        )

    def _pipeline(self, old: PipelineMap, new: PipelineMap) -> Iterator[Phrase]:
        subject = phrase("{connection}, {pipeline}", connection=self.connection, pipeline=new.name)
        yield from differences(subject, _pipeline(old), _pipeline(new))
        yield from each(
            {stage.id: stage for stage in old.stages},
            {stage.id: stage for stage in new.stages},
            new=lambda one: phrase(
                '{place}: "{name}" is new and {means}.',
                place=subject,
                name=one.name,
                means=_means(one, self.after),
            ),
            gone=lambda one: phrase(
                '{place}: "{name}" is gone, and {meant}.',
                place=subject,
                name=one.name,
                meant=_meant(one, self.before),
            ),
            changed=lambda was, now: self._stage(subject, was, now),
        )

    def _stage(self, place: Phrase, old: StageMap, new: StageMap) -> Iterator[Phrase]:
        name = new.name
        if old.means != new.means:
            means, meant = _means(new, self.after), _meant(old, self.before)
            yield phrase(
                '{place}: "{name}" {means} now, and {meant}.',
                place=place,
                name=name,
                means=means,
                meant=meant,
            )
        if new.write_back and not old.write_back:
            yield phrase('{place}: "{name}" is chosen again when a stage is written.', place=place, name=name)
        if old.write_back and not new.write_back:
            yield phrase(
                '{place}: "{name}" is not chosen any more when a stage is written.', place=place, name=name
            )
        if old.name != new.name:
            yield phrase('{place}: "{name}" was called "{old}".', place=place, name=name, old=old.name)

    def _fields(
        self, named: Callable[[str], Phrase], old: Mapping[str, str], new: Mapping[str, str]
    ) -> Iterator[Phrase]:
        for name in sorted({*old, *new}):
            yield from differences(
                self.connection, {named(name): old.get(name)}, {named(name): new.get(name)}
            )


def _field(name: str) -> Phrase:
    return phrase("field {field}", field=terms.field(name))


def _written_back(name: str) -> Phrase:
    return phrase("written back {field}", field=terms.field(name))


def _means(stage: StageMap, line: Conveyor) -> Phrase:
    if stage.means is None:
        return phrase("is ignored")
    return phrase("means {stage}", stage=wording.stage(stage.means, line))


def _meant(stage: StageMap, line: Conveyor) -> Phrase:
    if stage.means is None:
        return phrase("was ignored")
    return phrase("meant {stage}", stage=wording.stage(stage.means, line))


def _pipeline(pipeline: PipelineMap) -> Facts:
    return {
        phrase("name"): pipeline.name,
        phrase("deals"): phrase("ignored") if pipeline.ignore else phrase("taken in"),
    }
