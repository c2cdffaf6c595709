"""Zoho CRM as a sandbox: the route table in front, the control API behind."""

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
from sandbox.zoho.access import too_many
from sandbox.zoho.actions import Actions
from sandbox.zoho.channels import Channels
from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem, answer, refused
from sandbox.zoho.interface import Interface
from sandbox.zoho.leads import Leads
from sandbox.zoho.listing import Listing
from sandbox.zoho.metadata import Metadata
from sandbox.zoho.oauth import OAuth
from sandbox.zoho.paging import Tokens
from sandbox.zoho.people import SYSTEM_USER, User
from sandbox.zoho.process import Processes
from sandbox.zoho.query import Queries
from sandbox.zoho.related import Related
from sandbox.zoho.searching import Searches
from sandbox.zoho.stage_history import StageHistory
from sandbox.zoho.timeline import Timelines
from sandbox.zoho.writing import Writing


class Zoho:
    """One emulated Zoho CRM org."""

    name = "zoho"
    title = "Zoho CRM"

    def __init__(self, services: Services) -> None:
        self._services = services
        self._build()

    def reset(self) -> None:
        """Start again with the default org; what still waits to be told is not."""
        self._core.notifications.drop()
        self._build()

    def _build(self) -> None:
        self._core = core = Core(self._services)
        self._interface = Interface(core)
        self._channels = Channels(core)
        tokens, writing = Tokens(core.org), Writing(core)
        parts: tuple[Any, ...] = (
            OAuth(core.org, core.access),
            Metadata(core),
            self._channels,
            Queries(core),
            Searches(core),
            Actions(core),
            Leads(core),
            Processes(core),
            Timelines(core, tokens),
            StageHistory(core, tokens),
            Related(core, tokens, writing),
            Listing(core, tokens),
            writing,
        )
        self._routes = Routes([route for part in parts for route in part.routes()])
        options = self._services.options
        if options.webhook_url:
            self.set_webhooks({"url": options.webhook_url, "token": options.secret})

    def handle(self, call: Call) -> Response:
        """Answer one call of Zoho's API."""
        handler = self._routes.find(call)
        if call.path.startswith("/oauth/") and not isinstance(handler, int):
            return handler(call)
        price = self._core.access.check(call)
        try:
            made = self.dispatch(call)
        except Refusal as refusal:
            refusal.response = self._core.access.take_off(refusal.response, price, call)
            raise
        return self._core.access.take_off(made, price, call)

    def dispatch(self, call: Call) -> Response:
        """Answer a call that has been let in."""
        handler = self._routes.find(call)
        module = call.params.get("module", "Any")
        call.name = call.name.replace("{module}", module)
        if handler == 404 or not module[:1].isupper():
            raise refused("INVALID_URL_PATTERN", status=404)
        if isinstance(handler, int):
            raise refused("INVALID_REQUEST_METHOD")
        try:
            return handler(call)
        except Problem as problem:
            raise problem.refusal() from problem

    def failure(self, kind: Failure, call: Call, retry_after: float | None) -> Response:
        """Return Zoho's form of a failure; it never says how long to wait."""
        if kind == "rate_limited":
            return too_many({}).response
        if kind == "server_error":
            return answer(500, Problem("INTERNAL_ERROR").as_json())
        if call.path.startswith("/oauth/"):
            return answer(200, {"error": "invalid_code"})
        return answer(401, Problem("INVALID_TOKEN").as_json())

    def people(self) -> list[Person]:
        """Return all users but the system's own."""
        return [_person(user) for user in self._core.org.people if user.email != SYSTEM_USER]

    def add_person(self, person: NewPerson) -> Person:
        """Add or change a user."""
        return _person(self._core.org.people.put(person))

    def pipelines(self) -> list[Board]:
        """Return the pipelines by what deals hold; switched off, they are one of all stages."""
        return self._interface.boards()

    def replace_pipelines(self, pipelines: Sequence[Board]) -> None:
        """Replace the pipelines; a known stage keeps its actual value and takes the new label."""
        self._core.org.pipelines.replace(pipelines)

    def add_field(self, field: DealField) -> None:
        """Add a custom field to deals."""
        self._core.org.add_field(field)

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
        """Open a channel, or end all of them: the fields of channels.Wish."""
        self._channels.set_by_hand(settings)

    def set_credentials(self, settings: dict[str, Any]) -> None:
        """Change any of the fields of settings.Settings."""
        self._core.set(settings)

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch the limits on or off."""
        self._core.access.set_limits(enabled, burst)


def _person(user: User) -> Person:
    return Person(id=str(user.id), user_id=str(user.id), email=user.email, name=user.name, active=user.active)
