"""How leads, contacts, tasks, activities and comments are shown. Opportunities: opportunity_shape.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.close.clock import offset_text
from sandbox.close.organization import Organization
from sandbox.close.records import Record


def authorship(organization: Organization, record: Record) -> dict[str, Any]:
    """Return who made and last changed an object, and when."""
    people = organization.people
    return {
        "created_by": record.actor.user_id,
        "created_by_name": people.name(record.actor.user_id),
        "updated_by": record.updated_by,
        "updated_by_name": people.name(record.updated_by),
        "date_created": offset_text(record.created),
        "date_updated": offset_text(record.updated),
    }


def custom_values(record: Record) -> dict[str, Any]:
    """Return the custom fields that have a value; unset ones are missing."""
    return {key: value for key, value in record.values.items() if key.startswith("custom.")}


def contact_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return a contact."""
    values = record.values
    return {
        "id": record.id,
        "organization_id": organization.id,
        "lead_id": values["lead_id"],
        "name": values["name"],
        "display_name": values["name"] or _first_address(values),
        "title": values["title"],
        "emails": [{"is_unsubscribed": False, **each} for each in values["emails"]],
        "phones": [
            {**each, "phone_formatted": each["phone"], "country": None, "type": each.get("type", "office")}
            for each in values["phones"]
        ],
        "urls": values["urls"],
        "timezone": None,
        "timezone_source": None,
        "integration_links": [],
        **authorship(organization, record),
        **custom_values(record),
    }


def _first_address(values: dict[str, Any]) -> str:
    first = [each["email"] for each in values["emails"]] or [each["phone"] for each in values["phones"]]
    return str(first[0]) if first else ""


def lead_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return a lead with its contacts, opportunities and open tasks."""
    values, tables = record.values, organization.tables
    status = organization.pipelines.lead_status(values["status_id"])
    contacts = [organization.show(each) for each in tables["contact"].of_lead(record.id)]
    tasks = [each for each in tables["task"].of_lead(record.id) if not each.values["is_complete"]]
    custom = custom_values(record)
    by_name = {
        field.name: custom[field.key] for field in organization.fields.of("lead") if field.key in custom
    }
    return {
        "id": record.id,
        "organization_id": organization.id,
        "name": values["name"],
        "display_name": values["name"] or (contacts[0]["display_name"] if contacts else "Untitled"),
        "description": values["description"],
        "url": values["url"],
        "html_url": f"https://app.close.com/lead/{record.id}/",
        "status_id": values["status_id"],
        "status_label": status.label if status else None,
        "addresses": values["addresses"],
        "contact_ids": [each["id"] for each in contacts],
        "contacts": contacts,
        "opportunities": [organization.show(each) for each in tables["opportunity"].of_lead(record.id)],
        "tasks": [organization.show(each) for each in tasks],
        "integration_links": [],
        "custom": by_name,
        **authorship(organization, record),
        **custom,
    }


def lead_event_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return a lead as events carry it: without the objects that belong to it."""
    children = ("contacts", "opportunities", "tasks", "custom")
    return {name: value for name, value in lead_shape(organization, record).items() if name not in children}


def task_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return a task."""
    values = record.values
    return {
        "_type": values["_type"],
        "id": record.id,
        "organization_id": organization.id,
        "lead_id": values["lead_id"],
        "lead_name": _lead_name(organization, values["lead_id"]),
        "contact_id": values["contact_id"],
        "contact_name": _contact_name(organization, values["contact_id"]),
        "assigned_to": values["assigned_to"],
        "assigned_to_name": organization.people.name(values["assigned_to"]),
        "text": values["text"],
        "date": values["date"],
        "due_date": values["date"],
        "is_complete": values["is_complete"],
        "is_dateless": values["date"] is None,
        "is_new": False,
        "is_primary_lead_notification": True,
        "priority": values["priority"],
        "view": task_view(values, datetime.now(UTC).date().isoformat()),
        "object_type": None,
        "object_id": None,
        **authorship(organization, record),
    }


def task_view(values: dict[str, Any], today: str) -> str:
    """Return which of the three task lists a task stands in."""
    if values["is_complete"]:
        return "archive"
    date = values["date"]
    return "future" if date is not None and date[:10] > today else "inbox"


def note_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return a note."""
    values = record.values
    return {
        **_activity(organization, record, "Note"),
        "note": values["note"],
        "note_html": values["note_html"],
        "note_mentions": [],
        "title": values["title"],
        "pinned": values["pinned"],
        "pinned_at": values["pinned_at"],
        "attachments": values["attachments"],
        "source": "api" if record.actor.source != "person" else None,
    }


def status_change_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return one step of an opportunity's way through the statuses."""
    return {**_activity(organization, record, "OpportunityStatusChange"), **record.values}


def _activity(organization: Organization, record: Record, type_: str) -> dict[str, Any]:
    return {
        "_type": type_,
        "id": record.id,
        "organization_id": organization.id,
        "lead_id": record.values["lead_id"],
        "contact_id": record.values.get("contact_id"),
        "user_id": record.actor.user_id,
        "user_name": organization.people.name(record.actor.user_id),
        "users": [],
        "activity_at": offset_text(record.created),
        **authorship(organization, record),
    }


def comment_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return a comment; a removed one stays without its body."""
    values = record.values
    return {
        "id": record.id,
        "organization_id": organization.id,
        "thread_id": values["thread_id"],
        "lead_id": values["lead_id"],
        "body": values["body"],
        "mentions": [],
        "created_by": record.actor.user_id,
        "created_at": offset_text(record.created),
        "updated_by": record.updated_by,
        "updated_at": offset_text(record.updated),
        "removed_at": values["removed_at"],
        "removed_by": values["removed_by"],
    }


def _lead_name(organization: Organization, lead_id: str | None) -> str | None:
    lead = organization.get("lead", lead_id)
    return str(lead.values["name"]) if lead else None


def _contact_name(organization: Organization, contact_id: str | None) -> str | None:
    contact = organization.get("contact", contact_id)
    return str(contact.values["name"]) if contact else None
