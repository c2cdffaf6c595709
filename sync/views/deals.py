"""The deals, one row each: where the CRM shows it, where it stands on the line, and whose it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypedDict

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from mapping.model import STANDARD_FIELDS, DealStatus, Link, Value
from mapping.ruleset import ConnectionMapping, PipelineMap, Ruleset
from store import connections, deals
from store.deals import DealRow
from store.schema import deals as deals_table
from store.schema import links as links_table
from sync.core.directory import Directory
from sync.runtime import Runtime
from sync.views.names import home_link, iso, ref

_COLUMNS_OF_THEIR_OWN = frozenset({"title", "amount", "currency"})
_NOWHERE = frozenset({DealStatus.UNMAPPED, DealStatus.IGNORED})


class DealView(TypedDict):
    """One deal as `conveyor deals --json` prints it."""

    deal: str
    connection: str
    external_id: str | None
    title: Value
    pipeline: str | None
    pipeline_id: str | None
    crm_stage: str | None
    crm_stage_id: str | None
    section: str | None
    stage: str | None
    status: str
    owner: str | None
    crm_owner: str | None
    amount: str | None
    currency: Value
    fields: Mapping[str, Value]
    stage_since: str | None
    updated_at: str | None
    journey: str
    linked: list[str]
    url: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals to list; all of them by default."""

    connection: str | None = None
    section: str | None = None
    stage: str | None = None
    status: DealStatus | None = None
    owner: str | None = None
    limit: int | None = None

    def takes(self, view: DealView) -> bool:
        """Whether a row is wanted; status and owner are left to the database."""
        asked = (("connection", self.connection), ("section", self.section), ("stage", self.stage))
        return all(value is None or view.get(name) == value for name, value in asked)


_EVERYTHING = Wanted()


def listing(runtime: Runtime, wanted: Wanted = _EVERYTHING) -> Iterator[DealView]:
    """Stream the deals, in a stable order; the memory it takes does not grow with their number.

    A deal that was only heard of and not looked at yet is left out. Raises `NotConfigured`, `Unavailable`.
    """
    rules = runtime.rules.get()
    with runtime.store.read() as tx:
        reader = _Reader(rules, runtime.directories.of(connections.load_all(tx), rules), _journeys(tx))
        rows = deals.listing(tx, status=wanted.status, owner=wanted.owner)
        views = (reader.view(row) for row in rows if not _only_heard_of(row))
        yield from islice((view for view in views if wanted.takes(view)), wanted.limit)


def page(
    runtime: Runtime, wanted: Wanted, shown: ColumnElement[bool], after: str | None, size: int
) -> tuple[list[DealView], str | None]:
    """A page of the deals that are wanted, and after which id the next one begins; `shown` is a condition on
    `store.schema.deals`.

    Raises `NotConfigured`, `Unavailable`.
    """
    rules = runtime.rules.get()
    if wanted.stage is not None:
        shown = and_(shown, deals_table.c.stage == wanted.stage)
    with runtime.store.read() as tx:
        rows = deals.listing(
            tx,
            connection=wanted.connection,
            section=wanted.section,
            status=wanted.status,
            owner=wanted.owner,
            shown=shown,
            after=after,
        )
        known = (row for row in rows if not _only_heard_of(row))
        reader = _Reader(rules, runtime.directories.of(connections.load_all(tx), rules), {})
        fitting = (row for row in known if wanted.takes(reader.view(row)))
        found = list(islice(fitting, size + 1))
        reader = replace(reader, journeys=_journeys(tx, {row.deal.journey for row in found}))
    following = found[size - 1].deal.id if len(found) > size else None
    return [reader.view(row) for row in found[:size]], following


def one(tx: Connection, runtime: Runtime, rules: Ruleset, row: DealRow) -> DealView:
    """One deal, in a transaction of the caller's."""
    people = runtime.directories.of(connections.load_all(tx), rules)
    return _Reader(rules, people, _journeys(tx, {row.deal.journey})).view(row)


@dataclass(frozen=True)
class _Reader:
    """Puts rows into words."""

    rules: Ruleset
    people: Mapping[str, Directory]
    journeys: Mapping[str, list[str]]  # only those of more than one deal -> all their records

    def view(self, row: DealRow) -> DealView:
        deal, link = row.deal, home_link(row.deal, row.links)
        connection = link.connection if link else deal.home
        values = link.seen if link else {}
        pipeline_id, stage_id = _place(values.get("stage"))
        mapping = self.rules.mappings.get(connection)
        pipeline = _pipeline(mapping, pipeline_id)
        on_line = deal.status not in _NOWHERE
        name = ref(link) if link else f"{deal.home}:new"
        return DealView(
            deal=name,
            connection=connection,
            external_id=link.remote_id if link else None,
            title=deal.fields.get("title"),
            pipeline=pipeline.name if pipeline else pipeline_id,
            pipeline_id=pipeline_id,
            crm_stage=_stage_name(pipeline, stage_id),
            crm_stage_id=stage_id,
            section=deal.section if on_line else None,
            stage=deal.stage if on_line else None,
            status=deal.status.value,
            owner=deal.owner,
            crm_owner=self._email(connection, values.get("owner")),
            amount=_text(deal.fields.get("amount")),
            currency=deal.fields.get("currency"),
            fields=_fields(row, mapping),
            stage_since=iso(deal.stage_since),
            updated_at=iso(deal.updated_at),
            journey=deal.journey,
            linked=self._linked(name, row),
            url=link.url if link else None,
        )

    def _email(self, connection: str, account: Value) -> str | None:
        directory = self.people.get(connection)
        return directory.email(account) if directory else None

    def _linked(self, name: str, row: DealRow) -> list[str]:
        own = [ref(link) for link in row.links if link.remote_id is not None]
        return sorted({*own, *self.journeys.get(row.deal.journey, ())} - {name})


def _only_heard_of(row: DealRow) -> bool:
    unseen = not any(link.seen for link in row.links)
    return unseen and row.deal.status is DealStatus.UNMAPPED and not row.deal.placed


def _journeys(tx: Connection, among: Collection[str] | None = None) -> dict[str, list[str]]:
    """The records of every journey that has more than one deal, or of these journeys."""
    journey = deals_table.c.journey
    if among is None:
        chosen: ColumnElement[bool] = journey.in_(select(journey).group_by(journey).having(func.count() > 1))
    else:  # so that the database looks at these deals only: by their ids, and by the index of those that follow
        chosen = or_(deals_table.c.id.in_(among), (journey != deals_table.c.id) & journey.in_(among))
    query = (
        select(journey, links_table.c.connection, links_table.c.remote_id)
        .join(links_table, links_table.c.deal_id == deals_table.c.id)
        .where(chosen, links_table.c.remote_id.is_not(None))
    )
    found: dict[str, list[str]] = {}
    for journey, connection, remote_id in tx.execute(query):
        found.setdefault(journey, []).append(ref(Link(connection, remote_id, "")))
    return found


def _place(value: Value) -> tuple[str | None, str | None]:
    return (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (None, None)


def _pipeline(mapping: ConnectionMapping | None, pipeline_id: str | None) -> PipelineMap | None:
    known = mapping.pipelines if mapping else ()
    return next((pipeline for pipeline in known if pipeline.id == pipeline_id), None)


def _stage_name(pipeline: PipelineMap | None, stage_id: str | None) -> str | None:
    """The name that the mapping gives; a stage that it does not know goes by its id."""
    known = pipeline.stages if pipeline else ()
    return next((stage.name for stage in known if stage.id == stage_id), stage_id)


def _fields(row: DealRow, mapping: ConnectionMapping | None) -> dict[str, Value]:
    named = {*STANDARD_FIELDS, *(mapping.fields if mapping else ()), *row.deal.fields}
    values = {"created_at": iso(row.deal.created_at), **row.deal.fields}
    return {name: values.get(name) for name in sorted(named - _COLUMNS_OF_THEIR_OWN)}


def _text(value: Value) -> str | None:
    return None if value is None or value == "" else str(value)
