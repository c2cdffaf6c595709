"""Exports of opportunities: asked for, made after a while, then fetched from another address as gzip."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Refusal, compact_json, json_answer
from sandbox.close.clock import now_ms, offset_text
from sandbox.close.opportunity_lists import Lists
from sandbox.close.organization import Organization, chosen
from sandbox.close.refusals import missing, refused
from sandbox.close.request import Query, Request, plain_list
from sandbox.close.routing import Route
from sandbox.close.values import Check, boolean, list_of, one_of, text
from sandbox.contract import Services

DOWNLOADS = "/downloads/"
DOWNLOADABLE_S = 60.0
FIELDS = (
    *("id", "lead_id", "lead_name", "contact_id", "user_id", "user_name", "note", "custom"),
    *("status_id", "status_label", "status_type", "confidence", "value", "value_period", "date_won"),
    *("created_by", "created_by_name", "date_created", "updated_by", "updated_by_name", "date_updated"),
)
CHECKS: dict[str, Check] = {
    "format": one_of(("csv", "json")),
    "params": lambda value: value or {},
    "fields": list_of(text),
    "date_format": one_of(("original", "iso8601", "excel")),
    "send_done_email": boolean,
}
Maker = Callable[[], list[dict[str, Any]]]


@dataclass
class Export:
    """One export; `ready` in seconds of the monotonic clock. `link_until` bounds the latest address."""

    id: str
    user_id: str
    params: dict[str, Any]
    fields: list[str]
    ready: float
    created: int
    send_done_email: bool
    make: Maker
    rows: list[dict[str, Any]] | None = None
    link_until: float = 0.0


class Exports:
    """The handlers."""

    def __init__(self, organization: Organization, services: Services, lists: Lists) -> None:
        self._organization = organization
        self._services = services
        self._lists = lists
        self._exports: dict[str, Export] = {}

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/export/", self.all),
            ("POST", "/export/opportunity/", self.create),
            ("GET", "/export/opportunity/{id}/", self.get),
            ("GET", "/export/{id}/", self.get),
        ]

    def all(self, request: Request) -> Response:
        """Return the exports."""
        return plain_list([self._shown(each) for each in self._exports.values()], has_more=False)

    def create(self, request: Request) -> Response:
        """Begin an export of the opportunities that the filters match."""
        request.need("export")
        given = request.cleaned(CHECKS, ("format",))
        if given["format"] != "json":
            raise refused(400, "This sandbox does not emulate exports as csv.")
        params, fields = given.get("params", {}), given.get("fields") or list(FIELDS)
        export = Export(
            self._organization.identifiers.new("expo"),
            request.actor.user_id,
            params,
            fields,
            time.monotonic() + self._organization.settings.export_s,
            now_ms(),
            given.get("send_done_email", True),
            self._maker(request, params, frozenset(fields)),
        )
        self._exports[export.id] = export
        return json_answer(200, self._shown(export, new=True))

    def get(self, request: Request) -> Response:
        """Return an export; once it is done, with an address that is good for a minute."""
        export = self._exports.get(request.id)
        if export is None:
            raise missing("Export")
        if export.rows is None and time.monotonic() >= export.ready:
            export.rows = export.make()
        if export.rows is not None:
            export.link_until = time.monotonic() + DOWNLOADABLE_S
        return json_answer(200, self._shown(export))

    def download(self, call: Call) -> Response:
        """Return the compressed file; whoever has the address may fetch it, and credentials are not wanted."""
        export = self._exports.get(call.path.removeprefix(DOWNLOADS).removesuffix(".json"))
        call.name = "GET " + DOWNLOADS + "{id}"
        if export is None or export.rows is None or export.link_until < time.monotonic():
            raise Refusal(Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="text/xml"))
        packed = gzip.compress(compact_json(export.rows).encode())
        return Response(packed, 200, {"content-encoding": "gzip"}, "application/json")

    def _maker(self, request: Request, params: dict[str, Any], wanted: frozenset[str]) -> Maker:
        """Return what makes the rows: a list under the same filters."""
        filtered = replace(request)
        filtered.query = Query([])
        filtered.query.restart(params)

        def make() -> list[dict[str, Any]]:
            records = self._lists.chosen(filtered)
            self._services.faults.shown((each.id for each in records), listing=True)
            return [chosen(self._organization.show(each), wanted) for each in records]

        return make

    def _shown(self, export: Export, *, new: bool = False) -> dict[str, Any]:
        count = None if export.rows is None else len(export.rows)
        url = f"{self._services.options.url}{DOWNLOADS}{export.id}.json"
        return {
            "id": export.id,
            "organization_id": self._organization.id,
            "type": "opps",
            "format": "json",
            "params": export.params,
            "fields": export.fields,
            "status": "created" if new else "in_progress" if count is None else "done",
            "n_docs": count,
            "n_docs_processed": count or 0,
            "download_url": None if count is None else url,
            "send_done_email": export.send_done_email,
            "created_by": export.user_id,
            "updated_by": export.user_id,
            "date_created": offset_text(export.created),
            "date_updated": offset_text(export.created),
        }
