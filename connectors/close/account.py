"""What we know of an account: who we are there, its fields, its people. Asked once in a while, kept in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from connectors.base import Lane
from connectors.close import calls
from connectors.close.client import Client, Json
from connectors.close.fields import custom_fields
from connectors.close.values import Field, text_of
from connectors.errors import Unreadable

T = TypeVar("T")

KEPT_S = 600.0
DOUBTED_S = 60.0  # what was not found may have been added since; not every look asks again


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom our key belongs to and where."""

    user_id: str
    organization_id: str
    organization: str
    currency: str
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works, or worked, in the organization."""

    user_id: str
    name: str
    email: str | None
    active: bool


@dataclass
class _Kept(Generic[T]):
    """Something read by a call and kept for ten minutes."""

    read: Callable[[Lane], T]
    value: T | None = None
    read_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, lane: Lane, kept_s: float = KEPT_S) -> T:
        with self.lock:
            if self.value is None or time.monotonic() > self.read_at + kept_s:
                self.value = self.read(lane)
                self.read_at = time.monotonic()
            return self.value


class Account:
    """One organization. Safe to share by threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._identity = _Kept(self._read_identity)
        self._fields = _Kept(self._read_fields)
        self._members = _Kept(self._read_members)

    def identity(self, lane: Lane, kept_s: float = KEPT_S) -> Identity:
        """Who we are."""
        return self._identity.get(lane, kept_s)

    def fields(self, lane: Lane, kept_s: float = KEPT_S) -> tuple[Field, ...]:
        """The custom fields of opportunities."""
        return self._fields.get(lane, kept_s)

    def members(self, lane: Lane, kept_s: float = KEPT_S) -> Mapping[str, Member]:
        """The people by user id, those who left too."""
        return self._members.get(lane, kept_s)

    def known_user(self) -> str | None:
        """Our user as far as that is known without a call."""
        return self._identity.value.user_id if self._identity.value else None

    def known_fields(self) -> tuple[Field, ...] | None:
        """The custom fields as far as they are known without a call."""
        return self._fields.value

    def _read_identity(self, lane: Lane) -> Identity:
        body = self._client.call(calls.ME, lane)
        organizations = body.get("organizations")
        home = organizations[0] if isinstance(organizations, list) and organizations else {}
        if not isinstance(home, dict) or not text_of(home.get("id")) or not text_of(body.get("id")):
            raise Unreadable("Close does not say whom the API key belongs to.")
        id = str(home["id"])
        return Identity(
            str(body["id"]), id, str(home.get("name") or id), str(home.get("currency") or ""), _may(body, id)
        )

    def _read_fields(self, lane: Lane) -> tuple[Field, ...]:
        return custom_fields(self._client.call(calls.FIELDS, lane))

    def _read_members(self, lane: Lane) -> dict[str, Member]:
        fields = {"_fields": "memberships,inactive_memberships"}
        home = self.identity(lane).organization_id
        body = self._client.call(calls.ORGANIZATION, lane, home, params=fields)
        if not isinstance(body.get("memberships"), list):
            return _by_id([_user(row) for row in self._client.all(calls.USERS, lane)])
        left = [_member(row, active=False) for row in body.get("inactive_memberships") or ()]
        return _by_id([*left, *(_member(row, active=True) for row in body["memberships"])])


def _by_id(members: list[Member]) -> dict[str, Member]:
    return {member.user_id: member for member in members}


def _may(body: Json, organization_id: str) -> tuple[str, ...]:
    for row in body.get("memberships") or ():
        if isinstance(row, dict) and row.get("organization_id", organization_id) == organization_id:
            return tuple(str(name) for name in row.get("permissions_granted") or ())
    return ()


def _member(row: Mapping[str, Any], *, active: bool) -> Member:
    return _person(row, row.get("user_id"), row.get("user_email"), row.get("user_full_name"), active=active)


def _user(row: Mapping[str, Any]) -> Member:
    return _person(row, row.get("id"), row.get("email"), None, active=True)


def _person(row: Mapping[str, Any], id: object, email: object, name: object, *, active: bool) -> Member:
    if not text_of(id):
        raise Unreadable("Close shows a user without an id.")
    parts = [row.get(part) or row.get(f"user_{part}") for part in ("first_name", "last_name")]
    address = str(email).strip().lower() if text_of(email) else None
    called = str(name or " ".join(str(part) for part in parts if part) or address or id)
    return Member(str(id), called, address, active)
