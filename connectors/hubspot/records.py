"""Rows of list, search and batch answers to records, quickly, for a backfill has hundreds of thousands.

Makes no calls. Facts: docs/connectors/hubspot.md#objects
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from connectors.errors import Unreadable
from connectors.hubspot.actors import actor
from connectors.hubspot.values import STANDARD, Property
from mapping.model import Record, Ref, Value

DEAL_KEY = "conveyor_deal_key"
"""A property of ours with unique values; asking for it does no harm where the account does not have it."""

ALWAYS = ("pipeline", "dealstage", "hubspot_owner_id", "hs_object_source", "hs_object_source_id", DEAL_KEY)


def version(values: Mapping[str, Value]) -> str:
    """A hash over the values that every reading shows.

    HubSpot's own time stamp is no version: it moves with calculated properties, without anybody's change.
    """
    return blake2b(repr(values).encode(), digest_size=9).hexdigest()


class Reader:
    """Reads rows for one set of mapped fields."""

    def __init__(self, connection: str, mapped: Mapping[str, Property], our_app: str | None) -> None:
        self._connection = connection
        self._our_app = our_app
        self.fields: dict[str, Property] = {**STANDARD, **dict(sorted(mapped.items()))}
        self._shows = [(name, each.name, each.show) for name, each in self.fields.items()]
        self.properties = tuple(dict.fromkeys([*ALWAYS, *(each.name for each in self.fields.values())]))

    def records(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Record, ...]:
        """The records of rows; `Unreadable` if one is not as documented."""
        try:
            return tuple([self.record(row) for row in rows])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable("HubSpot's answer holds a deal that is not in its documented form.") from error

    def record(self, row: Mapping[str, Any]) -> Record:
        """The record of one row, without any aspect."""
        properties = row["properties"]
        values = self.values(properties)
        return Record(
            Ref(self._connection, row["id"]),
            values,
            version(values),
            datetime.fromisoformat(row["updatedAt"]),
            datetime.fromisoformat(row["createdAt"]),
            actor(properties.get("hs_object_source"), properties.get("hs_object_source_id"), self._our_app),
            deal_key=properties.get(DEAL_KEY) or None,
            url=row.get("url"),
        )

    def values(self, properties: Mapping[str, str | None]) -> dict[str, Value]:
        """The values that every reading shows; the order is fixed, for the version is a hash over them."""
        get = properties.get
        stage = get("dealstage")
        values: dict[str, Value] = {
            "stage": [get("pipeline") or "", stage] if stage else None,
            "owner": get("hubspot_owner_id") or None,
        }
        for name, source, show in self._shows:
            raw = get(source)
            values[name] = (show(raw) if show else raw) if raw else None
        return values
