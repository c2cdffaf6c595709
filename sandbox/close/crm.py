"""Close as a sandbox: the REST interface in front, the control API behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from sandbox import contract
from sandbox.call import Call
from sandbox.close.account import Account
from sandbox.close.interface import Interface
from sandbox.close.limits import WINDOW_S, too_many
from sandbox.close.refusals import unauthorized
from sandbox.contract import ControlError, Failure, Services


class Close:
    """One emulated Close organization."""

    name = "close"
    title = "Close"

    def __init__(self, services: Services) -> None:
        self._services = services
        self._start()

    def _start(self) -> None:
        self._account = Account(self._services)
        self._interface = Interface(self._account)

    def reset(self) -> None:
        """Forget everything and start with the default organization."""
        self._account.publisher.stop()
        self._start()

    def handle(self, call: Call) -> Response:
        """Answer one call of Close's API or of its token server."""
        return self._account.rest.handle(call)

    def failure(self, kind: Failure, call: Call, retry_after: float | None) -> Response:
        """Return Close's form of a failure; a server error need not be JSON."""
        if kind == "unauthorized":
            return unauthorized().response
        if kind == "server_error":
            return Response("Internal Server Error", 500, media_type="text/html")
        style = self._account.organization.settings.rate_header
        return too_many(self._account.limits.burst, WINDOW_S if retry_after is None else retry_after, style)

    def people(self) -> list[contract.Person]:
        """Return all users, former ones too."""
        return self._interface.people()

    def add_person(self, person: contract.NewPerson) -> contract.Person:
        """Add a user, or change name and activity of the one with this e-mail."""
        return self._interface.add_person(person)

    def pipelines(self) -> list[contract.Pipeline]:
        """Return the pipelines."""
        return self._account.organization.pipelines.as_boards()

    def replace_pipelines(self, pipelines: Sequence[contract.Pipeline]) -> None:
        """Replace the pipelines."""
        self._interface.replace_pipelines(pipelines)

    def add_field(self, field: contract.DealField) -> None:
        """Add a custom field of opportunities."""
        self._account.organization.fields.add_named(field)

    def deals(self) -> list[contract.DealSummary]:
        """Return all opportunities, deleted ones last."""
        return self._interface.deals()

    def deal(self, deal_id: str) -> contract.DealView:
        """Return one opportunity."""
        return self._interface.deal(deal_id)

    def customers(self) -> list[contract.CustomerView]:
        """Return all contacts, and all leads as companies."""
        return self._interface.customers()

    def create_deal(self, deal: contract.NewDeal) -> str:
        """Create an opportunity on a lead of its own, or on the company's."""
        return self._interface.create_deal(deal)

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create opportunities, each on a lead of its own, as an import long ago did: the event log is silent."""
        return self._interface.create_many(count, pipeline, stage, owner)

    def edit_deal(self, deal_id: str, edit: contract.Edit, *, webhooks: bool = True) -> None:
        """Edit an opportunity; without webhooks the event log still knows."""
        self._account.publisher.enabled = webhooks
        try:
            self._interface.edit_deal(deal_id, edit)
        finally:
            self._account.publisher.enabled = True

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Delete an opportunity."""
        self._interface.delete_deal(deal_id, by)

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Refuse: there is no such thing here."""
        raise ControlError("Close merges leads (POST /api/v1/lead/merge/), never opportunities")

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off."""
        self._interface.complete_task(task_id, by)

    def set_webhooks(self, settings: dict[str, Any]) -> None:
        """Set the one subscription: the fields of webhooks.InterfaceSettings."""
        self._account.set_webhooks(settings)

    def set_credentials(self, settings: dict[str, Any]) -> None:
        """Change any of the fields of settings.Settings."""
        self._account.set_credentials(settings)

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch the rate limits on or off, with another burst per key and group where given."""
        self._account.limits.set(enabled, burst)
