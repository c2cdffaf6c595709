"""What it means to create, change and delete a record, whoever does it: what follows, the trail, the webhooks."""

from typing import Any, Final

from . import following
from .account import Account, Actor, HistoryLine
from .checking import CUSTOM
from .events import Events
from .kinds import COMPANY, OPPORTUNITY, PERSON, TASK, Kind
from .tables import Values, Version
from .trail import Trail

# What changes of itself is neither history nor news.
_SILENT: Final = frozenset({"date_modified", "date_stage_changed", "company_name", "pipeline_is_revenue"})
_FIRST_LINES: Final = ("pipeline_stage_id", "status", "assignee_id")
Change = dict[str, tuple[Any, Any]]


class Changes:
    """Writes to the records of one account."""

    def __init__(self, account: Account, events: Events) -> None:
        self._account = account
        self._events = events
        self._trail = Trail(account)

    def create(self, kind: Kind, given: Values, actor: Actor, *, quiet: bool = False) -> Version:
        """Make a record of checked values; `quiet` as an import does: no trail, nobody is told.

        Raises Problem for pipeline and stage that do not belong together.
        """
        now = self._account.now()
        values = {**kind.blank(), **given, CUSTOM: dict(given.get(CUSTOM, {}))}
        values |= {"date_created": now, "date_modified": now}
        values |= following.of_new(self._account, kind, given, values)
        record = self._account.tables[kind].add(values)
        self._index(kind, record, {})
        if kind is TASK:
            self._account.task_makers[record.id] = actor
        if not quiet:
            if kind is OPPORTUNITY:
                self._remember(record, {name: (None, values[name]) for name in _FIRST_LINES}, actor)
            self._trail.created(kind, record, actor)
            self._events.tell(kind, "new", record, {}, actor)
        return record

    def update(
        self, kind: Kind, record: Version, given: Values, actor: Actor, *, quiet: bool = False
    ) -> Change:
        """Write checked values and return what changed; if nothing differs, nothing is saved.

        Raises Problem for pipeline and stage that do not belong together.
        """
        before, now = record.values, self._account.now()
        wanted = {name: value for name, value in given.items() if name != CUSTOM}
        wanted |= following.of_change(self._account, kind, wanted, before)
        changes = {name: (before[name], value) for name, value in wanted.items() if value != before[name]}
        changes |= self._custom_changes(before[CUSTOM], given.get(CUSTOM, {}))
        if not changes:
            return {}
        custom = {**before[CUSTOM], **given.get(CUSTOM, {})}
        after = Version({**before, **wanted, CUSTOM: custom, "date_modified": now})
        self._account.tables[kind].put(after)
        self._index(kind, after, before)
        told = {name: change for name, change in changes.items() if name not in _SILENT}
        if kind is OPPORTUNITY:
            self._remember(after, told, actor)
        self._trail.changed(kind, after, told, actor)
        if not quiet:
            self._events.tell(kind, "update", after, changes, actor)
        return told

    def logged(self, kind: Kind, id: int, at: int, *, interaction: bool) -> None:
        """Let an activity move the dates of its record: an interaction does, whether a note does is a switch."""
        record = self._account.tables[kind].get(id)
        if record is None or not (interaction or self._account.settings.notes_touch):
            return
        values = {**record.values, "date_modified": self._account.now()}
        if interaction and "interaction_count" in values:
            values["interaction_count"] += 1
        if interaction and "date_last_contacted" in values:
            values["date_last_contacted"] = max(at, values["date_last_contacted"] or 0)
        self._account.tables[kind].put(Version(values))

    def delete(self, kind: Kind, record: Version, actor: Actor) -> None:
        """Delete a record for good; what pointed to it points to nothing."""
        self._account.tables[kind].remove(record.id)
        self._index(kind, None, record.values)
        one = (kind.singular, record.id)
        for other in list(self._account.related.pop(one, ())):
            self._account.related[other].pop(one, None)
        if kind in (PERSON, COMPANY):
            following.forget(self._account, kind, record.id)
        self._events.tell(kind, "delete", record, {}, actor)

    def _custom_changes(self, before: dict[int, Any], given: dict[int, Any]) -> Change:
        """Return what changes in custom fields; each goes by its id in digits."""
        definitions = self._account.definitions.by_id
        changes: Change = {}
        for id, value in given.items():
            old = before.get(id, definitions[id].unset)
            if value != old:
                changes[str(id)] = (old, value)
        return changes

    def _remember(self, record: Version, changes: Change, actor: Actor) -> None:
        lines = self._account.history[record.id]
        for name, (_, after) in changes.items():
            value = None if after is None else str(after)
            lines.append(HistoryLine(self._account.now(), self._field(name), value, actor))

    def _field(self, name: str) -> str:
        definition = self._account.definitions.by_id.get(int(name)) if name.isdigit() else None
        return definition.key if definition else name

    def _index(self, kind: Kind, record: Version | None, before: Values) -> None:
        """Keep the unique keys of people and companies right."""
        after = {} if record is None else record.values
        if kind is PERSON:
            emails = self._account.unique["emails"]
            for each in before.get("emails", ()):
                emails.pop(each["email"], None)
            if record is not None:
                emails.update({each["email"]: record.id for each in after["emails"]})
        elif kind is COMPANY:
            domains = self._account.unique["email_domain"]
            domains.pop((before.get("email_domain") or "").lower(), None)
            if record is not None and after["email_domain"]:
                domains[after["email_domain"].lower()] = record.id
