"""The /lead/ resource: companies with their contacts, and the merge of two of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.actors import Actor
from sandbox.close.changes import Changes
from sandbox.close.contacts import contact_checks, contact_values
from sandbox.close.custom_values import custom_checks, merged
from sandbox.close.event_log import EventLog
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.refusals import invalid, missing
from sandbox.close.request import Request
from sandbox.close.routing import Route
from sandbox.close.values import (
    Check,
    clean,
    embedded,
    list_of,
    optional_text,
    reference,
    text,
)
from sandbox.contract import Services

MAX_LIMIT = 200
ADDRESS = embedded(
    dict.fromkeys(("label", "address_1", "address_2", "city", "state", "zipcode", "country"), text)
)
# What moves when two leads become one.
CHILDREN = ("opportunity", "contact", "task", "note", "status_change", "comment")
EVENT_KINDS = ("opportunity", "contact", "task", "note", "status_change")


class Leads:
    """The handlers, and creating a lead for the control API."""

    def __init__(
        self, organization: Organization, changes: Changes, log: EventLog, services: Services
    ) -> None:
        self._organization = organization
        self._changes = changes
        self._log = log
        self._faults = services.faults

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/lead/", self.all),
            ("POST", "/lead/", self.create),
            ("POST", "/lead/merge/", self.merge),
            ("GET", "/lead/{id}/", self.get),
            ("PUT", "/lead/{id}/", self.update),
            ("DELETE", "/lead/{id}/", self.delete),
        ]

    def all(self, request: Request) -> Response:
        """Return one page of leads."""
        records = [each for each in self._organization.tables["lead"].by_id.items() if request.sees(each)]
        return request.list(records, MAX_LIMIT, total_results=len(records))

    def get(self, request: Request) -> Response:
        """Return a lead with all that belongs to it."""
        lead = self._find(request, request.id)
        deals = self._organization.tables["opportunity"].of_lead(lead.id)
        self._faults.shown([deal.id for deal in deals], listing=False)
        return request.show(lead)

    def create(self, request: Request) -> Response:
        """Create a lead, and the contacts nested in it."""
        body = request.body()
        given = clean(body, self.checks(body, request.role, new=True), strict=request.strict)
        return request.show(self.make(given, request.actor))

    def make(self, given: dict[str, Any], actor: Actor, *, quiet: bool = False) -> Record:
        """Create a lead from checked values."""
        contacts = given.pop("contacts", [])
        values: dict[str, Any] = {
            "name": "",
            "description": "",
            "url": None,
            "status_id": self._organization.pipelines.lead_statuses[0].id,
            "addresses": [],
        }
        lead = self._changes.create("lead", merged(values, given), actor, quiet=quiet)
        for contact in contacts:
            self._changes.create("contact", contact_values(contact, lead.id), actor, quiet=quiet)
        return lead

    def update(self, request: Request) -> Response:
        """Change a lead; contacts cannot be changed through it."""
        lead = self._find(request, request.id)
        body = request.body()
        given = clean(body, self.checks(body, request.role, new=False), strict=request.strict)
        values = merged(lead.values, given)

        def change() -> None:
            lead.values = values

        self._changes.update(lead, change, request.actor)
        return request.show(lead)

    def delete(self, request: Request) -> Response:
        """Delete a lead and all that belongs to it."""
        self._changes.delete(self._find(request, request.id), request.actor)
        return json_answer(200, {})

    def merge(self, request: Request) -> Response:
        """Make the source lead part of the destination; the source disappears."""
        request.need("merge_leads")
        known = reference(lambda id: self._organization.exists("lead", id))
        given = request.cleaned({"source": known, "destination": known}, ("source", "destination"))
        if given["source"] == given["destination"]:
            raise invalid({"source": "A lead cannot be merged with itself."})
        source = self._find(request, given["source"])
        self.unite(source, self._find(request, given["destination"]), request.actor)
        return json_answer(200, {"status": "success"})

    def unite(self, source: Record, destination: Record, actor: Actor) -> None:
        """Move what belongs to a lead to another one and delete the first."""
        ids: dict[str, Any] = {"merge_source_lead_id": source.id, "merge_destination_lead_id": destination.id}
        for kind in CHILDREN:
            table = self._organization.tables[kind]
            for child in table.of_lead(source.id):
                if kind in EVENT_KINDS:
                    self._changes.update(child, _mover(table, child, destination.id), actor, **ids)
                else:
                    table.move(child, destination.id)
        self._log.noted(actor, "lead", destination.id, destination.id, "merged", **ids)
        self._changes.delete(source, actor, **ids)

    def checks(self, names: Iterable[str], role: str | None, *, new: bool) -> dict[str, Check]:
        """Return the checks of a body with these keys."""
        statuses = self._organization.pipelines
        table: dict[str, Check] = {
            "name": text,
            "description": text,
            "url": optional_text,
            "status_id": reference(lambda id: statuses.lead_status(id) is not None),
            "addresses": list_of(ADDRESS),
        }
        if new:
            nested = contact_checks(self._organization)
            table["contacts"] = list_of(embedded(nested))
        return table | custom_checks(self._organization, "lead", names, role)

    def _find(self, request: Request, id: str) -> Record:
        lead = self._organization.get("lead", id)
        if lead is None or not request.sees(lead):
            raise missing("Lead")
        return lead


def _mover(table: Any, child: Record, lead_id: str) -> Any:
    return lambda: table.move(child, lead_id)
