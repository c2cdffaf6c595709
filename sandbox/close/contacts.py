"""The /contact/ resource: people, each of exactly one lead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.changes import Changes
from sandbox.close.custom_values import custom_checks, merged
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.refusals import missing
from sandbox.close.request import Request
from sandbox.close.routing import Route
from sandbox.close.values import (
    Check,
    Invalid,
    clean,
    embedded,
    list_of,
    one_of,
    optional_text,
    reference,
    text,
)

MAX_LIMIT = 200
TYPES = ("office", "mobile", "home", "direct", "fax", "url", "other")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,63}", re.IGNORECASE)
PHONE = re.compile(r"\+[1-9]\d{6,14}")


def _email(value: Any) -> str:
    if not isinstance(value, str) or not EMAIL.fullmatch(value.strip()):
        raise Invalid("Invalid email address.")
    return value.strip()


def _phone(value: Any) -> str:
    digits = re.sub(r"[\s().-]", "", value) if isinstance(value, str) else ""
    if not PHONE.fullmatch(digits):
        raise Invalid("Invalid phone number.")
    return digits


def contact_checks(organization: Organization, names: Iterable[str] = (), role: str = "") -> dict[str, Check]:
    """Return the checks of a contact's values."""
    kind = one_of(TYPES)
    table: dict[str, Check] = {
        "name": text,
        "title": optional_text,
        "emails": list_of(embedded({"email": _email, "type": kind}, ("email",))),
        "phones": list_of(embedded({"phone": _phone, "type": kind}, ("phone",))),
        "urls": list_of(embedded({"url": text, "type": kind}, ("url",))),
    }
    return table | custom_checks(organization, "contact", names, role)


def contact_values(given: dict[str, Any], lead_id: str) -> dict[str, Any]:
    """Return the values of a new contact."""
    values = {"lead_id": lead_id, "name": "", "title": "", "emails": [], "phones": [], "urls": []}
    result = merged(values, given)
    for name in ("emails", "phones"):
        result[name] = [{"type": "office", **each} for each in result[name]]
    return result


class Contacts:
    """The handlers."""

    def __init__(self, organization: Organization, changes: Changes) -> None:
        self._organization = organization
        self._changes = changes

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/contact/", self.all),
            ("POST", "/contact/", self.create),
            ("GET", "/contact/{id}/", self.get),
            ("PUT", "/contact/{id}/", self.update),
            ("DELETE", "/contact/{id}/", self.delete),
        ]

    def all(self, request: Request) -> Response:
        """Return one page of contacts, those of one lead where asked for."""
        table, lead_id = self._organization.tables["contact"], request.query.get("lead_id")
        records = table.by_id.items() if lead_id is None else table.of_lead(lead_id)
        return request.list([each for each in records if request.sees(each)], MAX_LIMIT)

    def get(self, request: Request) -> Response:
        """Return a contact."""
        return request.show(self._find(request))

    def create(self, request: Request) -> Response:
        """Create a contact; without a lead, a lead of the contact's name is made."""
        body = request.body()
        checks = contact_checks(self._organization, body, request.role)
        checks["lead_id"] = reference(lambda id: self._organization.exists("lead", id))
        given = clean(body, checks, strict=request.strict)
        lead_id = given.pop("lead_id", None) or self._lead(given, request)
        record = self._changes.create("contact", contact_values(given, lead_id), request.actor)
        return request.show(record)

    def update(self, request: Request) -> Response:
        """Change a contact."""
        record = self._find(request)
        body = request.body()
        checks = contact_checks(self._organization, body, request.role)
        given = clean(body, checks, strict=request.strict)
        values = contact_values(merged(record.values, given), record.values["lead_id"])

        def change() -> None:
            record.values = values

        self._changes.update(record, change, request.actor)
        return request.show(record)

    def delete(self, request: Request) -> Response:
        """Delete a contact."""
        record = self._find(request)
        for deal in self._organization.tables["opportunity"].of_lead(record.values["lead_id"]):
            if deal.values["contact_id"] == record.id:
                self._changes.update(deal, _without_contact(deal), request.actor)
        self._changes.delete(record, request.actor)
        return json_answer(200, {})

    def _lead(self, given: dict[str, Any], request: Request) -> str:
        values = {"name": given.get("name", ""), "description": "", "url": None, "addresses": []}
        status = self._organization.pipelines.lead_statuses[0].id
        return self._changes.create("lead", values | {"status_id": status}, request.actor).id

    def _find(self, request: Request) -> Record:
        record = self._organization.get("contact", request.id)
        if record is None or not request.sees(record):
            raise missing("Contact")
        return record


def _without_contact(deal: Record) -> Any:
    def change() -> None:
        deal.values = {**deal.values, "contact_id": None}

    return change
