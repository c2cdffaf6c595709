"""Creating and changing opportunities, by API or by people: what is allowed and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.close.actors import Actor
from sandbox.close.changes import Changes
from sandbox.close.clock import now_ms, offset_text, parse_ms, today
from sandbox.close.custom_values import custom_checks, merged
from sandbox.close.opportunity_shape import PERIODS
from sandbox.close.organization import Organization
from sandbox.close.pipelines import LOST, WON, Status
from sandbox.close.records import Record
from sandbox.close.refusals import MISSING_OBJECT, invalid
from sandbox.close.rich_text import checked as rich
from sandbox.close.rich_text import twins
from sandbox.close.values import (
    Check,
    Invalid,
    embedded,
    list_of,
    moment,
    one_of,
    reference,
    text,
    whole_number,
)

DEFAULTS: dict[str, Any] = {
    "contact_id": None,
    "value": None,
    "value_period": "one_time",
    "confidence": 50,
    "note": "",
    "note_html": "<body></body>",
    "attachments": [],
    "date_won": None,
    "date_lost": None,
}
ATTACHMENT = embedded({"url": text, "filename": text, "content_type": text}, ("url",))
NEW_ONLY = ("lead_id", "pipeline_id", "date_created", "created_by")
UPDATE_ONLY = ("status",)


class OpportunityWrites:
    """Writes to the opportunities of one organization."""

    def __init__(self, organization: Organization, changes: Changes) -> None:
        self._organization = organization
        self._changes = changes

    def checks(
        self, names: Iterable[str], tz_hours: float, role: str | None, *, new: bool
    ) -> dict[str, Check]:
        """Return the checks of a body with these keys."""
        organization = self._organization
        table: dict[str, Check] = {
            "lead_id": reference(lambda id: organization.exists("lead", id)),
            "status_id": reference(lambda id: organization.pipelines.status(id) is not None),
            "status": self._label,
            "pipeline_id": reference(lambda id: organization.pipelines.get(id) is not None),
            "user_id": reference(self._may_own),
            "created_by": reference(lambda id: organization.exists("user", id)),
            "contact_id": reference(lambda id: organization.exists("contact", id), nullable=True),
            "value": whole_number(),
            "value_period": one_of(PERIODS),
            "confidence": whole_number(0, 100, nullable=False),
            "note": text,
            "note_html": rich,
            "date_won": moment(tz_hours),
            "date_created": moment(tz_hours),
            "attachments": list_of(ATTACHMENT),
        }
        left_out = UPDATE_ONLY if new else NEW_ONLY
        standard = {name: check for name, check in table.items() if name not in left_out}
        return standard | custom_checks(organization, "opportunity", names, role)

    def create(self, given: dict[str, Any], actor: Actor, tz_hours: float, *, quiet: bool = False) -> Record:
        """Create an opportunity from checked values; without a lead, one called Untitled is made."""
        status = self._first_status(given)
        created = given.get("date_created")
        lead_id = given.get("lead_id") or self._untitled(actor)
        values = DEFAULTS | {"lead_id": lead_id, "user_id": actor.user_id, "status_id": status.id}
        own = {name: value for name, value in given.items() if name not in NEW_ONLY and value is not None}
        values = merged(values, twins(own))
        self._check_contact(values)
        self._follow(values, None, status, tz_hours)
        at = parse_ms(created, tz_hours) if created else None
        record = self._changes.create("opportunity", values, actor, at=at, quiet=quiet)
        if given.get("created_by"):
            record.updated_by = given["created_by"]
        return record

    def update(
        self, record: Record, given: dict[str, Any], actor: Actor, tz_hours: float
    ) -> dict[str, tuple[Any, Any]]:
        """Change an opportunity by checked values; return {name: (before, after)}."""
        pipelines = self._organization.pipelines
        if "status" in given:
            labelled = pipelines.by_label(given.pop("status"))
            given.setdefault("status_id", labelled.id if labelled else None)
        old = pipelines.known[record.values["status_id"]]
        values = merged(record.values, twins(given))
        self._check_contact(values)
        new = pipelines.known[values["status_id"]]
        if new is not old:
            self._follow(values, old, new, tz_hours)

        def change() -> None:
            record.values = values

        always = self._organization.settings.unchanged_update_counts and actor.source == "app"
        changes = self._changes.update(record, change, actor, always=always)
        if new is not old:
            self._note_status(record, old, new, actor)
        return changes

    def _first_status(self, given: dict[str, Any]) -> Status:
        pipelines = self._organization.pipelines
        pipeline = pipelines.get(given.get("pipeline_id"))
        if "status_id" not in given:
            statuses = pipeline.statuses if pipeline else list(pipelines.statuses.values())
            if not statuses:
                raise invalid({"pipeline_id": "The pipeline has no statuses."})
            return statuses[0]
        status = pipelines.known[given["status_id"]]
        if pipeline and status not in pipeline.statuses:
            raise invalid({"status_id": "Status does not belong to the pipeline."})
        return status

    def _untitled(self, actor: Actor) -> str:
        lead_status = self._organization.pipelines.lead_statuses[0].id
        values: dict[str, Any] = {"name": "Untitled", "description": "", "url": None, "addresses": []}
        return self._changes.create("lead", values | {"status_id": lead_status}, actor).id

    def _check_contact(self, values: dict[str, Any]) -> None:
        contact = self._organization.get("contact", values["contact_id"])
        if contact and contact.lead_id != values["lead_id"]:
            raise invalid({"contact_id": "The contact does not belong to the lead of this opportunity."})

    def _follow(self, values: dict[str, Any], old: Status | None, new: Status, tz_hours: float) -> None:
        """Set what a new status brings: the date it was won stays for ever, the date it was lost may not."""
        settings = self._organization.settings
        if new.type == WON:
            values["date_won"] = values["date_won"] or today(tz_hours)
            if settings.won_sets_confidence:
                values["confidence"] = 100
        if new.type == LOST:
            values["date_lost"] = offset_text(now_ms())
        elif old is not None and settings.reopening_clears_date_lost:
            values["date_lost"] = None

    def _note_status(self, record: Record, old: Status, new: Status, actor: Actor) -> None:
        """Add a line to the history; within the consolidation delay a line becomes one with the line before."""
        recent = self._recent_change(record, actor)
        if recent is None:
            self._changes.create("status_change", self._status_values(record, old, new), actor)
        elif recent.values["old_status_id"] == new.id:
            self._changes.delete(recent, actor)
        else:
            first = self._organization.pipelines.known[recent.values["old_status_id"]]
            values = self._status_values(record, first, new)
            self._changes.update(recent, lambda: recent.values.update(values), actor)

    def _recent_change(self, record: Record, actor: Actor) -> Record | None:
        settings = self._organization.settings
        since = now_ms() - settings.consolidation_s * 1000
        for each in reversed(self._organization.tables["status_change"].of_lead(record.lead_id or "")):
            same_actor = each.actor.user_id == actor.user_id or settings.consolidates_actors
            if each.values["opportunity_id"] == record.id:
                return each if each.created > since and same_actor else None
        return None

    def _status_values(self, record: Record, old: Status, new: Status) -> dict[str, Any]:
        pipelines = self._organization.pipelines
        values: dict[str, Any] = {"lead_id": record.lead_id, "opportunity_id": record.id}
        for side, status in (("old", old), ("new", new)):
            pipeline = pipelines.get(status.pipeline_id)
            values |= {
                f"{side}_status_id": status.id,
                f"{side}_status_label": status.label,
                f"{side}_status_type": status.type,
                f"{side}_pipeline_id": status.pipeline_id,
                f"{side}_pipeline_name": pipeline.name if pipeline else None,
            }
        shown = self._organization.show(record)
        copied = ("value", "value_currency", "value_formatted", "value_period", "confidence", "date_won")
        return values | {f"opportunity_{name}": shown[name] for name in copied}

    def _may_own(self, user_id: str) -> bool:
        user = self._organization.people.users.get(user_id)
        return user is not None and (user.active or self._organization.settings.former_owner == "accept")

    def _label(self, value: Any) -> str:
        if not isinstance(value, str) or self._organization.pipelines.by_label(value) is None:
            raise Invalid(MISSING_OBJECT)
        return value
