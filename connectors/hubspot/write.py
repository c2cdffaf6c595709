"""Changes deals: read first, then the smallest change, then what HubSpot says it did.

Facts: docs/connectors/hubspot.md#writing
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.base import Lane
from connectors.errors import Conflict, Missing, Rejected
from connectors.hubspot.client import Client
from connectors.hubspot.library import Entity
from connectors.hubspot.read import Reading
from connectors.hubspot.records import Reader, version
from connectors.hubspot.values import OWNER, Property, same
from mapping.model import PEOPLE_FIELDS, Receipt, UpdateDeal, Value, Values


def update(client: Client, reading: Reading, deal_id: str, body: UpdateDeal) -> Receipt:
    """Bring the deal to the wanted values; `Conflict` if one of them was changed since it was seen."""
    reader = reading.reader(Lane.WRITE, body.changes)
    wanted = reader.values(to_properties(reader, body.changes))
    now = read(client, deal_id, reader)
    shown = reader.values(now.properties)
    differing = [name for name in body.changes if not same(shown[name], wanted[name])]
    if not differing:
        return receipt(reader, now, body.changes)
    for name in differing:
        if name in body.seen and not same(shown[name], body.seen[name]):
            raise Conflict(f"Deal {deal_id}: {name} was changed in HubSpot meanwhile; it is looked at again.")
    written = to_properties(reader, {name: body.changes[name] for name in differing})
    made = client.typed(lambda library: library.update("deals", deal_id, written), Lane.WRITE)
    if not written.keys() <= made.properties.keys():
        made = read(client, deal_id, reader)
    return receipt(reader, replace(made, properties={**now.properties, **made.properties}), body.changes)


def read(client: Client, deal_id: str, reader: Reader) -> Entity:
    """The deal as it is now; `Missing` if it is gone or lives on under another id."""
    found = client.typed(lambda library: library.get("deals", deal_id, reader.properties), Lane.WRITE)
    if found.id != deal_id:
        raise Missing(f"Deal {deal_id} was merged into deal {found.id} in HubSpot.")
    return found


def receipt(reader: Reader, deal: Entity, names: Iterable[str]) -> Receipt:
    """What HubSpot shows for the names written; all properties of the deal must have been read."""
    values = reader.values(deal.properties)
    shown = {name: values[name] for name in names}
    return Receipt(deal.id, shown, version=version(values), modified_at=deal.updated_at)


def to_properties(reader: Reader, values: Values) -> dict[str, str]:
    """HubSpot's properties for values of ours; `Rejected` with the reason for one that cannot be written."""
    properties: dict[str, str] = {}
    for name, value in values.items():
        if name == "stage":
            properties |= _stage(value)
        else:
            properties[_writable(reader, name).name] = _writable(reader, name).store(value)
    return properties


def _stage(value: Value) -> dict[str, str]:
    if not (isinstance(value, list) and len(value) == 2 and all(value)):
        raise Rejected(f"A HubSpot stage is a pipeline id and a stage id, not {value!r}.")
    return {"pipeline": value[0], "dealstage": value[1]}


def _writable(reader: Reader, name: str) -> Property:
    if name in PEOPLE_FIELDS:
        raise Rejected(
            f"Field {name} lives on the contact or company in HubSpot and is not written on a deal."
        )
    found = OWNER if name == "owner" else reader.fields.get(name)
    if found is None:
        raise Rejected(f"Field {name} is not mapped to a HubSpot property - add it to the mapping.")
    if not found.writable:
        raise Rejected(f"Field {name}: HubSpot's property {found.name} is read-only - map another one.")
    return found
