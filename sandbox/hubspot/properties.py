"""Property definitions: the vendor's own ones, as far as they matter here. For values see values.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.kinds import COMPANIES, CONTACTS, DEALS, KINDS, NOTES, TASKS, Kind


@dataclass(frozen=True)
class Property:
    """One property of an object type. `read_only` ones are filled by HubSpot."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: tuple[tuple[str, str], ...] = ()
    read_only: bool = False
    unique: bool = False
    defined_by_hubspot: bool = True
    owner: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the definition as the properties API shows it."""
        answer: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": "",
            "groupName": self.group,
            "options": [
                {"label": label, "value": value, "displayOrder": place, "hidden": False}
                for place, (value, label) in enumerate(self.options)
            ],
            "displayOrder": -1,
            "calculated": self.read_only,
            "externalOptions": self.owner,
            "hasUniqueValue": self.unique,
            "hidden": False,
            "hubspotDefined": self.defined_by_hubspot,
            "formField": not self.defined_by_hubspot,
            "dataSensitivity": "non_sensitive",
            "archived": False,
            "modificationMetadata": {
                "archivable": not self.defined_by_hubspot,
                "readOnlyDefinition": self.defined_by_hubspot,
                "readOnlyOptions": self.defined_by_hubspot,
                "readOnlyValue": self.read_only,
            },
        }
        return answer | ({"referencedObjectType": "OWNER"} if self.owner else {})


PRIORITY = ("LOW", "MEDIUM", "HIGH")
DEAL_TYPE = ("newbusiness", "existingbusiness")
TASK_STATUS = ("NOT_STARTED", "COMPLETED", "WAITING", "IN_PROGRESS", "DEFERRED")
LIFECYCLE = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")

# name, label, type, field type, options
Row = tuple[str, str, str, str, tuple[str, ...]]
WRITABLE: dict[Kind, tuple[Row, ...]] = {
    DEALS: (
        ("dealname", "Deal Name", "string", "text", ()),
        ("pipeline", "Pipeline", "enumeration", "select", ()),
        ("dealstage", "Deal Stage", "enumeration", "radio", ()),
        ("amount", "Amount", "number", "number", ()),
        ("deal_currency_code", "Currency", "enumeration", "select", ("USD", "EUR", "GBP", "BGN")),
        ("closedate", "Close Date", "datetime", "date", ()),
        ("hubspot_owner_id", "Deal owner", "enumeration", "select", ()),
        ("description", "Deal Description", "string", "textarea", ()),
        ("dealtype", "Deal Type", "enumeration", "radio", DEAL_TYPE),
        ("hs_priority", "Priority", "enumeration", "select", ("low", "medium", "high")),
        ("closed_lost_reason", "Closed Lost Reason", "string", "textarea", ()),
        ("hs_next_step", "Next step", "string", "text", ()),
    ),
    CONTACTS: (
        ("email", "Email", "string", "text", ()),
        ("firstname", "First Name", "string", "text", ()),
        ("lastname", "Last Name", "string", "text", ()),
        ("phone", "Phone Number", "string", "phonenumber", ()),
        ("company", "Company Name", "string", "text", ()),
        ("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", LIFECYCLE),
        ("hubspot_owner_id", "Contact owner", "enumeration", "select", ()),
    ),
    COMPANIES: (
        ("name", "Company name", "string", "text", ()),
        ("domain", "Company Domain Name", "string", "text", ()),
        ("phone", "Phone Number", "string", "phonenumber", ()),
        ("hubspot_owner_id", "Company owner", "enumeration", "select", ()),
    ),
    TASKS: (
        ("hs_timestamp", "Due date", "datetime", "date", ()),
        ("hs_task_subject", "Task Title", "string", "text", ()),
        ("hs_task_body", "Task Notes", "string", "html", ()),
        ("hs_task_status", "Task Status", "enumeration", "select", TASK_STATUS),
        ("hs_task_priority", "Priority", "enumeration", "select", ("NONE", *PRIORITY)),
        ("hs_task_type", "Task Type", "enumeration", "select", ("TODO", "CALL", "EMAIL")),
        ("hs_task_reminders", "Reminders", "string", "text", ()),
        ("hubspot_owner_id", "Assigned to", "enumeration", "select", ()),
    ),
    NOTES: (
        ("hs_timestamp", "Activity date", "datetime", "date", ()),
        ("hs_note_body", "Note body", "string", "html", ()),
        ("hs_attachment_ids", "Attached file IDs", "string", "text", ()),
        ("hubspot_owner_id", "Activity assigned to", "enumeration", "select", ()),
    ),
}
OF_EVERY_KIND = (
    ("hs_object_id", "number"),
    ("hs_object_source", "string"),
    ("hs_object_source_id", "string"),
    ("hs_object_source_label", "string"),
    ("hs_updated_by_user_id", "number"),
    ("hubspot_owner_assigneddate", "datetime"),
)
READ_ONLY: dict[Kind, tuple[tuple[str, str], ...]] = {
    DEALS: (
        ("amount_in_home_currency", "number"),
        ("hs_deal_stage_probability", "number"),
        ("hs_is_closed", "bool"),
        ("hs_is_closed_lost", "bool"),
        ("hs_is_closed_won", "bool"),
        ("hs_v2_date_entered_current_stage", "datetime"),
    )
}


def vendor_properties() -> dict[Kind, dict[str, Property]]:
    """Return the properties every account has, by object type and name."""
    return {kind: {each.name: each for each in _of_kind(kind)} for kind in KINDS}


def _of_kind(kind: Kind) -> list[Property]:
    times = ((kind.created, "datetime"), (kind.modified, "datetime"))
    calculated = [
        Property(name, name.replace("_", " ").capitalize(), type, "text", kind.group, read_only=True)
        for name, type in (*OF_EVERY_KIND, *times, *READ_ONLY.get(kind, ()))
    ]
    writable = [
        Property(
            name,
            label,
            type,
            field_type,
            kind.group,
            tuple((option, option.capitalize()) for option in options),
            unique=kind is CONTACTS and name == "email",
            owner=name == "hubspot_owner_id",
        )
        for name, label, type, field_type, options in WRITABLE[kind]
    ]
    return calculated + writable
