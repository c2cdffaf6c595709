"""The object types this account has, and the association types between them. Facts, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One object type: its names in paths and messages, and which properties carry its times."""

    name: str
    singular: str
    type_id: str
    first_id: int
    group: str
    defaults: tuple[str, ...]
    created: str = "createdate"
    modified: str = "hs_lastmodifieddate"


DEALS = Kind(
    "deals",
    "deal",
    "0-3",
    50_000_000_001,
    "dealinformation",
    ("amount", "closedate", "dealname", "dealstage", "pipeline"),
)
CONTACTS = Kind(
    "contacts",
    "contact",
    "0-1",
    10_000_000_001,
    "contactinformation",
    ("email", "firstname", "lastname"),
    modified="lastmodifieddate",
)
COMPANIES = Kind("companies", "company", "0-2", 20_000_000_001, "companyinformation", ("domain", "name"))
TASKS = Kind("tasks", "task", "0-27", 70_000_000_001, "task", (), created="hs_createdate")
NOTES = Kind("notes", "note", "0-46", 80_000_000_001, "note", (), created="hs_createdate")
KINDS = (DEALS, CONTACTS, COMPANIES, TASKS, NOTES)

KIND_BY_NAME = {name: kind for kind in KINDS for name in (kind.name, kind.singular, kind.type_id)}


@dataclass(frozen=True)
class LinkType:
    """One association type in one direction; `legacy` is its name in v3 answers."""

    type_id: int
    source: Kind
    target: Kind
    legacy: str
    label: str | None = None


# The first type of a pair is the one without label; "Primary" comes on top of it.
LINK_TYPES = (
    LinkType(3, DEALS, CONTACTS, "deal_to_contact"),
    LinkType(4, CONTACTS, DEALS, "contact_to_deal"),
    LinkType(341, DEALS, COMPANIES, "deal_to_company_unlabeled"),
    LinkType(5, DEALS, COMPANIES, "deal_to_company", "Primary"),
    LinkType(342, COMPANIES, DEALS, "company_to_deal_unlabeled"),
    LinkType(6, COMPANIES, DEALS, "company_to_deal", "Primary"),
    LinkType(279, CONTACTS, COMPANIES, "contact_to_company_unlabeled"),
    LinkType(1, CONTACTS, COMPANIES, "contact_to_company", "Primary"),
    LinkType(280, COMPANIES, CONTACTS, "company_to_contact_unlabeled"),
    LinkType(2, COMPANIES, CONTACTS, "company_to_contact", "Primary"),
    LinkType(216, TASKS, DEALS, "task_to_deal"),
    LinkType(215, DEALS, TASKS, "deal_to_task"),
    LinkType(204, TASKS, CONTACTS, "task_to_contact"),
    LinkType(203, CONTACTS, TASKS, "contact_to_task"),
    LinkType(192, TASKS, COMPANIES, "task_to_company"),
    LinkType(191, COMPANIES, TASKS, "company_to_task"),
    LinkType(214, NOTES, DEALS, "note_to_deal"),
    LinkType(213, DEALS, NOTES, "deal_to_note"),
    LinkType(202, NOTES, CONTACTS, "note_to_contact"),
    LinkType(201, CONTACTS, NOTES, "contact_to_note"),
    LinkType(190, NOTES, COMPANIES, "note_to_company"),
    LinkType(189, COMPANIES, NOTES, "company_to_note"),
)
LINK_TYPE_BY_ID = {link_type.type_id: link_type for link_type in LINK_TYPES}


def link_types(source: Kind, target: Kind) -> list[LinkType]:
    """Return the types from one object type to another, the one without label first."""
    return [each for each in LINK_TYPES if each.source is source and each.target is target]
