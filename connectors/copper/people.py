"""The contact and the company of a deal: read, and found or made for a new one.

Facts: docs/connectors/copper.md#people
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from connectors.base import Lane
from connectors.copper.activities import reference
from connectors.copper.answers import Item, id_text, is_deleted, own_id, rows_of
from connectors.copper.answers import item_of as as_item
from connectors.copper.client import Client
from connectors.errors import Missing, Rejected
from mapping.model import CreateDeal, Person, Value

Read = Callable[[str, str | None], Item]

# --- reading ---


def people_of(client: Client, deals: Iterable[Item], lane: Lane) -> dict[str, dict[str, Value]]:
    """The fields of contact and company by deal, `None` where a deal has none; each person is read once."""
    kept: dict[str, Item] = {}

    def read(kind: str, key: str | None) -> Item:
        if key is None:
            return {}
        path = f"/{kind}/{key}"
        if path not in kept:
            kept[path] = _read(client, path, lane)
        return kept[path]

    found: dict[str, dict[str, Value]] = {}
    for deal in deals:
        person = read("people", id_text(deal.get("primary_contact_id")))
        found[own_id(deal)] = {**_contact(person), "company": _company(deal, read)}
    return found


def _read(client: Client, path: str, lane: Lane) -> Item:
    try:
        found = as_item(client.get(path, lane))
    except Missing:
        return {}
    return {} if is_deleted(found) else found


def _company(deal: Item, read: Read) -> Value:
    """The company's name, which mostly stands on the deal."""
    key = id_text(deal.get("company_id"))
    if key is None:
        return None
    name = deal.get("company_name") or read("companies", key).get("name")
    return str(name) if name else None


def _contact(person: Item) -> dict[str, Value]:
    return {
        "contact_name": str(person.get("name") or "") or None,
        "contact_email": _first(person.get("emails"), "email"),
        "contact_phone": _first(person.get("phone_numbers"), "number"),
    }


def _first(entries: object, key: str) -> str | None:
    """The first one for work, else the first at all."""
    rows = [row for row in rows_of(entries or []) if row.get(key)]
    rows.sort(key=lambda row: row.get("category") != "work")
    return str(rows[0][key]) if rows else None


# --- finding and making ---


def paths_of(client: Client, body: CreateDeal) -> Iterator[str]:
    """The paths of the person and the company that a deal is for, as far as they are there."""
    email = (body.contact.email or "").strip().lower() if body.contact else ""
    person = _fetch_by_email(client, email) if email else None
    if person is not None:
        yield f"/people/{person}"
    company = _known_company(client, _company_name(body))
    if company is not None:
        yield f"/companies/{company}"


def company_for(client: Client, body: CreateDeal) -> int | None:
    """The company of this name that was made first, or a new one; `None` if the deal is for no company."""
    name = _company_name(body)
    known = _known_company(client, name)
    if known is not None or not name:
        return known
    return int(own_id(client.post("/companies", {"name": name})))


def _company_name(body: CreateDeal) -> str:
    return (body.company or "").strip()


def _known_company(client: Client, name: str) -> int | None:
    if not name:
        return None
    query = {"name": name, "sort_by": "date_created", "sort_direction": "asc"}
    for row in client.page("companies", query, Lane.WRITE).rows:
        if str(row.get("name")).strip().casefold() == name.casefold():
            return int(own_id(row))
    return None


def contact_for(client: Client, body: CreateDeal, company: int | None, attempt: int) -> int | None:
    """The person with this e-mail, else one that an earlier attempt made, else a new one; `None` for nobody."""
    person = body.contact
    if person is None or not any((person.name, person.email, person.phone)):
        return None
    if person.email:
        return _by_email(client, person, company)
    return _by_mark(client, person, reference(body.deal_key), company, attempt)


def stand_in(client: Client, body: CreateDeal, company: int | None, title: str, attempt: int) -> int:
    """A person named like the company or the deal, for accounts that take no deal without a contact."""
    named = Person(_company_name(body) or title, None, None)
    return _by_mark(client, named, reference(body.deal_key), company, attempt)


def _by_email(client: Client, person: Person, company: int | None) -> int:
    email = (person.email or "").strip().lower()
    known = _fetch_by_email(client, email)
    if known is not None:
        return known
    try:
        return int(own_id(client.post("/people", _person(person, company))))
    except Rejected:
        # An e-mail belongs to one person only: somebody may have made that one meanwhile.
        known = _fetch_by_email(client, email)
        if known is None:
            raise
        return known


def _fetch_by_email(client: Client, email: str) -> int | None:
    try:
        return int(own_id(client.post("/people/fetch_by_email", {"email": email})))
    except Missing:
        return None


def _by_mark(client: Client, person: Person, mark: str, company: int | None, attempt: int) -> int:
    """A person without e-mail: the one that an earlier attempt made, by a line in the description, or a new one."""
    query = {"name": _name(person), "sort_by": "date_created", "sort_direction": "desc"}
    for row in client.page("people", query, Lane.WRITE).rows if attempt > 1 else ():
        if mark in str(row.get("details") or ""):
            return int(own_id(row))
    return int(own_id(client.post("/people", {**_person(person, company), "details": mark})))


def _person(person: Person, company: int | None) -> Mapping[str, object]:
    body: dict[str, object] = {"name": _name(person)}
    if person.email:
        body["emails"] = [{"email": person.email.strip().lower(), "category": "work"}]
    if person.phone:
        body["phone_numbers"] = [{"number": person.phone, "category": "work"}]
    if company is not None:
        body["company_id"] = company
    return body


def _name(person: Person) -> str:
    return (person.name or person.email or person.phone or "").strip()
