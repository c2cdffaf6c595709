"""The account's deal properties: looked up by internal name or label, read rarely and kept. No deals here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from connectors.base import Lane, RemoteField
from connectors.errors import Rejected
from connectors.hubspot.client import Client
from connectors.hubspot.values import Property
from mapping.model import Values

KEEP_S = 600  # seconds; names and options change rarely
NOTHING: Values = {}


class Catalogue:
    """The properties of one account, and those of them that the mapping names."""

    def __init__(self, client: Client, fields: Mapping[str, str]) -> None:
        self._client = client
        self._fields = fields
        self._known: tuple[Property, ...] = ()
        self._mapped: dict[str, Property] = {}
        self._read_at = float("-inf")

    def mapped(self, lane: Lane, written: Values = NOTHING) -> Mapping[str, Property]:
        """Conveyor field -> property; `Rejected` if the account has none by that name or label.

        The account is asked again if a value that is to be written is no option that we know: it may be new.
        """
        if not self._fields:
            return {}
        if time.monotonic() - self._read_at > KEEP_S or not self._mapped or not self._explains(written):
            self._mapped = self._resolve(self.read(lane))
        return self._mapped

    def known(self) -> Mapping[str, Property]:
        """Conveyor field -> property as far as that is known without a call."""
        by_name = {name: Property(name, name, "string") for name in self._fields.values()}
        return {**{field: by_name[name] for field, name in self._fields.items()}, **self._mapped}

    def has(self, name: str, lane: Lane) -> bool:
        """Whether the account has a property of that internal name."""
        if any(each.name == name for each in self._known):
            return True
        return any(each.name == name for each in self.read(lane))

    def read(self, lane: Lane) -> tuple[Property, ...]:
        """All deal properties, as they are now."""
        self._known = tuple(
            _property(each) for each in self._client.typed(lambda lib: lib.properties(), lane)
        )
        self._read_at = time.monotonic()
        return self._known

    def _explains(self, written: Values) -> bool:
        known = self._mapped
        return all(known[name].knows(value) for name, value in written.items() if name in known)

    def _resolve(self, known: tuple[Property, ...]) -> dict[str, Property]:
        by_name = {each.name: each for each in known}
        by_label: dict[str, list[Property]] = {}
        for each in known:
            by_label.setdefault(each.label.casefold(), []).append(each)
        resolved = {}
        for field, name in self._fields.items():
            labelled = by_label.get(name.casefold(), [])
            if name not in by_name and len(labelled) != 1:
                raise Rejected(_unknown(field, name, labelled))
            resolved[field] = by_name.get(name) or labelled[0]
        return resolved


def _unknown(field: str, name: str, labelled: list[Property]) -> str:
    if labelled:
        names = ", ".join(sorted(each.name for each in labelled))
        return f"Field {field}: several HubSpot deal properties are labelled {name!r} - name one: {names}."
    return (
        f"Field {field}: HubSpot has no deal property with the name or label {name!r} - correct the mapping."
    )


def _property(found: Any) -> Property:
    meta = found.modification_metadata
    return Property(
        name=found.name,
        label=found.label,
        type=found.type,
        multiple=found.type == "enumeration" and found.field_type == "checkbox",
        writable=not (found.calculated or (meta and meta.read_only_value)),
        options={each.value: each.label for each in found.options or ()},
    )


def as_field(found: Property) -> RemoteField:
    """A property in the house's terms."""
    return RemoteField(found.name, found.label, found.type, found.writable, found.options)
