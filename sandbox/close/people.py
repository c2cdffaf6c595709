"""Users of the organization, their memberships and roles. Not who may call: see access.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox.close.clock import now_ms, offset_text
from sandbox.close.ids import Identifiers, fixed
from sandbox.close.settings import PERMISSIONS

ROLES = ("admin", "superuser", "user", "restricteduser")
ROBOT = "robot@else.example"
INTEGRATION = "integration@acme.example"
TEAM = (
    ("olena@acme.example", "Olena K."),
    ("petar@acme.example", "Petar D."),
    ("maria@acme.example", "Maria S."),
    ("ivan@acme.example", "Ivan P."),
    (ROBOT, "Robot Elsewhere"),
    (INTEGRATION, "Integration"),
)


@dataclass(frozen=True)
class User:
    """One user account with its membership of this organization; a former user has an inactive one."""

    id: str
    membership_id: str
    email: str
    name: str
    active: bool
    role: str
    created: int
    updated: int

    @property
    def first_name(self) -> str:
        """Return what stands before the first blank."""
        return self.name.partition(" ")[0]

    @property
    def last_name(self) -> str:
        """Return what stands after the first blank."""
        return self.name.partition(" ")[2]

    def as_json(self, organization_id: str) -> dict[str, Any]:
        """Return the user as /user/ shows it: without full name, without a flag for former users."""
        return {
            "id": self.id,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "image": None,
            "last_used_timezone": "Europe/Kyiv",
            "google_profile_image_url": None,
            "email_verified_at": offset_text(self.created),
            "organizations": [organization_id],
            "date_created": offset_text(self.created),
            "date_updated": offset_text(self.updated),
        }

    def membership(self, permissions: list[str]) -> dict[str, Any]:
        """Return the membership as the organization lists it."""
        return {
            "id": self.membership_id,
            "user_id": self.id,
            "user_email": self.email,
            "user_first_name": self.first_name,
            "user_last_name": self.last_name,
            "user_full_name": self.name,
            "user_phone": None,
            "user_image": None,
            "role_id": self.role,
            "permissions_granted": permissions,
            "auto_record_calls": "unset",
            "track_email_opens": True,
        }


class People:
    """All users by id and by e-mail."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self.users: dict[str, User] = {}
        for email, name in TEAM:
            self.put(email, name, True, role="admin" if email == INTEGRATION else "user")

    def put(self, email: str, name: str, active: bool, role: str = "user") -> User:
        """Add a user, or change name and activity of the one with this e-mail."""
        known = self.by_email(email)
        if known:
            user = replace(known, name=name, active=active, updated=now_ms())
        else:
            place, created = email.partition("@")[0], now_ms()
            user = User(
                fixed("user", place), fixed("memb", place), email, name, active, role, created, created
            )
            if user.id in self.users:
                user = replace(user, id=self._identifiers.new("user"))
        self.users[user.id] = user
        return user

    def by_email(self, email: str) -> User | None:
        """Return the user with this e-mail."""
        return next((user for user in self.users.values() if user.email == email), None)

    def name(self, user_id: str | None) -> str | None:
        """Return the full name of a user."""
        user = self.users.get(user_id or "")
        return user.name if user else None

    def email(self, user_id: str | None) -> str | None:
        """Return the e-mail of a user."""
        user = self.users.get(user_id or "")
        return user.email if user else None

    def members(self, *, active: bool) -> list[User]:
        """Return the users who belong, or who no longer belong, to the organization."""
        return [user for user in self.users.values() if user.active is active]


def role_json(role: str, organization_id: str) -> dict[str, Any]:
    """Return a role as /role/ shows it."""
    granted = PERMISSIONS if role in ("admin", "superuser") else ("manage_opportunities", "view_all_leads")
    return {
        "id": role,
        "name": role.capitalize(),
        "organization_id": organization_id,
        "editable": False,
        "permissions": [] if role == "restricteduser" else list(granted),
        "visibility_user_lcf_ids": [],
    }
