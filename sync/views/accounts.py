"""Accounts, their API tokens, and who did what: as people and scripts read it, without a secret."""

from __future__ import annotations

from typing import TypedDict

from mapping.model import Value
from store import api_tokens, audit, users
from sync.access.viewer import Profile, viewer_for
from sync.runtime import NotConfigured, Runtime
from sync.views.names import iso


class UserView(TypedDict):
    """One account as `conveyor users list --json` prints it; `sections` is null for who sees all."""

    email: str
    profile: str
    sections: list[str] | None
    created_at: str | None
    signed_in_at: str | None


class TokenView(TypedDict):
    """One API token as `conveyor users token list --json` prints it."""

    id: int
    email: str
    name: str
    created_at: str | None
    used_at: str | None


class DeedView(TypedDict):
    """One row of the audit as `conveyor users audit --json` prints it."""

    at: str | None
    actor: str | None
    action: str
    subject: str | None
    address: str | None
    details: dict[str, Value]


def listing(runtime: Runtime) -> list[UserView]:
    """All accounts, by e-mail, with what they see under the rules in force. Raises `Unavailable`."""
    try:
        rules = runtime.rules.get()
    except NotConfigured:
        rules = None
    with runtime.store.read() as tx:
        found = users.listing(tx)
    views = []
    for user in found:
        sections = viewer_for(user.email, Profile(user.profile), rules).sections
        view = UserView(
            email=user.email,
            profile=user.profile,
            sections=None if sections is None else sorted(sections),
            created_at=iso(user.created_at),
            signed_in_at=iso(user.signed_in_at),
        )
        views.append(view)
    return views


def tokens(runtime: Runtime, email: str | None = None) -> list[TokenView]:
    """The API tokens of one account or of all. Raises `Unavailable`."""
    with runtime.store.read() as tx:
        return [
            TokenView(
                id=token.id,
                email=token.email,
                name=token.name,
                created_at=iso(token.created_at),
                used_at=iso(token.used_at),
            )
            for token in api_tokens.listing(tx, email)
        ]


def deeds(runtime: Runtime, limit: int) -> list[DeedView]:
    """The latest rows of the audit, newest first. Raises `Unavailable`."""
    with runtime.store.read() as tx:
        return [
            DeedView(
                at=iso(deed.at),
                actor=deed.actor,
                action=deed.action,
                subject=deed.subject,
                address=deed.address,
                details=dict(deed.data),
            )
            for deed in audit.recent(tx, limit)
        ]
