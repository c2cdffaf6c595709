"""Accounts: made, changed and ended, and the API tokens of their people. Each change leaves a row of who did it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from mapping.model import Values
from store import api_tokens, audit, sessions, users
from store.api_tokens import ApiToken
from store.audit import Deed
from store.users import User
from sync.access import passwords
from sync.access.passwords import TooWeak
from sync.access.tokens import API_PREFIX, hash_of, new_token
from sync.access.viewer import Profile
from sync.actions import NotPossible
from sync.runtime import Runtime


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: the only time that it is seen."""

    id: int
    token: str


def normal(email: str) -> str:
    """An e-mail as accounts and the team are named by it. `NotPossible` for something else."""
    name = email.strip().lower()
    if (
        name.count("@") != 1
        or name.startswith("@")
        or name.endswith("@")
        or not name.isprintable()
        or " " in name
    ):
        raise NotPossible(f"{email!r} is no e-mail.")
    return name


def add(runtime: Runtime, email: str, profile: Profile, password: str, *, by: str) -> None:
    """Make an account. `NotPossible` if there is one already or the password is too weak."""
    name, now = normal(email), runtime.now()
    user = User(name, profile.value, _hashed(password, name), created_at=now, password_at=now)
    with runtime.store.begin() as tx:
        if users.load(tx, name) is not None:
            raise NotPossible(
                f"There is an account of {name} already. `conveyor users passwd` sets its password."
            )
        users.add(tx, user)
        _note(tx, runtime, by, "user_added", name, {"profile": profile.value})


def remove(runtime: Runtime, email: str, *, by: str) -> None:
    """End an account: its sessions and tokens end with it. `NotPossible` for an unknown one."""
    with runtime.store.begin() as tx:
        user = _known(tx, email)
        users.remove(tx, user.email)
        _note(tx, runtime, by, "user_removed", user.email)


def set_password(runtime: Runtime, email: str, password: str, *, by: str) -> int:
    """Set a password; whoever is signed in with the old one is no more. Returns how many sessions ended.

    `NotPossible` for an unknown account or a password that is too weak.
    """
    stored = _hashed(password, normal(email))
    with runtime.store.begin() as tx:
        return put_password(tx, runtime, _known(tx, email).email, stored, by=by)


def put_password(
    tx: Connection, runtime: Runtime, email: str, stored: str, *, by: str, address: str | None = None
) -> int:
    """Give an account the hash of another password: its sessions end, its tokens go on. Returns how many ended."""
    users.set_password(tx, email, stored, runtime.now())
    ended = sessions.end_all_of(tx, email)
    audit.add(tx, Deed(runtime.now(), by, "password_set", email, address))
    return ended


def set_profile(runtime: Runtime, email: str, profile: Profile, *, by: str) -> None:
    """Give an account another profile; it holds from their next request on. `NotPossible` for an unknown one."""
    with runtime.store.begin() as tx:
        user = _known(tx, email)
        users.set_profile(tx, user.email, profile.value)
        _note(tx, runtime, by, "profile_set", user.email, {"from": user.profile, "to": profile.value})


def new_api_token(runtime: Runtime, email: str, name: str, *, by: str) -> NewToken:
    """Make a token for somebody's scripts. `NotPossible` for an unknown account."""
    token = new_token(API_PREFIX)
    with runtime.store.begin() as tx:
        user = _known(tx, email)
        number = api_tokens.add(tx, user.email, name, hash_of(token), runtime.now())
        _note(tx, runtime, by, "token_made", user.email, {"token": number, "name": name})
    return NewToken(number, token)


def revoke_api_token(runtime: Runtime, number: int, *, by: str) -> ApiToken:
    """End a token at once. `NotPossible` if there is none of that number."""
    with runtime.store.begin() as tx:
        token = api_tokens.revoke(tx, number)
        if token is None:
            raise NotPossible(
                f"There is no token {number}. `conveyor users token list` shows those that there are."
            )
        _note(tx, runtime, by, "token_revoked", token.email, {"token": number, "name": token.name})
    return token


def _hashed(password: str, email: str) -> str:
    try:
        passwords.check_strength(password, email)
    except TooWeak as error:
        raise NotPossible(str(error)) from error
    return passwords.hash_of(password)


def _known(tx: Connection, email: str) -> User:
    user = users.load(tx, email.strip().lower())
    if user is None:
        raise NotPossible(
            f"There is no account of {email.strip()}. `conveyor users list` shows those that there are."
        )
    return user


def _note(
    tx: Connection, runtime: Runtime, by: str, action: str, subject: str, data: Values | None = None
) -> None:
    audit.add(tx, Deed(runtime.now(), by, action, subject, data=data or {}))
