"""HubSpot as a sandbox: the route table in front, the control API behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Refusal, Routes
from sandbox.contract import (
    CustomerView,
    DealField,
    DealSummary,
    DealView,
    Edit,
    Failure,
    NewDeal,
    NewPerson,
    Person,
    Services,
)
from sandbox.contract import Pipeline as Board
from sandbox.hubspot.access import unauthorized
from sandbox.hubspot.account import User, custom_property
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.batches import Batches
from sandbox.hubspot.errors import error, rate_limited
from sandbox.hubspot.interface import Interface
from sandbox.hubspot.kinds import DEALS
from sandbox.hubspot.metadata import Metadata
from sandbox.hubspot.oauth import OAuth
from sandbox.hubspot.objects import Objects
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.search import Searches
from sandbox.hubspot.subscriptions import Subscriptions

# These calls carry a developer key or a client secret instead of a bearer token.
WITHOUT_TOKEN = ("/oauth/", "/webhooks/")


class HubSpot:
    """One emulated HubSpot account."""

    name = "hubspot"
    title = "HubSpot"

    def __init__(self, services: Services) -> None:
        self._portal = Portal(services)
        self._interface = Interface(self._portal)
        self._subscriptions = Subscriptions(self._portal)
        parts = (Batches, Searches, Objects, Associations, Metadata, OAuth)
        table = [route for part in parts for route in part(self._portal).routes()]
        self._routes = Routes([*table, *self._subscriptions.routes()])
        self._set_from_options()

    def handle(self, call: Call) -> Response:
        """Answer one call of HubSpot's API."""
        call.path = call.path.rstrip("/") or "/"
        handler = self._routes.find(call)
        if isinstance(handler, int):
            message = "resource not found" if handler == 404 else "Method Not Allowed"
            raise Refusal(error(handler, message), "malformed")
        if call.path.startswith(WITHOUT_TOKEN):
            return handler(call)
        self._portal.access.check(call)
        try:
            answer = handler(call)
        except Refusal as refusal:
            self._portal.access.headers(call, refusal.response)
            raise
        self._portal.access.headers(call, answer)
        return answer

    def failure(self, kind: Failure, call: Call, retry_after: float | None) -> Response:
        """Return HubSpot's form of a failure."""
        if kind == "unauthorized":
            return unauthorized()
        if kind == "server_error":
            return error(500, "internal error")
        policy = "SECONDLY" if call.path.endswith("/search") else "TEN_SECONDLY_ROLLING"
        return rate_limited(policy, self._portal.access.credentials.app_id, retry_after)

    def reset(self) -> None:
        """Start again with the default account."""
        self._portal.reset()
        self._set_from_options()

    def people(self) -> list[Person]:
        """Return all users."""
        return [_person(user) for user in self._portal.account.users.values()]

    def add_person(self, person: NewPerson) -> Person:
        """Add or change a user."""
        return _person(self._portal.account.put_user(person.email, person.name, person.active))

    def pipelines(self) -> list[Board]:
        """Return the deal pipelines."""
        return self._portal.account.pipelines

    def replace_pipelines(self, pipelines: Sequence[Board]) -> None:
        """Replace the deal pipelines."""
        self._portal.account.replace_pipelines(pipelines)

    def add_field(self, field: DealField) -> None:
        """Add a custom deal property; where the default ones are subscribed to, this one is too."""
        definition = custom_property(DEALS, field.name, field.label, field.type, field.options)
        self._portal.account.add_property(DEALS, definition)
        if self._portal.events.follows_custom_properties:
            self._portal.events.subscribe("deal.propertyChange", field.name, True)

    def deals(self) -> list[DealSummary]:
        """Return all cards."""
        return self._interface.deals()

    def deal(self, deal_id: str) -> DealView:
        """Return one deal."""
        return self._interface.deal(deal_id)

    def customers(self) -> list[CustomerView]:
        """Return all contacts and companies."""
        return self._interface.customers()

    def create_deal(self, deal: NewDeal) -> str:
        """Create a deal."""
        return self._interface.create_deal(deal)

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals as an import does."""
        return self._interface.create_many(count, pipeline, stage, owner)

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None:
        """Edit a deal."""
        self._interface.edit_deal(deal_id, edit, webhooks=webhooks)

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Delete a deal."""
        self._interface.delete_deal(deal_id, by)

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Merge deals."""
        return self._interface.merge_deals(deal_ids, by)

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off."""
        self._interface.complete_task(task_id, by)

    def set_webhooks(self, settings: dict[str, Any]) -> None:
        """Set target, secret and subscriptions: the fields of subscriptions.InterfaceSettings."""
        self._subscriptions.set_in_interface(settings)

    def set_credentials(self, settings: dict[str, Any]) -> None:
        """Change any of the fields of access.Credentials."""
        self._portal.set_credentials(settings)

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch the rate limits on or off."""
        self._portal.access.set_limits(enabled, burst)

    def _set_from_options(self) -> None:
        options = self._portal.services.options
        if options.secret:
            self._portal.set_credentials({"client_secret": options.secret})
        if options.webhook_url:
            self._subscriptions.set_in_interface({"url": options.webhook_url})


def _person(user: User) -> Person:
    return Person(
        id=str(user.owner_id),
        user_id=str(user.user_id),
        email=user.email,
        name=user.name,
        active=user.active,
    )
