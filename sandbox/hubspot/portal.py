"""One HubSpot account with everything that works on it, and how its records are shown in answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from sandbox.call import compact_json
from sandbox.contract import Services
from sandbox.hubspot.access import Access
from sandbox.hubspot.account import Account, new_account
from sandbox.hubspot.changes import Changes
from sandbox.hubspot.errors import invalid, not_found
from sandbox.hubspot.events import Events
from sandbox.hubspot.kinds import DEALS, Kind
from sandbox.hubspot.reading import object_id
from sandbox.hubspot.records import Record, Source, now_ms
from sandbox.hubspot.values import iso

INLINE_LINKS = 100


@dataclass(frozen=True)
class View:
    """What of a record an answer shows."""

    names: tuple[str, ...]
    history: tuple[str, ...] = ()
    links: tuple[Kind, ...] = ()


class Portal:
    """The account and its parts; `reset` makes all of them anew."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._build()

    def reset(self) -> None:
        """Start again with the default account; events that still wait are not sent."""
        self.events.target_url = None
        self._build()

    def _build(self) -> None:
        self.access = Access()
        self.account: Account = new_account(self.services.options.ids_after)
        self.events = Events(self.services.deliveries, self.account.portal_id)
        self.changes = Changes(self.account, self.events)
        self.set_credentials({})

    def set_credentials(self, settings: dict[str, Any]) -> None:
        """Change what is accepted; the client secret also signs webhooks."""
        credentials = self.access.credentials
        merged = credentials.model_dump() | settings
        self.access.credentials = type(credentials).model_validate(merged)
        self.events.app_id = self.access.credentials.app_id
        self.events.secret = self.access.credentials.client_secret

    @property
    def app(self) -> Source:
        """Return who makes the changes that come through the API."""
        return Source("INTEGRATION", str(self.access.credentials.app_id))

    def view(
        self,
        kind: Kind,
        names: Iterable[str],
        history: Iterable[str] = (),
        links: Iterable[Kind] = (),
    ) -> View:
        """Return a view of known properties; unknown names are dropped, none at all means the defaults."""
        known = self.account.tables[kind].properties
        kept_history = tuple(name for name in history if name in known)
        wanted = set(names) or set(kind.defaults)
        always = {"hs_object_id", kind.created, kind.modified}
        shown = sorted((wanted & known.keys()) | always | set(kept_history))
        return View(tuple(shown), kept_history, tuple(links))

    def written(self, record: Record, names: Iterable[str]) -> View:
        """Return the view of an answer to a write: the written properties and the calculated ones."""
        return self.view(record.kind, {*names, *record.calculated, "hs_object_id"})

    def show(self, record: Record, view: View) -> str:
        """Return a record as JSON text."""
        text = record.rendered(self.account.portal_id, view.names)
        if view.history:
            text = f'{text[:-1]},"propertiesWithHistory":{record.rendered_history(view.history)}}}'
        if view.links and (links := self._links(record, view.links)):
            text = f'{text[:-1]},"associations":{links}}}'
        return text

    def find(self, kind: Kind, id: str, id_property: str | None = None, *, archived: bool = False) -> Record:
        """Return a record by id or unique property; raise the refusal when there is none."""
        record = self.find_or_none(kind, id, id_property, archived=archived)
        if record is None:
            raise not_found()
        return record

    def find_or_none(
        self, kind: Kind, id: str, id_property: str | None = None, *, archived: bool = False
    ) -> Record | None:
        """Return a record by id or unique property, if there is one."""
        table = self.account.tables[kind]
        if id_property in (None, "hs_object_id"):
            return table.get(object_id(id), archived=archived)
        definition = table.properties.get(id_property or "")
        if definition is None or not definition.unique:
            raise invalid(f"{id_property} is not a unique property of {kind.name}")
        return table.find(definition.name, id)

    def shown(self, kind: Kind, records: Sequence[Record], *, listing: bool) -> None:
        """Let planned faults follow an answer that contains these records."""
        if kind is DEALS:
            self.services.faults.shown((str(record.id) for record in records), listing=listing)

    def writing(self, record: Record) -> Record:
        """Let a planned edit by a person come first; return the record as it is then."""
        if record.kind is not DEALS:
            return record
        self.services.faults.writing(str(record.id))
        return self.find(record.kind, str(record.id))

    def note_write(self, record: Record, action: str, changes: dict[str, Any]) -> None:
        """Put a write through the API into the journal."""
        actor = f"app {self.access.credentials.app_id}"
        self.services.journal.write(record.kind.singular, str(record.id), action, changes, actor)

    def _links(self, record: Record, kinds: Sequence[Kind]) -> str:
        blocks: dict[str, Any] = {}
        for kind in kinds:
            targets = list(self.account.links.targets(record.kind, record.id, kind).items())
            if not targets:
                continue
            rows = [
                {"id": str(id), "type": link_type.legacy}
                for id, types in targets[:INLINE_LINKS]
                for link_type in reversed(types)
            ]
            blocks[kind.name] = {"results": rows}
            if len(targets) > INLINE_LINKS:
                blocks[kind.name]["paging"] = {"next": {"after": str(targets[INLINE_LINKS][0])}}
        return compact_json(blocks) if blocks else ""


def raw_json(status: int, text: str) -> Response:
    """Return JSON text as an answer."""
    return Response(text.encode(), status, media_type="application/json;charset=utf-8")


def batch_text(results: Sequence[str], problems: Sequence[dict[str, Any]] = ()) -> str:
    """Return the body of a batch answer."""
    moment = iso(now_ms())
    tail = f'"startedAt":"{moment}","completedAt":"{moment}"'
    if problems:
        tail += f',"numErrors":{len(problems)},"errors":{compact_json(list(problems))}'
    return f'{{"status":"COMPLETE","results":[{",".join(results)}],{tail}}}'
