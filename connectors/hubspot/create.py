"""Creates a deal with its contact and company, each found before it is made. Safe to repeat at any point.

Facts: docs/connectors/hubspot.md#creating
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Lane
from connectors.errors import Missing, Rejected
from connectors.hubspot.catalogue import Catalogue
from connectors.hubspot.client import Client
from connectors.hubspot.library import Entity
from connectors.hubspot.people import CompanySide, ContactSide, Side
from connectors.hubspot.read import Reading
from connectors.hubspot.records import DEAL_KEY
from connectors.hubspot.write import read, receipt, to_properties
from mapping.model import CreateDeal, Receipt

DEFINITION: Mapping[str, object] = {
    "name": DEAL_KEY,
    "label": "Conveyor deal key",
    "description": "Written by the sales conveyor, so that it makes no deal twice. Please leave it alone.",
    "group_name": "dealinformation",
    "type": "string",
    "field_type": "text",
    "has_unique_value": True,
}


def create(client: Client, catalogue: Catalogue, reading: Reading, body: CreateDeal) -> Receipt:
    """The deal with this key, found or made, with its contact and company either way."""
    if body.values.get("stage") is None:
        raise Rejected("A HubSpot deal without pipeline and stage shows up on no board: it needs a stage.")
    reader = reading.reader(Lane.WRITE, body.values)
    properties = {**to_properties(reader, body.values), DEAL_KEY: body.deal_key}
    _ensure_key_property(client, catalogue)
    sides = _sides(client, body)
    deal = _find(client, body.deal_key)
    if deal is None:
        deal = _make_linked(client, properties, sides)
    else:
        _complete(deal.id, sides)
    return receipt(reader, read(client, deal.id, reader), body.values)


def _make_linked(client: Client, properties: Mapping[str, str], sides: list[Side]) -> Entity:
    found = [(side, side.found_or_made_alone()) for side in sides]
    deal = _make(client, properties, [side.link_from_deal(id) for side, id in found if id])
    for side, id in found:
        if id is None:
            side.make_linked(deal.id)
    return deal


def _complete(deal_id: str, sides: list[Side]) -> None:
    """Give a deal that an earlier attempt made what it still lacks."""
    for side in sides:
        if side.is_linked(deal_id):
            continue
        id = side.found_or_made_alone()
        if id:
            side.link(deal_id, id)
        else:
            side.make_linked(deal_id)


def _sides(client: Client, body: CreateDeal) -> list[Side]:
    contact = [ContactSide(client, body.contact)] if body.contact else []
    company = [CompanySide(client, body.company)] if body.company else []
    return [*contact, *company]


def _ensure_key_property(client: Client, catalogue: Catalogue) -> None:
    if catalogue.has(DEAL_KEY, Lane.WRITE):
        return
    try:
        client.typed(lambda library: library.create_property(DEFINITION), Lane.WRITE)
    except Rejected as error:
        if error.status != 409:  # another process made it meanwhile
            raise


def _find(client: Client, key: str) -> Entity | None:
    try:
        return client.typed(lambda library: library.get("deals", key, [DEAL_KEY], DEAL_KEY), Lane.WRITE)
    except Missing:
        return None


def _make(client: Client, properties: Mapping[str, str], links: list[Mapping[str, object]]) -> Entity:
    """A new deal; if HubSpot says that the key is taken, the one that has it."""
    try:
        return client.typed(lambda library: library.create("deals", properties, links), Lane.WRITE)
    except Rejected:
        found = _find(client, properties[DEAL_KEY])
        if found is None:
            raise
        return found
