"""The /opportunity/ resource: one, many, and every write."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.changes import Changes
from sandbox.close.opportunity_lists import Lists
from sandbox.close.opportunity_writes import OpportunityWrites
from sandbox.close.records import Record
from sandbox.close.refusals import missing
from sandbox.close.request import Request
from sandbox.close.routing import Route
from sandbox.close.values import clean
from sandbox.contract import Services


class Opportunities:
    """The handlers."""

    def __init__(self, services: Services, changes: Changes, writes: OpportunityWrites, lists: Lists) -> None:
        self._faults = services.faults
        self._changes = changes
        self._writes = writes
        self._lists = lists

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/opportunity/", self.all),
            ("POST", "/opportunity/", self.create),
            ("GET", "/opportunity/{id}/", self.get),
            ("PUT", "/opportunity/{id}/", self.update),
            ("DELETE", "/opportunity/{id}/", self.delete),
        ]

    def all(self, request: Request) -> Response:
        """Return one page, with sums over all that match."""
        answer, shown = self._lists.page(request)
        self._faults.shown((record.id for record in shown), listing=True)
        return answer

    def get(self, request: Request) -> Response:
        """Return one opportunity."""
        record = self._find(request)
        self._faults.shown([record.id], listing=False)
        return request.show(record)

    def create(self, request: Request) -> Response:
        """Create an opportunity."""
        request.need("manage_opportunities")
        body = request.body()
        checks = self._writes.checks(body, request.tz_hours, request.role, new=True)
        given = clean(body, checks, strict=request.strict)
        return request.show(self._writes.create(given, request.actor, request.tz_hours))

    def update(self, request: Request) -> Response:
        """Change what is sent; the answer shows all that is there afterwards."""
        self._allowed(request, self._find(request), "manage_others_opportunities")
        body = request.body()
        checks = self._writes.checks(body, request.tz_hours, request.role, new=False)
        given = clean(body, checks, strict=request.strict)
        self._faults.writing(request.id)
        record = self._find(request)
        self._writes.update(record, given, request.actor, request.tz_hours)
        self._faults.shown([record.id], listing=False)
        return request.show(record)

    def delete(self, request: Request) -> Response:
        """Delete an opportunity."""
        self._allowed(request, self._find(request), "delete_others_opportunities")
        self._faults.writing(request.id)
        self._changes.delete(self._find(request), request.actor)
        return json_answer(200, {})

    def _find(self, request: Request) -> Record:
        record = request.organization.get("opportunity", request.id)
        if record is None or not request.sees(record):
            raise missing("Opportunity")
        return record

    def _allowed(self, request: Request, record: Record, permission: str) -> None:
        if record.values["user_id"] != request.actor.user_id:
            request.need(permission)
