"""The parts of a deal that cost further calls: contact and company, and our tasks.

Facts: docs/connectors/zoho.md#people and docs/connectors/zoho.md#tasks-and-notes
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.base import Lane
from connectors.zoho.records import PEOPLE, at
from connectors.zoho.rows import Rows
from connectors.zoho.values import id_of
from mapping.model import TaskState, Value

CONTACT = ("Full_Name", "First_Name", "Last_Name", "Email", "Phone", "Mobile")
COMPANY = ("Account_Name",)
TASK = ("Status", "Owner", "Closed_Time")
COMPLETED = "Completed"

Row = Mapping[str, Any]


def people(rows: Rows, deals: Mapping[str, Row], lane: Lane) -> dict[str, dict[str, Value]]:
    """Contact and company fields by deal; `None` where a deal has neither."""
    contact, company = PEOPLE
    contacts = _linked(rows, "Contacts", contact, deals, CONTACT, lane)
    named = {id for id, row in deals.items() if _name(row.get(company))}
    nameless = {id: row for id, row in deals.items() if id not in named}
    companies = _linked(rows, "Accounts", company, nameless, COMPANY, lane)
    return {
        id: {
            **_contact(contacts.get(id), row.get(contact)),
            "company": _name(row.get(company)) or (companies.get(id) or {}).get("Account_Name") or None,
        }
        for id, row in deals.items()
    }


def _linked(
    rows: Rows, module: str, lookup: str, deals: Mapping[str, Row], columns: Sequence[str], lane: Lane
) -> dict[str, Row]:
    """The record that each deal links to."""
    linked = {deal: id for deal, row in deals.items() if (id := id_of(row.get(lookup))) is not None}
    found = rows.by_ids(module, linked.values(), columns, lane) if linked else {}
    return {deal: found[id] for deal, id in linked.items() if id in found}


def _name(lookup: object) -> str | None:
    return str(lookup.get("name") or "") or None if isinstance(lookup, Mapping) else None


def _contact(row: Row | None, lookup: object) -> dict[str, Value]:
    """The contact's fields; only its name, from the deal, if our user may not see the contact itself."""
    found = row or {}
    parts = " ".join(str(found[part]) for part in ("First_Name", "Last_Name") if found.get(part))
    return {
        "contact_name": found.get("Full_Name") or parts or _name(lookup),
        "contact_email": found.get("Email") or None,
        "contact_phone": found.get("Phone") or found.get("Mobile") or None,
    }


def tasks(rows: Rows, wanted: Iterable[Sequence[str]], lane: Lane) -> dict[str, TaskState]:
    """The state of tasks by id; one that is gone is absent."""
    ids = [id for some in wanted for id in some]
    found = rows.by_ids("Tasks", ids, TASK, lane) if ids else {}
    return {id: task_state(row) for id, row in found.items()}


def task_state(row: Row) -> TaskState:
    """What became of a task: whichever closed status an organisation has, only a closed task has a time."""
    closed_at = at(row, "Closed_Time")
    done = closed_at is not None or str(row.get("Status")).casefold() == COMPLETED.casefold()
    return TaskState(done, id_of(row.get("Owner")), closed_at if done else None)
