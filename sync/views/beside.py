"""A deal as the line has it, beside each record of it as its CRM last showed it, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from mapping.model import Deal, Link, Value
from mapping.ruleset import Ruleset
from mapping.translate import same
from sync.core.directory import Directory
from sync.core.merge import WRITE_BACK
from sync.views.names import ref

_PLACE = frozenset({"stage", "owner"})
_FIRST = ("title", "amount", "currency")


class FieldView(TypedDict):
    """One field: ours, the CRM's, and whether the two say something else."""

    name: str
    ours: Value
    theirs: Value
    differs: bool


class RecordView(TypedDict):
    """One record of the deal in a CRM."""

    deal: str
    connection: str
    url: str | None
    gone: bool
    pipeline: str | None
    stage: str | None
    owner: str | None
    fields: list[FieldView]


def records(
    rules: Ruleset, people: Mapping[str, Directory], deal: Deal, tied: Iterable[Link]
) -> list[RecordView]:
    """Every record of the deal, its home first."""
    ordered = sorted(tied, key=lambda link: (link.connection != deal.home, link.connection))
    return [_record(rules, people.get(link.connection), deal, link) for link in ordered if link.remote_id]


def _record(rules: Ruleset, directory: Directory | None, deal: Deal, link: Link) -> RecordView:
    pipeline, stage = _place(rules, link)
    owner = link.seen.get("owner")
    return RecordView(
        deal=ref(link),
        connection=link.connection,
        url=_web_address(link.url),
        gone=link.gone,
        pipeline=pipeline,
        stage=stage,
        owner=(directory.email(owner) if directory else None) or (str(owner) if owner else None),
        fields=_fields(deal, link),
    )


def _place(rules: Ruleset, link: Link) -> tuple[str | None, str | None]:
    """Pipeline and stage by the names of the mapping, else by their ids."""
    place = link.seen.get("stage")
    if not isinstance(place, list) or len(place) != 2:
        return None, None
    mapping = rules.mappings.get(link.connection)
    known = mapping.pipelines if mapping else ()
    pipeline = next((each for each in known if each.id == place[0]), None)
    stages = pipeline.stages if pipeline else ()
    stage = next((each.name for each in stages if each.id == place[1]), place[1])
    return (pipeline.name if pipeline else place[0]), stage


def _fields(deal: Deal, link: Link) -> list[FieldView]:
    """What either of them has, but for stage and owner, and what only the conveyor writes there; what the CRM never
    showed is nobody's difference."""
    names = {name for name in (*deal.fields, *link.seen) if not name.startswith(WRITE_BACK)} - _PLACE
    ordered = sorted(names, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [_field(name, deal.fields.get(name), link) for name in ordered]


def _field(name: str, ours: Value, link: Link) -> FieldView:
    theirs = link.seen.get(name)
    differs = name in link.seen and not same(ours, theirs)
    return FieldView(name=name, ours=ours, theirs=theirs, differs=differs)


def _web_address(url: str | None) -> str | None:
    """An address that may stand in a link: what a CRM says is not trusted to be one."""
    return url if url and url.startswith(("https://", "http://")) else None
