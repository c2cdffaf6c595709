"""The state of one org: settings, people, pipelines, modules, records. The rules of writing are in changes.py."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sandbox.contract import ControlError, DealField, Services
from sandbox.zoho.clock import Zone
from sandbox.zoho.fields import Field
from sandbox.zoho.modules import DEALS, HISTORY, Module, standard_modules
from sandbox.zoho.numbers import Numbers
from sandbox.zoho.people import People
from sandbox.zoho.pipelines import Pipelines
from sandbox.zoho.records import Actor, Record, Table
from sandbox.zoho.settings import Settings

ORG_ID = "873953950"
FIELD_TYPES = {
    "string": "text",
    "number": "double",
    "date": "date",
    "datetime": "datetime",
    "bool": "boolean",
    "enumeration": "picklist",
}


class Org:
    """Everything one org holds."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings = Settings()
        self.zone = Zone(self.settings.time_zone)
        self.numbers = Numbers(services.options.ids_after)
        self.people = People()
        self.pipelines = Pipelines(self.numbers)
        self.modules = standard_modules()
        self.tables = {name: Table(module) for name, module in self.modules.items() if name != HISTORY}
        # Tasks and notes by what they belong to: parent id -> module -> ids.
        self.children: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.contact_roles: defaultdict[int, dict[int, dict[str, str] | None]] = defaultdict(dict)
        self.locked: set[int] = set()
        self.hidden: frozenset[int] = frozenset()

    @property
    def url(self) -> str:
        """Return where the API is."""
        return self.services.options.url

    @property
    def deals(self) -> Table:
        """Return the table of deals."""
        return self.tables[DEALS]

    @property
    def api(self) -> Actor:
        """Return who makes the changes that come through the API."""
        return Actor(self.people.api_user.id, "crm_api")

    def person(self, by: str | None) -> Actor:
        """Return who works in the user interface; without a person it is an automation of the org."""
        return Actor(self.people.named(by).id, "crm_ui") if by else Actor(self.people.system.id, "workflow")

    def change_settings(self, given: dict[str, Any]) -> Settings:
        """Change some settings and what follows from them; return them as they are then."""
        known = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        settings = Settings.model_validate(known | given)
        self.zone = Zone(settings.time_zone)
        self.settings = settings
        if "locked" in given:
            self.locked = {int(id) for id in settings.locked}
        self.hidden = frozenset(int(id) for id in settings.hidden)
        return settings

    def fields(self, module: Module) -> dict[str, Field]:
        """Return the fields of a module that this org has: without pipelines there is no Pipeline."""
        absent: set[str] = set()
        if module.name == DEALS:
            absent |= set() if self.settings.pipelines_enabled else {"Pipeline"}
            absent |= set() if self.settings.multi_currency else {"Currency", "Exchange_Rate"}
        return {name: field for name, field in module.fields.items() if name not in absent}

    def is_hidden(self, module: Module, name: str) -> bool:
        """Say whether the API user's profile hides a field: it vanishes from answers, writes to it are ignored."""
        return module.name == DEALS and name in self.settings.hidden_fields

    def add_field(self, given: DealField) -> None:
        """Add a custom field to deals."""
        unique = given.type == "string" and given.name in self.settings.unique_fields
        kind = FIELD_TYPES[given.type]
        self.modules[DEALS].add(given.name, given.label, kind, given.options, custom=True, unique=unique)
        if unique:
            self.deals.reindex(given.name)

    def visible(self, table: Table, id: int) -> Record | None:
        """Return a record that the API user may see."""
        return None if id in self.hidden else table.get(id)

    def deal(self, deal_id: str) -> Record:
        """Return a deal that is there; raise ControlError."""
        record = self.deals.get(int(deal_id)) if deal_id.isdigit() else None
        if record is None:
            raise ControlError(f"there is no deal {deal_id}")
        return record

    def lookup(self, module: str | None, id: int) -> Record | None:
        """Return the record a lookup points to, a deleted one too."""
        if module == "se_module":
            found = (self.lookup(name, id) for name in self.tables)
            return next((record for record in found if record), None)
        table = self.tables.get(module or "")
        if table is None:
            return None
        gone = table.deleted.get(id)
        return table.get(id) or (gone.record if gone else None)

    def count_malformed(self) -> None:
        """Count a call that was answered, though something in it was wrong."""
        self.services.journal.counts.totals["malformed"] += 1
