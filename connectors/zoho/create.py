"""Creates a deal with its contact and company; each is looked for first, so repeating doubles nothing.

Facts: docs/connectors/zoho.md#creating
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.base import Lane
from connectors.errors import Rejected, Unreadable
from connectors.paging import Onward
from connectors.zoho.client import Json
from connectors.zoho.organisation import DEAL_KEY
from connectors.zoho.records import key_in, marked
from connectors.zoho.refusals import Duplicate
from connectors.zoho.rows import Rows, quoted
from connectors.zoho.update import Desk, raw_fields, receipt
from connectors.zoho.values import id_of
from mapping.model import PEOPLE_FIELDS, CreateDeal, Person, Receipt

DESCRIPTION = "Description"
LONGEST_NAME = 80  # of a last name


def create_deal(desk: Desk, body: CreateDeal) -> Receipt:
    """Create the deal, or find the one with our key; raises Rejected for values that Zoho cannot hold."""
    fields = _deal_fields(desk, body)
    found = _find_deal(desk, body.deal_key, str(fields.get("Deal_Name") or ""))
    if found is None:
        company = _company(desk, body.company) if body.company else None
        contact = _contact(desk, body, company)
        fields |= {"Account_Name": {"id": company}} if company else {}
        fields |= {"Contact_Name": {"id": contact}} if contact else {}
        found = _add(desk, "Deals", fields)
    return receipt(desk.reading, desk.deal(found).row)


def _deal_fields(desk: Desk, body: CreateDeal) -> Json:
    if body.values.get("stage") is None or not body.values.get("title"):
        raise Rejected("A deal in Zoho needs a name and a stage.")
    fields: Json = {}
    for name, value in body.values.items():
        if name not in PEOPLE_FIELDS and value is not None:
            fields |= raw_fields(desk, name, value, {})
    if desk.reading.key_field not in desk.reading.known.by_name:
        raise Rejected(
            f"Zoho shows our user neither a deal field {DEAL_KEY} nor {DESCRIPTION}, so a new deal could not be "
            "found again: make one of them visible."
        )
    if desk.reading.has_key_field:
        return {**fields, DEAL_KEY: body.deal_key}
    return {**fields, DESCRIPTION: marked(str(fields.get(DESCRIPTION) or ""), body.deal_key)}


def _find_deal(desk: Desk, key: str, title: str) -> str | None:
    """The deal with our key. Without a field for it, among those of the same name, by their descriptions."""
    if not desk.reading.has_key_field:
        return _find_marked(desk.rows, "Deals", "Deal_Name", title, key)
    return _first(desk.rows, "Deals", f"{DEAL_KEY} = {quoted(key)}")


def _company(desk: Desk, name: str) -> str:
    """The oldest company of this name, or a new one."""
    wanted = name.strip()
    there = _first(desk.rows, "Accounts", f"Account_Name = {quoted(wanted)}")
    return there or _add(desk, "Accounts", {"Account_Name": wanted})


def _contact(desk: Desk, body: CreateDeal, company: str | None) -> str | None:
    """The oldest contact with this e-mail, or a new one; one without e-mail is known by our mark."""
    person = body.contact
    if person is None or not any((person.name, person.email, person.phone)):
        return None
    fields = _person(person)
    if person.email:
        there = _first(desk.rows, "Contacts", f"Email = {quoted(person.email)}")
    else:
        there = _find_marked(desk.rows, "Contacts", "Last_Name", str(fields["Last_Name"]), body.deal_key)
        fields[DESCRIPTION] = marked("", body.deal_key)
    if there:
        return there
    return _add(desk, "Contacts", {**fields, **({"Account_Name": {"id": company}} if company else {})})


def _person(person: Person) -> Json:
    """A last name is a must in Zoho: a single word is taken as one, and e-mail or telephone without any."""
    first, _, last = (person.name or person.email or person.phone or "").strip().partition(" ")
    told = {
        "First_Name": first if last else None,
        "Last_Name": (last.strip() or first)[:LONGEST_NAME],
        "Email": person.email,
        "Phone": person.phone,
    }
    return {name: value for name, value in told.items() if value}


def _first(rows: Rows, module: str, where: str) -> str | None:
    """The oldest record that a condition holds for; queries know no delay, unlike searches."""
    found = rows.select(module, ["id"], where, Lane.WRITE).rows
    return id_of(found[0]) if found else None


def _find_marked(rows: Rows, module: str, field: str, value: str, key: str) -> str | None:
    """The record of that name whose description ends with our mark."""
    where, onward = f"{field} = {quoted(value)}", Onward(f"Zoho's {module} of one name", "")
    while True:
        selected = rows.select(module, ["id"], where, Lane.WRITE)
        ids = [str(row.get("id")) for row in selected.rows]
        described = rows.by_ids(module, ids, [DESCRIPTION], Lane.WRITE)
        ours = _ours([{"id": id, **row} for id, row in described.items()], key)
        if ours or selected.next is None:
            return ours
        where = f"({field} = {quoted(value)} and id > {quoted(onward.to(selected.next))})"


def _ours(rows: Sequence[dict[str, Any]], key: str) -> str | None:
    return next((str(row["id"]) for row in rows if key_in(str(row.get(DESCRIPTION) or "")) == key), None)


def _add(desk: Desk, module: str, fields: Json) -> str:
    """The id of a new record; of the one that is there, where a field of it has to be unique."""
    try:
        details = desk.client.call("POST", f"/{module}", Lane.WRITE, json={"data": [fields]}).done()
    except Duplicate as error:
        if error.existing is None or not _may_adopt(module, error):
            raise
        return error.existing
    found = id_of(details)
    if found is None:
        raise Unreadable(f"Zoho answered without the id of what it made in {module}.")
    return found


def _may_adopt(module: str, error: Duplicate) -> bool:
    """A deal is ours only by our key; any other unique field of it belongs to somebody else's deal."""
    return module != "Deals" or error.field == DEAL_KEY
