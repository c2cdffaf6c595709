"""Activities of a lead: notes, which can be written, and the history of its opportunities' statuses."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.changes import Changes
from sandbox.close.clock import now_ms, offset_text, parse_ms
from sandbox.close.opportunity_writes import ATTACHMENT
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.refusals import missing, refused
from sandbox.close.request import Request
from sandbox.close.rich_text import checked as rich
from sandbox.close.rich_text import twins
from sandbox.close.routing import Route
from sandbox.close.values import Check, boolean, list_of, optional_text, reference, text

MAX_LIMIT = 100
NOTE, STATUS_CHANGE = "note", "status_change"
TYPES = {"Note": NOTE, "OpportunityStatusChange": STATUS_CHANGE}
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "__gt": operator.gt,
    "__gte": operator.ge,
    "__lt": operator.lt,
    "__lte": operator.le,
}
DATES = ("date_created", "activity_at")
FILTERS = (
    *("id__in", "user_id", "contact_id", "opportunity_id"),
    *(field + suffix for field in DATES for suffix in COMPARISONS),
)
ONLY_WITH_LEAD = ("user_id", "contact_id", "_type")


class Activities:
    """The handlers."""

    def __init__(self, organization: Organization, changes: Changes) -> None:
        self._organization = organization
        self._changes = changes

    def routes(self) -> list[Route]:
        """Return the route table."""
        notes, steps = "/activity/note/", "/activity/status_change/opportunity/"
        return [
            ("GET", "/activity/", self.all),
            ("GET", notes, self.notes),
            ("POST", notes, self.create_note),
            ("GET", notes + "{id}/", self.note),
            ("PUT", notes + "{id}/", self.update_note),
            ("DELETE", notes + "{id}/", self.delete_note),
            ("GET", steps, self.status_changes),
            ("GET", steps + "{id}/", self.status_change),
            ("DELETE", steps + "{id}/", self.delete_status_change),
        ]

    def all(self, request: Request) -> Response:
        """Return one page of the activities of all kinds; most filters need a lead beside them."""
        query = request.query
        narrowed = [name for name in ONLY_WITH_LEAD if query.get(name) is not None]
        if narrowed and query.get("lead_id") is None:
            raise refused(400, f"{narrowed[0]} can only be used together with lead_id.")
        types = query.listed("_type")
        kinds = [kind for name, kind in TYPES.items() if types is None or name in types]
        return self._list(request, kinds)

    def notes(self, request: Request) -> Response:
        """Return one page of notes."""
        return self._list(request, [NOTE])

    def status_changes(self, request: Request) -> Response:
        """Return one page of the history of opportunities' statuses."""
        return self._list(request, [STATUS_CHANGE])

    def note(self, request: Request) -> Response:
        """Return a note."""
        return request.show(self._find(request, NOTE))

    def status_change(self, request: Request) -> Response:
        """Return a step of the history."""
        return request.show(self._find(request, STATUS_CHANGE))

    def create_note(self, request: Request) -> Response:
        """Create a note on a lead."""
        exists = self._organization.exists
        more: dict[str, Check] = {
            "lead_id": reference(lambda id: exists("lead", id)),
            "contact_id": reference(lambda id: exists("contact", id), nullable=True),
        }
        given = request.cleaned(_note_checks() | more, ("lead_id",))
        values: dict[str, Any] = {
            "contact_id": None,
            "note": "",
            "note_html": "<body></body>",
            "title": None,
            "pinned": False,
            "pinned_at": None,
            "attachments": [],
        }
        values = _pinned(values | twins(given))
        return request.show(self._changes.create(NOTE, values, request.actor))

    def update_note(self, request: Request) -> Response:
        """Change a note."""
        record = self._find(request, NOTE)
        given = request.cleaned(_note_checks())
        values = _pinned(record.values | twins(given))

        def change() -> None:
            record.values = values

        self._changes.update(record, change, request.actor)
        return request.show(record)

    def delete_note(self, request: Request) -> Response:
        """Delete a note."""
        self._changes.delete(self._find(request, NOTE), request.actor)
        return json_answer(200, {})

    def delete_status_change(self, request: Request) -> Response:
        """Delete a step of the history; the opportunity stays where it is."""
        self._changes.delete(self._find(request, STATUS_CHANGE), request.actor)
        return json_answer(200, {})

    def _list(self, request: Request, kinds: list[str]) -> Response:
        """Return the newest first."""
        lead_ids = self._leads(request)
        for name in FILTERS:
            request.query.get(name)  # known also where there is nothing to compare with
        records: list[Record] = []
        for kind in kinds:
            table = self._organization.tables[kind]
            records += (
                table.by_created.items()
                if lead_ids is None
                else [each for lead_id in lead_ids for each in table.of_lead(lead_id)]
            )
        chosen = [each for each in records if self._wanted(request, each) and request.sees(each)]
        chosen.sort(key=lambda each: (each.created, each.number), reverse=True)
        return request.list(chosen, MAX_LIMIT)

    def _leads(self, request: Request) -> list[str] | None:
        """Return the leads to look at: an opportunity's history hangs on its lead."""
        opportunity_id = request.query.get("opportunity_id")
        lead_ids = request.query.listed("lead_id")
        if lead_ids is None and opportunity_id is not None:
            table = self._organization.tables["opportunity"]
            deal = table.records.get(opportunity_id)
            return [deal.lead_id or ""] if deal else []
        return lead_ids

    def _wanted(self, request: Request, record: Record) -> bool:
        query = request.query
        equals: dict[str, Any] = {
            "id__in": record.id,
            "user_id": record.actor.user_id,
            "contact_id": record.values.get("contact_id"),
            "opportunity_id": record.values.get("opportunity_id"),
        }
        for name, value in equals.items():
            wanted = query.listed(name)
            if wanted is not None and value not in wanted:
                return False
        for field in DATES:
            for suffix, compare in COMPARISONS.items():
                bound = query.get(field + suffix)
                if bound is not None and not compare(record.created, _parsed(bound, request)):
                    return False
        return True

    def _find(self, request: Request, kind: str) -> Record:
        record = self._organization.get(kind, request.id)
        if record is None or not request.sees(record):
            raise missing("Activity")
        return record


def _parsed(text_given: str, request: Request) -> int:
    try:
        return parse_ms(text_given, request.tz_hours)
    except ValueError as error:
        raise refused(400, "Could not parse datetime") from error


def _note_checks() -> dict[str, Check]:
    return {
        "note": text,
        "note_html": rich,
        "title": optional_text,
        "pinned": boolean,
        "attachments": list_of(ATTACHMENT),
    }


def _pinned(values: dict[str, Any]) -> dict[str, Any]:
    at = values["pinned_at"] or offset_text(now_ms()) if values["pinned"] else None
    return {**values, "pinned_at": at}
