"""The contact and the company of a deal to create: found, made, linked. Nothing is made twice by a repeat.

Facts: docs/connectors/hubspot.md#creating
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from connectors.base import Lane
from connectors.errors import Missing, Rejected
from connectors.hubspot.client import SEARCH, Client, rows
from connectors.hubspot.paths import path
from mapping.model import Person

DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")
EXISTING = re.compile(r"Existing ID: (\d+)")


def link(to_id: str, type_id: int) -> Mapping[str, object]:
    """A link as it is given along with a create."""
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
    return {"to": {"id": to_id}, "types": types}


class Side(ABC):
    """One kind of object that a new deal is to be linked to."""

    kind: ClassVar[str]
    from_deal: ClassVar[int]  # the type of a link as seen from the deal
    to_deal: ClassVar[int]

    def __init__(self, client: Client) -> None:
        self._client = client

    @abstractmethod
    def found_or_made_alone(self) -> str | None:
        """The id of the one that is there, or of a new one if a repeat would surely find it; else `None`."""

    @abstractmethod
    def properties(self) -> Mapping[str, str]:
        """The properties of a new one."""

    def link_from_deal(self, id: str) -> Mapping[str, object]:
        """A link that is given along with a new deal."""
        return link(id, self.from_deal)

    def is_linked(self, deal_id: str) -> bool:
        """Whether the deal has one already."""
        ids, _ = self._client.typed(lambda lib: lib.linked("deals", deal_id, self.kind, None), Lane.WRITE)
        return bool(ids)

    def link(self, deal_id: str, id: str) -> None:
        """Link the deal with the one of this id."""
        self._client.typed(lambda library: library.link("deals", deal_id, self.kind, id), Lane.WRITE)

    def make_linked(self, deal_id: str) -> None:
        """Make one together with its link to the deal: by the link a repeat sees that it is there."""
        links = [link(deal_id, self.to_deal)]
        self._client.typed(lambda library: library.create(self.kind, self.properties(), links), Lane.WRITE)


class ContactSide(Side):
    """A person, known by e-mail."""

    kind = "contacts"
    from_deal = 3
    to_deal = 4

    def __init__(self, client: Client, person: Person) -> None:
        super().__init__(client)
        self._person = person

    def found_or_made_alone(self) -> str | None:
        """The contact with this e-mail; nothing without one, for then it could not be found again."""
        email = self._person.email
        if not email:
            return None
        try:
            return self._client.typed(
                lambda lib: lib.get(self.kind, email, ["email"], "email"), Lane.WRITE
            ).id
        except Missing:
            return self._make()

    def properties(self) -> Mapping[str, str]:
        """First word first name, the rest last name."""
        first, _, last = (self._person.name or "").strip().partition(" ")
        told = {
            "firstname": first,
            "lastname": last,
            "email": self._person.email,
            "phone": self._person.phone,
        }
        return {name: value for name, value in told.items() if value}

    def _make(self) -> str:
        try:
            return self._client.typed(lambda lib: lib.create(self.kind, self.properties(), []), Lane.WRITE).id
        except Rejected as error:
            existing = EXISTING.search(str(error)) if error.status == 409 else None
            if existing is None:
                raise
            return existing[1]


class CompanySide(Side):
    """A company, known by domain or name."""

    kind = "companies"
    from_deal = 341
    to_deal = 342

    def __init__(self, client: Client, company: str) -> None:
        super().__init__(client)
        self._company = company.strip()

    def found_or_made_alone(self) -> str | None:
        """The oldest company of this domain or name; never a new one, which a search may show late."""
        wanted = {"propertyName": self._named_by(), "operator": "EQ", "value": self._company}
        query = {
            "filterGroups": [{"filters": [wanted]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["name"],
            "limit": 1,
        }
        answer = self._client.call("POST", path("search", self.kind), Lane.WRITE, rate=SEARCH, json=query)
        found = rows(answer.json())
        return str(found[0]["id"]) if found else None

    def properties(self) -> Mapping[str, str]:
        """A domain serves as the name, too."""
        return {"name": self._company, self._named_by(): self._company}

    def _named_by(self) -> str:
        return "domain" if DOMAIN.fullmatch(self._company) else "name"
