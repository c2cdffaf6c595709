"""One organization with everything that works on it; made anew by a reset."""

from __future__ import annotations

from typing import Any

from sandbox.close.access import Access
from sandbox.close.activities import Activities
from sandbox.close.changes import Changes
from sandbox.close.comments import Comments
from sandbox.close.contacts import Contacts
from sandbox.close.deliveries import Publisher
from sandbox.close.directories import Directories
from sandbox.close.event_log import EventLog
from sandbox.close.events import Events
from sandbox.close.exports import Exports
from sandbox.close.field_definitions import FieldDefinitions
from sandbox.close.leads import Leads
from sandbox.close.limits import Limits
from sandbox.close.opportunities import Opportunities
from sandbox.close.opportunity_lists import Lists
from sandbox.close.opportunity_shape import opportunity_shape
from sandbox.close.opportunity_writes import OpportunityWrites
from sandbox.close.organization import Organization
from sandbox.close.people import INTEGRATION
from sandbox.close.rest import Rest
from sandbox.close.search import Search
from sandbox.close.shapes import (
    comment_shape,
    contact_shape,
    lead_shape,
    note_shape,
    status_change_shape,
    task_shape,
)
from sandbox.close.tasks import Tasks
from sandbox.close.webhooks import Webhooks
from sandbox.contract import Services

SHAPES = {
    "lead": lead_shape,
    "contact": contact_shape,
    "opportunity": opportunity_shape,
    "task": task_shape,
    "note": note_shape,
    "status_change": status_change_shape,
    "comment": comment_shape,
}


class Account:
    """The organization and its parts."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.organization = organization = Organization(services.options.ids_after)
        organization.shapes = SHAPES
        self.log = EventLog(organization.id, organization.identifiers)
        self.changes = Changes(organization, self.log, services)
        self.writes = OpportunityWrites(organization, self.changes)
        self.leads = Leads(organization, self.changes, self.log, services)
        self.tasks = Tasks(organization, self.changes)
        self.comments = Comments(organization, self.changes)
        self.directories = Directories(organization, self.log)
        self.publisher = Publisher(services, self.log, organization.identifiers, organization.settings)
        self.webhooks = Webhooks(self.publisher)
        self.access = Access(organization)
        self.limits = Limits()
        self.rest = self._rest()
        self._set_from_options()

    def _rest(self) -> Rest:
        organization, services, changes = self.organization, self.services, self.changes
        lists = Lists(organization)
        exports = Exports(organization, services, lists)
        parts = (
            Opportunities(services, changes, self.writes, lists),
            self.leads,
            Contacts(organization, changes),
            self.tasks,
            Activities(organization, changes),
            self.comments,
            self.directories,
            FieldDefinitions(organization, self.log),
            Events(self.log, organization.settings),
            self.webhooks,
            Search(organization, services),
            exports,
        )
        routes = [route for part in parts for route in part.routes()]
        return Rest(organization, services, self.access, self.limits, exports, routes)

    def set_credentials(self, given: dict[str, Any]) -> None:
        """Change some of the settings; raises ValidationError for unknown or wrong ones."""
        settings = self.organization.settings
        checked = type(settings).model_validate(settings.model_dump() | given)
        before = settings.refresh_token
        for name in given:
            setattr(settings, name, getattr(checked, name))
        self.access.settings_changed(before)

    def set_webhooks(self, given: dict[str, Any]) -> None:
        """Make one subscription the only one, as if made by the user of the API key."""
        user = self.organization.people.by_email(INTEGRATION)
        assert user is not None
        self.webhooks.set_in_interface(given, user.id)

    def _set_from_options(self) -> None:
        options = self.services.options
        if options.webhook_url:
            self.set_webhooks({"url": options.webhook_url, "signature_key": options.secret})
