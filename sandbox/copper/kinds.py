"""The kinds of records: which attributes they show, in which order, and which of them a call may write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from . import values
from .values import Check

PARENTS: Final = ("lead", "person", "company", "opportunity", "project")
STATUSES: Final = ("Open", "Won", "Lost", "Abandoned")
PRIORITIES: Final = ("None", "Low", "Medium", "High")


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of record. `shown` maps each attribute to its value in a new record, in the order of answers."""

    plural: str
    singular: str
    first_id: int
    shown: Mapping[str, Any]
    writable: Mapping[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] = ("name",)
    has_history: bool = True

    def blank(self) -> dict[str, Any]:
        """Return the values of a new record."""
        return {name: list(value) if isinstance(value, list) else value for name, value in self.shown.items()}


_DATES: Final = {"date_created": 0, "date_modified": 0}
_COMMON: Final[dict[str, Check]] = {
    "name": values.text,
    "assignee_id": values.reference("user"),
    "details": values.text,
    "tags": values.tags,
}
_CONTACT: Final[dict[str, Check]] = {
    **_COMMON,
    "address": values.address,
    "contact_type_id": values.reference("contact_type"),
    "phone_numbers": values.phone_numbers,
    "socials": values.socials,
    "websites": values.websites,
}
_NAMES: Final = dict.fromkeys(("prefix", "first_name", "middle_name", "last_name", "suffix"))

OPPORTUNITY: Final = Kind(
    "opportunities",
    "opportunity",
    2_827_698,
    {
        "id": 0,
        "name": None,
        "assignee_id": None,
        "close_date": None,
        "company_id": None,
        "company_name": None,
        "customer_source_id": None,
        "details": None,
        "loss_reason_id": None,
        "pipeline_id": None,
        "pipeline_stage_id": None,
        "primary_contact_id": None,
        "priority": "None",
        "status": "Open",
        "tags": [],
        "interaction_count": 0,
        "monetary_unit": None,
        "monetary_value": None,
        "win_probability": 0,
        "date_stage_changed": 0,
        "date_last_contacted": None,
        "leads_converted_from": [],
        "date_lead_created": None,
        **_DATES,
        "custom_fields": None,
        "pipeline_type": "opportunity",
        "pipeline_is_revenue": False,
    },
    {
        **_COMMON,
        "close_date": values.close_date,
        "company_id": values.reference("company"),
        "customer_source_id": values.reference("customer_source"),
        "loss_reason_id": values.reference("loss_reason"),
        "pipeline_id": values.reference("pipeline"),
        "pipeline_stage_id": values.reference("stage"),
        "primary_contact_id": values.reference("person"),
        "priority": values.one_of(*PRIORITIES),
        "status": values.one_of(*STATUSES),
        "monetary_unit": values.currency,
        "monetary_value": values.number,
        "win_probability": values.percent,
    },
)
PERSON: Final = Kind(
    "people",
    "person",
    27_140_359,
    {
        "id": 0,
        "name": None,
        **_NAMES,
        "address": None,
        "assignee_id": None,
        "company_id": None,
        "company_name": None,
        "contact_type_id": None,
        "details": None,
        "emails": [],
        "phone_numbers": [],
        "socials": [],
        "tags": [],
        "title": None,
        "websites": [],
        "custom_fields": None,
        **_DATES,
        "date_last_contacted": None,
        "interaction_count": 0,
        "leads_converted_from": [],
        "date_lead_created": None,
    },
    {
        **_CONTACT,
        "company_id": values.reference("company"),
        "emails": values.emails,
        "title": values.text,
    },
)
COMPANY: Final = Kind(
    "companies",
    "company",
    9_607_580,
    {
        "id": 0,
        "name": None,
        "address": None,
        "assignee_id": None,
        "contact_type_id": None,
        "details": None,
        "email_domain": None,
        "phone_numbers": [],
        "primary_contact_id": None,
        "socials": [],
        "tags": [],
        "websites": [],
        "custom_fields": None,
        "interaction_count": 0,
        **_DATES,
    },
    {**_CONTACT, "email_domain": values.text, "primary_contact_id": values.reference("person")},
)
LEAD: Final = Kind(
    "leads",
    "lead",
    8_894_157,
    {
        "id": 0,
        "name": None,
        **_NAMES,
        "address": None,
        "assignee_id": None,
        "company_name": None,
        "customer_source_id": None,
        "details": None,
        "email": None,
        "interaction_count": 0,
        "monetary_unit": None,
        "monetary_value": None,
        "socials": [],
        "status": None,
        "status_id": None,
        "tags": [],
        "title": None,
        "websites": [],
        "phone_numbers": [],
        "custom_fields": None,
        **_DATES,
        "date_last_contacted": None,
        "converted_opportunity_id": None,
        "converted_contact_id": None,
        "converted_at": None,
    },
    {
        **{name: check for name, check in _CONTACT.items() if name != "contact_type_id"},
        "company_name": values.text,
        "customer_source_id": values.reference("customer_source"),
        "email": values.lead_email,
        "monetary_unit": values.currency,
        "monetary_value": values.number,
        "status": values.text,
        "status_id": values.reference("lead_status"),
        "title": values.text,
    },
)
TASK: Final = Kind(
    "tasks",
    "task",
    3_716_920,
    {
        "id": 0,
        "name": None,
        "related_resource": {"id": None, "type": None},
        "assignee_id": None,
        "due_date": None,
        "reminder_date": None,
        "completed_date": None,
        "priority": "None",
        "status": "Open",
        "details": None,
        "tags": [],
        "custom_fields": None,
        **_DATES,
        "custom_activity_type_id": None,
    },
    {
        **_COMMON,
        "related_resource": values.identifier(*PARENTS),
        "due_date": values.whole,
        "reminder_date": values.whole,
        "priority": values.one_of("None", "High"),
        "status": values.one_of("Open", "Completed"),
        "custom_activity_type_id": values.reference("activity_type"),
    },
    has_history=False,
)
PROJECT: Final = Kind(
    "projects",
    "project",
    144_296,
    {
        "id": 0,
        "name": None,
        "related_resource": {"id": None, "type": None},
        "assignee_id": None,
        "status": "Open",
        "details": None,
        "tags": [],
        "custom_fields": None,
        **_DATES,
    },
    {
        **_COMMON,
        "related_resource": values.identifier(*PARENTS),
        "status": values.one_of("Open", "Completed"),
    },
)
KINDS: Final = (OPPORTUNITY, PERSON, COMPANY, LEAD, TASK, PROJECT)
BY_PLURAL: Final = {kind.plural: kind for kind in KINDS}
BY_SINGULAR: Final = {kind.singular: kind for kind in KINDS}
