"""Looks at records: takes the observation that an event brought along, or asks the CRM in its batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import structlog

from connectors.base import Lane, Look
from connectors.errors import ConnectorError, Rejected, Unreadable
from mapping.model import ActorKind, Aspect, Deal, Event, EventKind, Link, Missing, Record, Ref
from mapping.ruleset import Ruleset
from store import connections
from store.links import deal_id_for
from sync import people
from sync.core.case import Case, WriteState
from sync.core.look import first_look
from sync.runtime import Runtime

log = structlog.get_logger()

Seen = Record | Missing


@dataclass(frozen=True, slots=True)
class Target:
    """A record that a case wants to see."""

    deal_id: str
    link: Link
    aspects: frozenset[Aspect]

    @property
    def remote_id(self) -> str:
        assert self.link.remote_id is not None
        return self.link.remote_id

    def look(self) -> Look:
        tasks = tuple(self.link.tasks.values()) if Aspect.TASKS in self.aspects else ()
        return Look(self.remote_id, self.aspects, tasks)


def carried(case: Case) -> Case:
    """The case with the observations that its events brought along, where they are all it takes."""
    records: dict[str, Seen] = {}
    for event in case.events:
        if event.record is not None and event.connection is not None and _is_enough(case, event):
            records[event.connection] = event.record
    return replace(case, records=records)


def _is_enough(case: Case, event: Event) -> bool:
    """A record from a list page serves unless something newer was hinted or a write is in flight."""
    link = case.links.get(event.connection or "")
    if link is None or event.record is None or link.tasks:
        return False
    newer = any(
        e.id > event.id and e.connection == event.connection and e.record is None for e in case.events
    )
    in_flight = any(
        w.state is WriteState.SENDING and w.write.connection == event.connection for w in case.writes
    )
    stale = link.modified_at and event.record.modified_at and event.record.modified_at < link.modified_at
    return not (newer or in_flight or stale)


def targets(case: Case, rules: Ruleset) -> list[Target]:
    """The records to look at before the case can be decided."""
    named = {e.connection for e in case.events if e.remote_id is not None and not _is_echo(case, e)}
    named |= {w.write.connection for w in case.writes if w.state is WriteState.SENDING}
    if any(e.kind in (EventKind.LOOK, EventKind.MANUAL) and e.connection is None for e in case.events):
        named |= set(case.links)
    if any(e.kind is EventKind.TIMER for e in case.events):
        named.add(case.deal.home)  # what the clock is about to do hangs on what people did meanwhile
    return [
        Target(case.deal.id, link, first_look(case.deal, link, case.events, rules))
        for connection, link in sorted(case.links.items())
        if connection in named and connection not in case.records and link.remote_id is not None
    ]


def _is_echo(case: Case, event: Event) -> bool:
    """A webhook about a write of ours whose receipt we have: the base moved already, nothing to look for."""
    hint, link = event.hint, case.links.get(event.connection or "")
    if hint is None or link is None or hint.actor.kind is not ActorKind.OURS:
        return False
    return bool(hint.occurred_at and link.modified_at and hint.occurred_at <= link.modified_at)


def with_aspects(case: Case, aspects: frozenset[Aspect]) -> list[Target]:
    """The hosting record again, with all that the decision turned out to need."""
    link = case.links.get(case.deal.home)
    if link is None or link.remote_id is None:
        return []
    known = case.records.get(case.deal.home)
    before = known.known if isinstance(known, Record) else frozenset()
    tasks = frozenset({Aspect.TASKS}) if link.tasks else frozenset[Aspect]()
    return [Target(case.deal.id, link, aspects | before | tasks)]


class Observer:
    """Asks the CRMs, a batch a connection; what one connection refuses does not keep the others waiting."""

    def __init__(self, runtime: Runtime, rules: Ruleset) -> None:
        self._runtime, self._rules = runtime, rules
        self.failed: dict[str, tuple[str, ConnectorError]] = {}  # deal id -> connection, and why it failed

    def look(self, wanted: Iterable[Target]) -> dict[str, dict[str, Seen]]:
        """What the CRMs show, by deal and connection; deals that could not be looked at are in `failed`."""
        by_connection: dict[str, list[Target]] = {}
        for target in wanted:
            by_connection.setdefault(target.link.connection, []).append(target)
        seen: dict[str, dict[str, Seen]] = {}
        for connection, batch in sorted(by_connection.items()):
            for deal_id, record in self._fetch(connection, batch).items():
                seen.setdefault(deal_id, {})[connection] = record
        return {deal_id: found for deal_id, found in seen.items() if deal_id not in self.failed}

    def _fetch(self, connection: str, batch: list[Target]) -> dict[str, Seen]:
        try:
            return self._ask(connection, batch)
        except (Rejected, Unreadable) as error:
            if len(batch) > 1:
                halves = (batch[: len(batch) // 2], batch[len(batch) // 2 :])
                return {k: v for half in halves for k, v in self._fetch(connection, half).items()}
            return self._fail(batch, error)
        except ConnectorError as error:
            return self._fail(batch, error)

    def _ask(self, connection: str, batch: list[Target]) -> dict[str, Seen]:
        connector = self._runtime.connector(connection, self._rules)
        found: Mapping[str, Seen] = connector.fetch([target.look() for target in batch], Lane.READ)
        meet(self._runtime, self._rules, connection, found.values())
        gone = Missing(Ref(connection, ""), "not_found")
        return {
            target.deal_id: found.get(target.remote_id, replace(gone, ref=Ref(connection, target.remote_id)))
            for target in batch
        }

    def _fail(self, batch: list[Target], error: ConnectorError) -> dict[str, Seen]:
        self.failed |= {target.deal_id: (target.link.connection, error) for target in batch}
        return {}

    def know_people(self, cases: Iterable[Case]) -> None:
        """Know the people in the observations that events brought along, as in those of a look."""
        brought: dict[str, list[Case]] = {}
        for case in cases:
            for connection in case.records:
                brought.setdefault(connection, []).append(case)
        for connection, among in sorted(brought.items()):
            try:
                meet(self._runtime, self._rules, connection, [case.records[connection] for case in among])
            except ConnectorError as error:
                self.failed |= {case.deal.id: (connection, error) for case in among}


def meet(runtime: Runtime, rules: Ruleset, connection: str, found: Iterable[Seen]) -> None:
    """Read the CRM's users (again) when somebody turned up whom the directory does not know."""
    with runtime.store.read() as tx:
        row = connections.load(tx, connection)
    known = runtime.directories.of({connection: row}, rules)[connection]
    stranger = any(person not in known.emails for record in found for person in _people(record))
    if people.is_stale(row, runtime.now(), stranger=stranger):
        refresh_people(runtime, rules, connection)


def _people(record: Seen) -> Iterable[str]:
    if isinstance(record, Missing):
        return
    actors = (record.modified_by, record.created_by, *(move.actor for move in record.moves))
    yield from (actor.user_id for actor in actors if actor.user_id)
    owner = record.values.get("owner")
    if isinstance(owner, str):
        yield owner


def refresh_people(runtime: Runtime, rules: Ruleset, connection: str) -> None:
    """Read the users of a CRM and keep them."""
    description = runtime.connector(connection, rules).describe()
    with runtime.store.begin() as tx:
        people.save(tx, connection, description, runtime.now())
    log.info("directory_read", connection=connection, users=len(description.users))


def stray(deal: Deal, link: Link, record: Seen) -> str | None:
    """The deal that a record says it belongs to, if that is not the one it was looked at for."""
    if isinstance(record, Missing) or record.deal_key in (None, deal.id):
        return None
    own = deal_id_for(record.ref)
    return record.deal_key if deal.id == own or not deal.placed else None
