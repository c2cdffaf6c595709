"""The modules of the org and their standard fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.zoho.fields import Field
from sandbox.zoho.numbers import fixed

LEADS, ACCOUNTS, CONTACTS, DEALS = "Leads", "Accounts", "Contacts", "Deals"
TASKS, NOTES, HISTORY, CAMPAIGNS = "Tasks", "Notes", "DealHistory", "Campaigns"
TASK_DONE = "Completed"
SOURCES = ("Advertisement", "Cold Call", "Employee Referral", "Partner", "Web Download", "Trade Show")
REASONS = ("Expectation Mismatch", "Price", "Unqualified Customer", "Lack of response", "Other")
TASK_STATUS = ("Not Started", "Deferred", "In Progress", TASK_DONE, "Waiting for input")
PRIORITIES = ("High", "Highest", "Low", "Lowest", "Normal")
LEAD_STATUS = ("Attempted to Contact", "Contact in Future", "Contacted", "Lost Lead", "Not Contacted")
SYSTEM_KEYS = (
    "$currency_symbol",
    "$field_states",
    "$review_process",
    "$sharing_permission",
    "$state",
    "$process_flow",
    "$locked_for_me",
    "$approved",
    "$approval",
    "$approval_state",
    "$editable",
    "$review",
    "$in_merge",
    "$layout_id",
)

Row = tuple[str, str, str] | tuple[str, str, str, dict[str, Any]]
_READ = {"read_only": True}
_MUST = {"mandatory": True}
_COMMON: tuple[Row, ...] = (
    ("id", "Record Id", "bigint", {"read_only": True, "length": 19}),
    ("Owner", "Owner", "ownerlookup"),
    ("Created_Time", "Created Time", "datetime", _READ),
    ("Modified_Time", "Modified Time", "datetime", _READ),
    ("Last_Activity_Time", "Last Activity Time", "datetime", _READ),
    ("Created_By", "Created By", "ownerlookup", _READ),
    ("Modified_By", "Modified By", "ownerlookup", _READ),
    ("Tag", "Tag", "text", _READ),
    ("Locked__s", "Locked", "boolean", _READ),
    ("Description", "Description", "textarea"),
)
_PERSON: tuple[Row, ...] = (
    ("First_Name", "First Name", "text", {"length": 40}),
    ("Last_Name", "Last Name", "text", {"length": 80, "mandatory": True}),
    ("Full_Name", "Full Name", "text", _READ),
    ("Email", "Email", "email"),
    ("Phone", "Phone", "phone"),
    ("Mobile", "Mobile", "phone"),
    ("Lead_Source", "Lead Source", "picklist", {"options": SOURCES}),
)
_FIELDS: dict[str, tuple[Row, ...]] = {
    LEADS: (
        *_PERSON,
        ("Company", "Company", "text", {"required": True}),
        ("Lead_Status", "Lead Status", "picklist", {"options": LEAD_STATUS}),
        ("Converted__s", "Is Converted", "boolean", _READ),
        ("Converted_Date_Time", "Converted Date Time", "datetime", _READ),
    ),
    ACCOUNTS: (
        ("Account_Name", "Account Name", "text", {"length": 200, "mandatory": True}),
        ("Website", "Website", "website"),
        ("Phone", "Phone", "phone"),
        ("Industry", "Industry", "picklist", {"options": ("Consulting", "Manufacturing", "Service")}),
        ("Annual_Revenue", "Annual Revenue", "currency"),
        ("Employees", "Employees", "integer"),
    ),
    CONTACTS: (
        *_PERSON,
        ("Title", "Title", "text", {"length": 100}),
        ("Account_Name", "Account Name", "lookup", {"lookup": ACCOUNTS}),
    ),
    DEALS: (
        ("Deal_Name", "Deal Name", "text", {"length": 120, "mandatory": True}),
        ("Stage", "Stage", "picklist", _MUST),
        ("Pipeline", "Pipeline", "picklist", {"required": True}),
        ("Amount", "Amount", "currency"),
        ("Expected_Revenue", "Expected Revenue", "currency", _READ),
        ("Probability", "Probability (%)", "integer", {"length": 3}),
        ("Currency", "Currency", "picklist", {"options": ("EUR", "USD", "BGN", "GBP")}),
        ("Exchange_Rate", "Exchange Rate", "double"),
        ("Closing_Date", "Closing Date", "date", {"required": True}),
        ("Account_Name", "Account Name", "lookup", {"lookup": ACCOUNTS}),
        ("Contact_Name", "Contact Name", "lookup", {"lookup": CONTACTS}),
        ("Campaign_Source", "Campaign Source", "lookup", {"lookup": CAMPAIGNS}),
        ("Type", "Type", "picklist", {"options": ("Existing Business", "New Business")}),
        ("Lead_Source", "Lead Source", "picklist", {"options": SOURCES}),
        ("Next_Step", "Next Step", "text"),
        ("Reason_For_Loss__s", "Reason For Loss", "picklist", {"options": REASONS}),
        ("Overall_Sales_Duration", "Overall Sales Duration", "integer", _READ),
        ("Sales_Cycle_Duration", "Sales Cycle Duration", "integer", _READ),
        ("Lead_Conversion_Time", "Lead Conversion Time", "integer", _READ),
        ("Budget", "Budget", "currency", {"custom": True}),
        ("Decision_Maker", "Decision maker", "text", {"custom": True}),
        ("Contract_End_Date", "Contract end date", "date", {"custom": True}),
        ("Conveyor_Section", "Conveyor section", "text", {"custom": True}),
        ("Conveyor_Accept_By", "Conveyor accept by", "datetime", {"custom": True}),
    ),
    TASKS: (
        ("Subject", "Subject", "text", {"length": 300, "mandatory": True}),
        ("Due_Date", "Due Date", "date"),
        ("Status", "Status", "picklist", {"options": TASK_STATUS}),
        ("Priority", "Priority", "picklist", {"options": PRIORITIES}),
        ("What_Id", "Related To", "lookup", {"lookup": "se_module"}),
        ("Who_Id", "Contact Name", "lookup", {"lookup": CONTACTS}),
        ("Closed_Time", "Closed Time", "datetime", _READ),
        ("Send_Notification_Email", "Send Notification Email", "boolean"),
    ),
    NOTES: (
        ("Note_Title", "Note Title", "text", {"length": 120}),
        ("Note_Content", "Note Content", "textarea", {"length": 65_535}),
        ("Parent_Id", "Parent ID", "lookup", {"lookup": "se_module"}),
    ),
    CAMPAIGNS: (("Campaign_Name", "Campaign Name", "text", _MUST),),
    HISTORY: (
        ("Stage", "Stage", "picklist", _READ),
        ("Moved_To__s", "Moved To", "text", _READ),
        ("Amount", "Amount", "currency", _READ),
        ("Probability", "Probability (%)", "integer", _READ),
        ("Expected_Revenue", "Expected Revenue", "currency", _READ),
        ("Close_Date", "Closing Date", "date", _READ),
        ("Stage_Duration_Calendar_Days", "Stage Duration (Calendar Days)", "integer", _READ),
    ),
}
# module -> place among the ids, singular, field that names a record, match of an upsert without fields
_MODULES: dict[str, tuple[int, str, str, str | None]] = {
    LEADS: (111, "Lead", "Full_Name", "Email"),
    ACCOUNTS: (112, "Account", "Account_Name", "Account_Name"),
    CONTACTS: (113, "Contact", "Full_Name", "Email"),
    DEALS: (114, "Deal", "Deal_Name", "Deal_Name"),
    TASKS: (115, "Task", "Subject", None),
    NOTES: (116, "Note", "Note_Title", None),
    HISTORY: (117, "Deal History", "Stage", None),
    CAMPAIGNS: (118, "Campaign", "Campaign_Name", "Campaign_Name"),
}


@dataclass(slots=True)
class Module:
    """One module and its fields."""

    name: str
    id: int
    singular: str
    name_field: str
    match: str | None
    fields: dict[str, Field] = field(default_factory=dict)
    _place: int = 0

    def add(self, name: str, label: str, type: str, options: Sequence[str] = (), **more: Any) -> Field:
        """Add a field, or replace the one of this name."""
        self._place += 1
        id = self.id + 1000 + self._place * 10
        self.fields[name] = Field(name, label, type, id, tuple(options), **more)
        return self.fields[name]

    def indexed(self) -> set[str]:
        """Return the fields by whose values records are found at once."""
        unique = {each.name for each in self.fields.values() if each.unique}
        return unique | ({self.match} if self.match else set())


def standard_modules() -> dict[str, Module]:
    """Return the modules by API name."""
    return {name: _module(name) for name in _MODULES}


def _module(name: str) -> Module:
    place, singular, name_field, match = _MODULES[name]
    module = Module(name, fixed(place * 10, 2), singular, name_field, match)
    for row in (*_FIELDS[name], *_COMMON):
        module.add(*row[:3], **(row[3] if len(row) > 3 else {}))
    return module
