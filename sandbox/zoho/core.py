"""One org with everything that works on it; what the handlers of the API share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.call import Call
from sandbox.contract import Services
from sandbox.zoho.access import Access
from sandbox.zoho.blueprint import Blueprint
from sandbox.zoho.changes import Changes
from sandbox.zoho.errors import refused
from sandbox.zoho.modules import DEALS, Module
from sandbox.zoho.notifications import Notifications
from sandbox.zoho.org import Org
from sandbox.zoho.reading import path_id
from sandbox.zoho.records import Record, Table
from sandbox.zoho.showing import Showing


class Core:
    """The parts of one org."""

    def __init__(self, services: Services) -> None:
        self.org = Org(services)
        self.blueprint = Blueprint(self.org)
        self.showing = Showing(self.org, self.blueprint.holds)
        self.access = Access(self.org)
        self.notifications = Notifications(services.deliveries, self.org.url, self.showing.value)
        self.changes = Changes(self.org, self.notifications)

    def set(self, given: dict[str, Any]) -> None:
        """Change settings: any of settings.Settings."""
        settings = self.org.change_settings(given)
        self.blueprint.configure(settings.blueprint)
        self.notifications.content_type = settings.notification_type
        if given.get("expire_access"):
            self.access.tokens.clear()

    def table(self, call: Call, part: str = "module") -> Table:
        """Return the table of the module in the path; refuse an unknown one."""
        table = self.org.tables.get(call.params[part])
        if table is None:
            raise refused("INVALID_MODULE", {"resource_path_index": 0})
        return table

    def module(self, name: str | None) -> Module:
        """Return the module that a parameter names."""
        module = self.org.modules.get(name or "")
        if module is None:
            raise refused("INVALID_MODULE", {"param_name": "module"})
        return module

    def record(self, call: Call, module: str = "module", id: str = "id") -> Record | None:
        """Return the record in the path, when the API user may see it."""
        return self.org.visible(self.table(call, module), path_id(call, id))

    def shown(self, records: Sequence[Record], *, listing: bool) -> None:
        """Let planned faults follow an answer that contains these records."""
        ids = (str(record.id) for record in records if record.module.name == DEALS)
        self.org.services.faults.shown(ids, listing=listing)

    def writing(self, record: Record) -> Record | None:
        """Let a planned edit by a person come first; return the record as it is then."""
        if record.module.name != DEALS:
            return record
        self.org.services.faults.writing(str(record.id))
        return self.org.deals.get(record.id)

    def note_write(self, record: Record, action: str, changes: dict[str, tuple[Any, Any]]) -> None:
        """Put a write through the API into the journal."""
        shown = {
            name: {
                "from": self.showing.plain(record.module, name, before),
                "to": self.showing.plain(record.module, name, after),
            }
            for name, (before, after) in changes.items()
        }
        object = record.module.singular.lower()
        actor = f"app {self.org.people.api_user.id}"
        self.org.services.journal.write(object, str(record.id), action, shown, actor)
