"""Users, roles and profiles. The API acts as one of the users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sandbox.contract import ControlError, NewPerson
from sandbox.zoho.numbers import fixed

API_USER = "integration@acme.example"
SYSTEM_USER = "system@acme.example"
# Same people as in the other sandboxes; the system user makes what no person made.
PEOPLE = (
    ("olena@acme.example", "Olena K.", "Scout", "Standard"),
    ("petar@acme.example", "Petar D.", "Hunter", "Standard"),
    ("maria@acme.example", "Maria S.", "Farmer", "Standard"),
    ("ivan@acme.example", "Ivan P.", "CEO", "Administrator"),
    ("robot@else.example", "Robot Elsewhere", "Manager", "Standard"),
    (API_USER, "Conveyor Integration", "CEO", "Administrator"),
    (SYSTEM_USER, "System", "CEO", "Administrator"),
)
ROLES = ("CEO", "Manager", "Scout", "Hunter", "Farmer")
PROFILES = ("Administrator", "Standard")


@dataclass(frozen=True, slots=True)
class User:
    """One user account."""

    id: int
    email: str
    name: str
    active: bool
    role: str
    profile: str
    kind: str = "Regular User"

    def reference(self) -> dict[str, str]:
        """Return the user as records show an owner."""
        return {"name": self.name, "id": str(self.id), "email": self.email}

    def short(self) -> dict[str, str]:
        """Return the user as answers to writes show it."""
        return {"name": self.name, "id": str(self.id)}

    def as_json(self, zone: str) -> dict[str, Any]:
        """Return the user as /users shows it."""
        first, _, last = self.name.partition(" ")
        return {
            "country": None,
            "language": "en_US",
            "microsoft": False,
            "id": str(self.id),
            "state": None,
            "confirm": True,
            "first_name": first,
            "last_name": last or first,
            "full_name": self.name,
            "email": self.email,
            "zuid": str(self.id % 1_000_000_000),
            "locale": "en_US",
            "time_format": "HH:mm",
            "date_format": "dd-MM-yyyy",
            "time_zone": zone,
            "status": "active" if self.active else "disabled",
            "role": _named(ROLES, self.role, 31),
            "profile": _named(PROFILES, self.profile, 32),
            "type__s": self.kind,
            "Reporting_To": None,
            "personal_account": False,
        }


class People:
    """All users by id."""

    def __init__(self) -> None:
        self._users: dict[int, User] = {}
        self._by_email: dict[str, int] = {}
        for email, name, role, profile in PEOPLE:
            kind = "System User" if email == SYSTEM_USER else "Regular User"
            self._add(email, name, True, role, profile, kind)
        self.api_user = self.named(API_USER)
        self.system = self.named(SYSTEM_USER)

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def put(self, person: NewPerson) -> User:
        """Add a user, or change name and activity of the one with this e-mail."""
        known = self._by_email.get(person.email.lower())
        if known is None:
            return self._add(person.email, person.name, person.active, "Manager", "Standard", "Regular User")
        changed = replace(self._users[known], name=person.name, active=person.active)
        self._users[known] = changed
        return changed

    def get(self, id: int) -> User | None:
        """Return the user with this id."""
        return self._users.get(id)

    def user(self, id: int) -> User:
        """Return a user who is known to exist."""
        return self._users[id]

    def named(self, email: str) -> User:
        """Return the user with this e-mail; raise ControlError."""
        id = self._by_email.get(email.lower())
        if id is None:
            raise ControlError(f"no user {email} in this org")
        return self._users[id]

    def _add(self, email: str, name: str, active: bool, role: str, profile: str, kind: str) -> User:
        user = User(fixed(100, len(self._users) + 1), email, name, active, role, profile, kind)
        self._users[user.id] = user
        self._by_email[email.lower()] = user.id
        return user


def _named(names: tuple[str, ...], name: str, area: int) -> dict[str, str]:
    return {"name": name, "id": str(fixed(area, names.index(name) + 1))}
