"""One Copper account with everything that works on it, and what all calls of its API share."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, compact_json
from sandbox.contract import Services

from . import checking
from .access import Access, is_json
from .account import Account, Actor
from .changes import Change, Changes
from .errors import no_path, no_record, refuse
from .events import Events
from .kinds import OPPORTUNITY, Kind
from .settings import Settings
from .tables import Values, Version

COMPUTED = "custom_field_computed_values"


class Portal:
    """The account and its parts."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.account = Account(Settings(), services.options.ids_after)
        self.access = Access(self.account)
        self.events = Events(self.account, services)
        self.changes = Changes(self.account, self.events)

    @property
    def actor(self) -> Actor:
        """Return who makes the changes that come through the API: the user of the key."""
        return Actor(self.account.integration.id, via_api=True)

    def lint(self, call: Call, known: Iterable[str] = ()) -> None:
        """Count what Copper lets pass though it is not the documented form: stray query, no content type."""
        stray = {name for name, _ in call.query} - set(known)
        if stray or not is_json(call):
            self.services.journal.counts.totals["malformed"] += 1

    def body(self, call: Call) -> dict[str, Any]:
        """Return the JSON object of a call; no body at all is an empty one."""
        try:
            given = call.json() if call.body else {}
        except ValueError as error:
            raise refuse(400, "Invalid JSON", "malformed") from error
        if not isinstance(given, dict):
            raise refuse(400, "Invalid JSON: an object is needed", "malformed")
        return given

    def find(self, kind: Kind, id: str) -> Version:
        """Return the record of that id, as far as the key may see it; raise the refusal."""
        if not id.isdigit():
            raise no_path()
        record = self.account.tables[kind].get(int(id))
        if record is None or not self.sees(kind, record.values):
            raise no_record()
        return record

    def sees(self, kind: Kind, values: Mapping[str, Any]) -> bool:
        """Say whether the key's user may see a record: an administrator sees all, others their own deals."""
        if kind is not OPPORTUNITY or self.account.settings.administrator:
            return True
        return bool(values["assignee_id"] == self.account.integration.id)

    def writing(self, kind: Kind, record: Version) -> Version:
        """Let a planned edit by a person come first; return the record as it is then."""
        if kind is not OPPORTUNITY:
            return record
        self.services.faults.writing(str(record.id))
        return self.find(kind, str(record.id))

    def wrote(self, kind: Kind, id: int, action: str, changes: Change) -> None:
        """Put a write through the API into the journal."""
        shown = {name: {"from": before, "to": after} for name, (before, after) in changes.items()}
        self.note_write("deal" if kind is OPPORTUNITY else kind.singular, id, action, shown)

    def note_write(self, what: str, id: int, action: str, changes: dict[str, Any]) -> None:
        """Put a write of something else into the journal."""
        self.services.journal.write(what, str(id), action, changes, f"app {self.account.integration.id}")

    def create(self, kind: Kind, given: Mapping[str, Any]) -> Version:
        """Create a record as a call asks; raises Problem."""
        values = checking.check(self.account, kind, given, None)
        record = self.changes.create(kind, values, self.actor)
        self.wrote(kind, record.id, "create", {name: (None, value) for name, value in values.items()})
        return record

    def update(self, kind: Kind, record: Version, given: Mapping[str, Any]) -> Version:
        """Update a record as a call asks; raises Problem."""
        checking.check(self.account, kind, given, record)
        record = self.writing(kind, record)
        values = checking.check(self.account, kind, given, record)
        changes = self.changes.update(kind, record, values, self.actor)
        self.wrote(kind, record.id, "update", changes)
        return self.account.tables[kind].get(record.id) or record

    def answer(self, call: Call, kind: Kind, record: Version, *, read: bool = False) -> Response:
        """Return one record as an answer."""
        if read and kind is OPPORTUNITY:
            self.services.faults.shown([str(record.id)], listing=False)
        return raw_json(self.show(kind, record, computed=wants_computed(call)))

    def show(self, kind: Kind, record: Version, *, computed: bool = False, listing: bool = False) -> str:
        """Return a record as JSON text, made once for each of its states."""
        definitions = self.account.definitions
        key = (definitions.revision, computed, listing)
        text = record.texts.get(key)
        if text is None:
            text = record.texts[key] = compact_json(self._shown(kind, record.values, computed, listing))
        return text

    def _shown(self, kind: Kind, values: Values, computed: bool, listing: bool) -> dict[str, Any]:
        shown = dict(values)
        if kind is OPPORTUNITY and not listing:
            del shown["date_stage_changed"]
        fields = []
        for definition in self.account.definitions.on(kind.singular):
            value = values["custom_fields"].get(definition.id, definition.unset)
            field = {"custom_field_definition_id": definition.id, "value": value}
            if computed:
                field["computed_value"] = definition.computed(value)
            fields.append(field)
        shown["custom_fields"] = fields
        return shown


def wants_computed(call: Call) -> bool:
    """Say whether a call asks for the names of options."""
    return dict(call.query).get(COMPUTED) == "true"


def raw_json(text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON text as an answer."""
    return Response(text.encode(), 200, dict(headers or {}), "application/json; charset=utf-8")


def json_of(value: Any) -> Response:
    """Return a value as an answer."""
    return raw_json(compact_json(value))
