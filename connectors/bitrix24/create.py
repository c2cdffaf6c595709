"""Creates a deal with its contact and company; each is looked for first, so repeating doubles nothing."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Lane
from connectors.bitrix24 import php, values
from connectors.bitrix24.client import Client, Command, Replies
from connectors.bitrix24.listing import rows_of
from connectors.bitrix24.portal import COMPANY, CONTACT, DEAL
from connectors.bitrix24.read import deal_of
from connectors.bitrix24.records import ORIGINATOR, Item, Reading, item_id
from connectors.bitrix24.update import raw_fields, receipt
from mapping.model import PEOPLE_FIELDS, CreateDeal, Person, Receipt


def create_deal(client: Client, reading: Reading, body: CreateDeal) -> Receipt:
    """Create the deal, or find the one with our key; raises Rejected for values that Bitrix24 cannot hold."""
    fields = _deal_fields(reading, body)
    found = client.batch(_look_ups(body), Lane.WRITE)
    known = rows_of(found["deal"].result)
    if known:
        return receipt(reading, known[0])
    company = _company(client, body, found)
    contact = _contact(client, body, found, company)
    if company:
        fields["companyId"] = company
    if contact:
        fields["contactIds"] = [contact]
    return receipt(reading, _add(client, DEAL, fields))


def _deal_fields(reading: Reading, body: CreateDeal) -> dict[str, object]:
    fields: dict[str, object] = {"originatorId": ORIGINATOR, "originId": body.deal_key}
    currency = {"currencyId": body.values.get("currency")}
    for name, value in body.values.items():
        if name not in PEOPLE_FIELDS and value is not None:
            fields |= raw_fields(reading, name, value, currency)
    return fields


def _look_ups(body: CreateDeal) -> dict[str, Command]:
    """One request that looks for all three: by our key, by e-mail, by the company's name."""
    ours = {"=originatorId": ORIGINATOR, "=originId": body.deal_key}
    commands = {"deal": _list(DEAL, ours)}
    if body.contact is not None:
        commands["contact"] = _list(CONTACT, ours)
        if body.contact.email:
            commands["by_email"] = Command(
                "crm.duplicate.findbycomm",
                {"type": "EMAIL", "values": [body.contact.email], "entity_type": "CONTACT"},
            )
    if body.company:
        commands["company"] = _list(COMPANY, {"=title": body.company})
    return commands


def _list(kind: int, conditions: Mapping[str, object]) -> Command:
    return Command(
        "crm.item.list",
        {"entityTypeId": kind, "filter": conditions, "order": {"id": "ASC"}, "start": -1},
    )


def _company(client: Client, body: CreateDeal, found: Replies) -> int | None:
    if not body.company:
        return None
    known = rows_of(found["company"].result)
    return int(item_id(known[0] if known else _add(client, COMPANY, {"title": body.company})))


def _contact(client: Client, body: CreateDeal, found: Replies, company: int | None) -> int | None:
    if body.contact is None or not any((body.contact.name, body.contact.email, body.contact.phone)):
        return None
    by_email = _first_duplicate(found) if body.contact.email else None
    if by_email is not None:
        return int(by_email)
    known = rows_of(found["contact"].result)
    if known:
        return int(item_id(known[0]))
    fields = {**_contact_fields(body.contact), "originatorId": ORIGINATOR, "originId": body.deal_key}
    if company:
        fields["companyIds"] = [company]
    return int(item_id(_add(client, CONTACT, fields)))


def _first_duplicate(found: Replies) -> str | None:
    """The first contact in an answer of `crm.duplicate.findbycomm`, which is `[]` when there is none."""
    contacts = list(php.as_map(php.as_map(found["by_email"].result).get("CONTACT")).values())
    return values.user_id(contacts[0]) if contacts else None


def _contact_fields(person: Person) -> dict[str, object]:
    first, _, last = (person.name or person.email or person.phone or "").strip().partition(" ")
    communications = [
        {"typeId": kind, "valueType": "WORK", "value": value}
        for kind, value in (("EMAIL", person.email), ("PHONE", person.phone))
        if value
    ]
    return {"name": first, "lastName": last.strip(), "fm": communications}


def _add(client: Client, kind: int, fields: dict[str, object]) -> Item:
    reply = client.call("crm.item.add", {"entityTypeId": kind, "fields": fields}, Lane.WRITE)
    return deal_of(reply.result)
