"""Conversion of a lead: into an account, a contact and, where asked for, a deal."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.checking import Checks, Given
from sandbox.zoho.clock import now
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, Problem, answer, refused, success
from sandbox.zoho.modules import ACCOUNTS, CONTACTS, DEALS, LEADS
from sandbox.zoho.reading import Query, path_id, read_json, rows
from sandbox.zoho.records import Record
from sandbox.zoho.values import record_id

CONVERTED = "The record has been converted successfully"
KEYS = {
    "overwrite",
    "notify_lead_owner",
    "notify_new_entity_owner",
    "Accounts",
    "Contacts",
    "assign_to",
    "Deals",
}
PERSONAL = ("First_Name", "Last_Name", "Email", "Phone", "Mobile", "Lead_Source")


class Leads:
    """Handler of the conversion."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org
        self._checks = Checks(core.org)

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [("POST", "/crm/v8/Leads/{id}/actions/convert", self.convert)]

    def convert(self, call: Call) -> Response:
        """Convert one lead."""
        Query(call)
        given = rows(read_json(call, "data"), "data", 1)[0]
        for name in sorted(given.keys() - KEYS):
            raise refused("INVALID_DATA", {"api_name": name, "json_path": f"$.data[0].{name}"})
        lead = self._org.tables[LEADS].get(path_id(call))
        if lead is None:
            raise refused("INVALID_DATA", {"resource_path_index": 1}, message=INVALID_ID, reason="ordinary")
        if lead.values.get("Converted__s"):
            raise Problem("ID_ALREADY_CONVERTED", {"id": str(lead.id)}, reason="ordinary")
        made = self._converted(lead, given)
        details = {module: {"name": record.name, "id": str(record.id)} for module, record in made.items()}
        return answer(200, {"data": [success(details, CONVERTED)]})

    def _converted(self, lead: Record, given: Given) -> dict[str, Record]:
        owner = self._owner(given, lead)
        deal = self._deal(given.get("Deals"))
        account, contact = self._given(ACCOUNTS, given), self._given(CONTACTS, given)
        account = account or self._account(lead, owner)
        link: Given = {"Account_Name": account.id} if account else {}
        personal = {name: lead.values.get(name) for name in PERSONAL}
        contact = contact or self._create(CONTACTS, {**personal, **link, "Owner": owner})
        made = {CONTACTS: contact} | ({ACCOUNTS: account} if account else {})
        if deal is not None:
            made[DEALS] = self._create(DEALS, {"Owner": owner, **deal, **link, "Contact_Name": contact.id})
        done = {"Converted__s": True, "Converted_Date_Time": now()}
        self._core.note_write(lead, "convert", self._core.changes.update(lead, done, self._org.api))
        return made

    def _owner(self, given: Given, lead: Record) -> int:
        asked = given.get("assign_to")
        if asked is None:
            return int(lead.values["Owner"])
        id = record_id(asked.get("id")) if isinstance(asked, dict) else None
        user = None if id is None else self._org.people.get(id)
        if user is None or not user.active:
            raise Problem("INVALID_DATA", {"api_name": "id", "json_path": "$.data[0].assign_to.id"})
        return user.id

    def _deal(self, given: Any) -> Given | None:
        if given is None:
            return None
        if not isinstance(given, dict):
            raise Problem("INVALID_DATA", {"api_name": "Deals", "json_path": "$.data[0].Deals"})
        return self._checks.values(self._org.modules[DEALS], given, None, "$.data[0].Deals")

    def _given(self, module: str, given: Given) -> Record | None:
        """Return the existing record that the call names; an empty id names none."""
        asked = given.get(module)
        if not isinstance(asked, dict) or not asked.get("id"):
            return None
        id = record_id(asked["id"])
        found = None if id is None else self._org.tables[module].get(id)
        if found is None:
            path = {"api_name": "id", "json_path": f"$.data[0].{module}.id"}
            raise Problem("INVALID_DATA", path, INVALID_ID, "ordinary")
        return found

    def _account(self, lead: Record, owner: int) -> Record | None:
        name = lead.values.get("Company")
        return self._create(ACCOUNTS, {"Account_Name": name, "Owner": owner}) if name else None

    def _create(self, module: str, values: Given) -> Record:
        record = self._core.changes.create(self._org.modules[module], values, self._org.api)
        changes = {name: (None, value) for name, value in values.items() if value is not None}
        self._core.note_write(record, "create", changes)
        return record
