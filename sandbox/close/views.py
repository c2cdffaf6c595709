"""Opportunities in the words of the control API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.close.actors import Actor
from sandbox.close.organization import Organization
from sandbox.close.people import User
from sandbox.close.records import Record
from sandbox.close.rich_text import to_plain
from sandbox.contract import (
    CustomerView,
    DealSummary,
    DealView,
    HistoryLine,
    NoteView,
    Person,
    TaskView,
)

SOURCES = {"app": "api", "person": "app", "automation": "integration"}


def person(user: User) -> Person:
    """Return a user; owners and histories name it by the same id."""
    return Person(id=user.id, user_id=user.id, email=user.email, name=user.name, active=user.active)


def title(organization: Organization, deal: Record) -> str:
    """Return what stands for a title, which Close has not: the first line of the note, or the lead's name."""
    first = str(deal.values["note"]).partition("\n")[0]
    lead = organization.get("lead", deal.values["lead_id"]) or organization.tables["lead"].removed.get(
        deal.values["lead_id"]
    )
    return first or (str(lead.values["name"]) if lead else "")


def summary(organization: Organization, deal: Record) -> DealSummary:
    """Return a card; the amount in whole currency units."""
    values = deal.values
    status = organization.pipelines.known[values["status_id"]]
    amount = values["value"]
    return DealSummary(
        id=deal.id,
        title=title(organization, deal),
        pipeline=status.pipeline_id,
        stage=status.id,
        owner=organization.people.email(values["user_id"]),
        amount=None if amount is None else f"{amount / 100:.2f}",
        deleted=deal.id in organization.tables["opportunity"].removed,
    )


def view(organization: Organization, deal: Record, comments: list[Record]) -> DealView:
    """Return everything about an opportunity; tasks and notes are those of its lead that can be meant."""
    tasks = _meant(organization, deal, "task", "text")
    notes = _meant(organization, deal, "note", "note")
    shown_fields = ("lead_id", "contact_id", "value_period", "confidence", "note", "date_won", "date_lost")
    fields = {
        name: value
        for name, value in deal.values.items()
        if name in shown_fields or name.startswith("custom.")
    }
    return DealView(
        **summary(organization, deal).model_dump(),
        currency=organization.currency,
        fields=fields,
        tasks=[_task(organization, each) for each in tasks],
        notes=[_note(organization, each) for each in notes]
        + [_comment(organization, each) for each in comments if each.values["body"]],
        history=[
            HistoryLine(
                at=_iso(at),
                field=field,
                value=None if value is None else str(value),
                by=by(organization, actor),
                source=SOURCES[actor.source],
            )
            for at, field, value, actor in deal.history
        ],
    )


def customer(organization: Organization, record: Record) -> CustomerView:
    """Return a contact with the opportunities that name it, or a lead with all of its own."""
    contact, deals = record.kind == "contact", organization.tables["opportunity"]
    emails = record.values["emails"] if contact else []
    return CustomerView(
        id=record.id,
        kind="contact" if contact else "company",
        name=str(record.values["name"]),
        email=emails[0]["email"] if emails else None,
        deals=[
            deal.id
            for deal in deals.of_lead(record.values["lead_id"] if contact else record.id)
            if not contact or deal.values["contact_id"] == record.id
        ],
    )


def by(organization: Organization, actor: Actor) -> str | None:
    """Return who did something: a person's e-mail, "app", or null for another automation."""
    if actor.source == "automation":
        return None
    return "app" if actor.source == "app" else organization.people.email(actor.user_id)


def _meant(organization: Organization, deal: Record, kind: str, field: str) -> list[Record]:
    """Return the tasks or notes of the lead, but for those that name another opportunity of it."""
    siblings = [
        each.id
        for each in organization.tables["opportunity"].of_lead(deal.values["lead_id"])
        if each is not deal
    ]
    return [
        each
        for each in organization.tables[kind].of_lead(deal.values["lead_id"])
        if not any(sibling in str(each.values[field]) for sibling in siblings)
    ]


def _task(organization: Organization, task: Record) -> TaskView:
    subject, _, body = str(task.values["text"]).partition("\n")
    return TaskView(
        id=task.id,
        subject=subject,
        body=body,
        owner=organization.people.email(task.values["assigned_to"]),
        due=task.values["date"],
        done=task.values["is_complete"],
        by=by(organization, task.actor),
    )


def _note(organization: Organization, note: Record) -> NoteView:
    return NoteView(id=note.id, body=note.values["note"], by=by(organization, note.actor))


def _comment(organization: Organization, comment: Record) -> NoteView:
    body = to_plain(comment.values["body"])
    return NoteView(id=comment.id, body=body, by=by(organization, comment.actor))


def _iso(ms: int) -> Any:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
