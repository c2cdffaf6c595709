"""How an opportunity is shown: amounts in cents, names of all it refers to, flat custom fields."""

from __future__ import annotations

from typing import Any

from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.shapes import authorship, custom_values

PERIODS = ("one_time", "monthly", "annual")
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "UAH": "₴"}


def opportunity_shape(organization: Organization, record: Record) -> dict[str, Any]:
    """Return an opportunity."""
    values = record.values
    return {
        "id": record.id,
        "organization_id": organization.id,
        **_parties(organization, values),
        **_place(organization, values),
        **_money(organization, values),
        "note": values["note"],
        "note_html": values["note_html"],
        "attachments": values["attachments"],
        "integration_links": [],
        "date_won": values["date_won"],
        "date_lost": values["date_lost"],
        "is_stalled": False,
        "stall_status": None,
        "suggested_action": None,
        "comment_summary": _comments(organization, record),
        **authorship(organization, record),
        **custom_values(record),
    }


def _parties(organization: Organization, values: dict[str, Any]) -> dict[str, Any]:
    lead = organization.get("lead", values["lead_id"])
    contact = organization.get("contact", values["contact_id"])
    contacts = organization.tables["contact"].of_lead(values["lead_id"])
    emails = [each["email"] for person in contacts for each in person.values["emails"]]
    phones = [each["phone"] for person in contacts for each in person.values["phones"]]
    return {
        "lead_id": values["lead_id"],
        "lead_name": lead.values["name"] if lead else None,
        "lead_primary_email": emails[0] if emails else None,
        "lead_primary_phone": phones[0] if phones else None,
        "contact_id": values["contact_id"],
        "contact_name": contact.values["name"] if contact else None,
        "user_id": values["user_id"],
        "user_name": organization.people.name(values["user_id"]),
    }


def _place(organization: Organization, values: dict[str, Any]) -> dict[str, Any]:
    status = organization.pipelines.known[values["status_id"]]
    pipeline = organization.pipelines.get(status.pipeline_id)
    return {
        "pipeline_id": status.pipeline_id,
        "pipeline_name": pipeline.name if pipeline else None,
        "status_id": status.id,
        "status_label": status.label,
        "status_display_name": status.label,
        "status_type": status.type,
    }


def _money(organization: Organization, values: dict[str, Any]) -> dict[str, Any]:
    value, period, confidence = values["value"], values["value_period"], values["confidence"]
    annualized = value * 12 if value is not None and period == "monthly" else value
    return {
        "confidence": confidence,
        "value": value,
        "value_period": period,
        "value_currency": organization.currency,
        "value_formatted": _formatted(organization.currency, value, period),
        "annualized_value": annualized,
        "expected_value": _expected(value, confidence),
        "annualized_expected_value": _expected(annualized, confidence),
    }


def _expected(cents: int | None, confidence: int) -> int | None:
    return None if cents is None else round(cents * confidence / 100)


def _formatted(currency: str, cents: int | None, period: str) -> str | None:
    if cents is None:
        return None
    symbol = SYMBOLS.get(currency, f"{currency} ")
    amount = f"{cents // 100:,}" if cents % 100 == 0 else f"{cents / 100:,.2f}"
    return f"{symbol}{amount}" + ("" if period == "one_time" else f" {period}")


def _comments(organization: Organization, record: Record) -> dict[str, Any] | None:
    thread = record.values.get("_thread")
    if thread is None:
        return None
    return {"thread_id": thread, "comment_count": record.values["_comments"]}
