"""Accounts by which people look at the demo's console: an admin, the head, and a specialist of one section."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from store import users
from sync.access import accounts
from sync.access.viewer import Profile
from sync.runtime import Runtime

PEOPLE = {
    "admin@acme.example": Profile.ADMIN,
    "ivan@acme.example": Profile.HEAD,
    "petar@acme.example": Profile.SPECIALIST,
}
BY = "demo"


@dataclass(frozen=True, slots=True)
class Account:
    """One account and the password that it has until the next run."""

    email: str
    profile: Profile
    password: str


def give_accounts(runtime: Runtime) -> list[Account]:
    """Make the accounts, each with a new password; those of an earlier run are of no more use."""
    return [_give(runtime, email, profile) for email, profile in PEOPLE.items()]


def _give(runtime: Runtime, email: str, profile: Profile) -> Account:
    password = secrets.token_urlsafe(9)
    with runtime.store.read() as tx:
        known = users.load(tx, email) is not None
    if known:
        accounts.set_password(runtime, email, password, by=BY)
        accounts.set_profile(runtime, email, profile, by=BY)
    else:
        accounts.add(runtime, email, profile, password, by=BY)
    return Account(email, profile, password)
