"""Every change of an object, by API or by people: stamps, history, event, journal line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.close.actors import Actor
from sandbox.close.event_log import EventLog, difference
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.shapes import lead_event_shape
from sandbox.contract import Services

EVENT_TYPES = {
    "lead": "lead",
    "contact": "contact",
    "opportunity": "opportunity",
    "task": "task.lead",
    "note": "activity.note",
    "status_change": "activity.opportunity_status_change",
    "comment": "comment",
}
JOURNAL_NAMES = {"opportunity": "deal"}
# Follow from something else, so the journal does not repeat them.
DERIVED = frozenset(
    {
        "date_updated",
        "updated_at",
        "updated_by",
        "updated_by_name",
        "status_label",
        "status_display_name",
        "user_name",
        "contact_name",
        "pipeline_name",
        "value_formatted",
        "annualized_value",
        "expected_value",
        "annualized_expected_value",
        "display_name",
        "due_date",
        "assigned_to_name",
        "view",
    }
)
DOCUMENTED = frozenset({"status_id", "date_won", "value", "value_period", "confidence"})
HISTORY = ("status_id", "pipeline_id", "user_id", "value", "value_period", "confidence", "note", "contact_id")


class Changes:
    """Writes to one organization."""

    def __init__(self, organization: Organization, log: EventLog, services: Services) -> None:
        self._organization = organization
        self._log = log
        self._services = services

    def create(
        self,
        kind: str,
        values: dict[str, Any],
        actor: Actor,
        *,
        at: int | None = None,
        quiet: bool = False,
    ) -> Record:
        """Create an object; `quiet` tells nobody."""
        organization = self._organization
        record = organization.new(kind, values, actor, at)
        if kind == "contact":
            organization.forget_lead(values["lead_id"])
        if kind == "opportunity":
            self._remember(record, {}, values, actor)
        if not quiet:
            after = self._shown(record)
            self._log.created(actor, EVENT_TYPES[kind], after, record.lead_id)
            self._journal(record, "create", {name: (None, value) for name, value in values.items()}, actor)
        return record

    def update(
        self,
        record: Record,
        change: Callable[[], None],
        actor: Actor,
        *,
        action: str = "updated",
        always: bool = False,
        **meta: Any,
    ) -> dict[str, tuple[Any, Any]]:
        """Let `change` alter the object; return {name: (before, after)}.

        Nothing moves when nothing differs, unless `always`.
        """
        before = self._shown(record)
        change()
        record.forget()
        if not difference(before, self._shown(record)) and not always:
            self._journal(record, "update", {}, actor)
            return {}
        self._organization.tables[record.kind].touch(record, actor.user_id)
        if record.kind in ("lead", "contact"):
            self._organization.forget_lead(record.lead_id or "")
        after = self._shown(record)
        changes = {
            name: (before.get(name), after.get(name))
            for name in difference(before, after)
            if name not in DERIVED
        }
        if record.kind == "opportunity":
            self._remember(record, before, after, actor)
        if self._told(record, changes):
            type_ = EVENT_TYPES[record.kind]
            self._log.changed(actor, type_, before, after, record.lead_id, action=action, **meta)
        self._journal(record, "update", changes, actor)
        return changes

    def delete(self, record: Record, actor: Actor, **meta: Any) -> None:
        """Delete an object, and with a lead all that belongs to it."""
        if record.kind == "lead":
            for kind in ("opportunity", "contact", "task", "note", "status_change", "comment"):
                for child in self._organization.tables[kind].of_lead(record.id):
                    self.delete(child, actor, **meta)
        before = self._shown(record)
        self._organization.tables[record.kind].remove(record)
        if record.kind == "contact":
            self._organization.forget_lead(record.lead_id or "")
        self._log.deleted(actor, EVENT_TYPES[record.kind], before, record.lead_id, **meta)
        self._journal(record, "delete", {}, actor)

    def _shown(self, record: Record) -> dict[str, Any]:
        if record.kind == "lead":
            return lead_event_shape(self._organization, record)
        return self._organization.show(record)

    def _told(self, record: Record, changes: dict[str, tuple[Any, Any]]) -> bool:
        """Say whether a change becomes an event; the documentation promises it for some fields only."""
        only_documented = self._organization.settings.only_documented_updates_are_told
        return not only_documented or record.kind != "opportunity" or bool(DOCUMENTED & changes.keys())

    def _remember(self, record: Record, before: dict[str, Any], after: dict[str, Any], actor: Actor) -> None:
        """Keep the change for the control API; Close itself has no history of single fields."""
        at = record.updated
        for name, value in after.items():
            if (name in HISTORY or name.startswith("custom.")) and before.get(name) != value:
                record.history.append((at, name, value, actor))
        gone = [name for name in before if name.startswith("custom.") and name not in after]
        record.history += [(at, name, None, actor) for name in gone]

    def _journal(
        self, record: Record, action: str, changes: dict[str, tuple[Any, Any]], actor: Actor
    ) -> None:
        # A line of the status history is written by Close itself.
        if actor.source != "app" or record.kind == "status_change":
            return
        shown = {
            name: {"from": old, "to": new} for name, (old, new) in changes.items() if not name.startswith("_")
        }
        name = JOURNAL_NAMES.get(record.kind, record.kind)
        author = f"app {actor.api_key_id or actor.oauth_client_id}"
        self._services.journal.write(name, record.id, action, shown, author)
