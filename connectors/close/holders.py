"""The lead and the contact of a deal to create: found, or made. Nothing is made twice by a repeat.

A contact belongs to one lead, and a deal to one lead: so the contact decides (docs/connectors/close.md#creating).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.base import Lane
from connectors.close import calls, note, search
from connectors.close.aspects import lead
from connectors.close.client import Client, Json
from connectors.close.events import logged
from connectors.close.records import item_id
from connectors.close.values import text_of
from connectors.errors import Missing
from mapping.model import CreateDeal, Person

MOST_LEADS = 200
"""How many of our own latest leads are looked through for one that an earlier attempt made."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A lead, and the contact there that the deal is with."""

    lead_id: str
    contact_id: str | None = None


def found(client: Client, body: CreateDeal, me: str, attempt: int) -> Holder | None:
    """The lead of an earlier attempt, of the contact's e-mail, or of the company's name."""
    person = body.contact
    if attempt > 1 and (ours := _made_before(client, body.deal_key, me)) is not None:
        return ours
    if person is not None and person.email and (known := search.contact_by_email(client, person.email)):
        return Holder(str(known["lead_id"]), item_id(known))
    if body.company and (row := search.lead_by_name(client, body.company)):
        return Holder(item_id(row))
    return None


def with_contact(client: Client, holder: Holder, person: Person | None) -> Holder:
    """The same lead with the contact on it; made if nobody like that is there."""
    if holder.contact_id is not None or person is None or not _fields(person):
        return holder
    there = lead(client, holder.lead_id, Lane.WRITE).get("contacts")
    contacts = [row for row in there or () if isinstance(row, dict)]
    match = next((row for row in contacts if _is(row, person)), None)
    if match is None:
        fields = {"lead_id": holder.lead_id, **_fields(person)}
        match = client.call(calls.CREATE_CONTACT, Lane.WRITE, body=fields)
    return Holder(holder.lead_id, item_id(match))


def made(client: Client, body: CreateDeal, title: str | None) -> Holder:
    """A new lead with its contact; its description says for which deal, so that a repeat finds it."""
    person = body.contact or Person(None, None, None)
    name = body.company or person.name or person.email or person.phone or title or ""
    fields = _fields(person)
    row = client.call(
        calls.CREATE_LEAD,
        Lane.WRITE,
        body={
            "name": name,
            "description": note.with_key("", body.deal_key),
            **({"contacts": [fields]} if fields else {}),
        },
    )
    return _holder(row)


def _made_before(client: Client, key: str, me: str) -> Holder | None:
    filters = {"user_id": me, "object_type": "lead", "action": "created"}
    for place, event in enumerate(logged(client, Lane.WRITE, filters)):
        if place >= MOST_LEADS:
            return None
        if note.key_of(text_of((event.data or {}).get("description"))) == key:
            try:
                return _holder(lead(client, event.object_id, Lane.WRITE))
            except Missing:
                return None  # deleted or merged since: look for it like for any other
    return None


def _holder(row: Json) -> Holder:
    contacts: Iterable[object] = row.get("contacts") or ()
    first = next((each for each in contacts if isinstance(each, dict)), None)
    return Holder(item_id(row), item_id(first) if first else None)


def _fields(person: Person) -> dict[str, object]:
    """The contact as Close takes it, empty for nobody."""
    fields: dict[str, object] = {}
    if person.name or person.email or person.phone:
        fields["name"] = person.name or ""
    if person.email:
        fields["emails"] = [{"email": person.email, "type": "office"}]
    if person.phone:
        fields["phones"] = [{"phone": person.phone, "type": "office"}]
    return fields


def _is(row: Json, person: Person) -> bool:
    """Whether a contact of the lead is this person: by e-mail, else by telephone, else by name."""
    if person.email:
        return person.email.casefold() in _listed(row, "emails", "email")
    if person.phone:
        return bool({_digits(person.phone)} & {_digits(each) for each in _listed(row, "phones", "phone")})
    return str(row.get("name") or "").strip() == (person.name or "").strip()


def _listed(row: Json, kind: str, name: str) -> set[str]:
    rows = row.get(kind) or ()
    return {str(each.get(name)).casefold() for each in rows if isinstance(each, dict)}


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())
