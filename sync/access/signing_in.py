"""Signing in and out: from e-mail and password to the token of a session."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from store import audit, sessions, users
from store.audit import Deed
from store.users import User
from sync.access import passwords, throttle
from sync.access.sessions import LASTS, idle_since
from sync.access.tokens import hash_of, new_token
from sync.runtime import Runtime


class Refused(Exception):
    """E-mail and password do not belong together; nobody is told which of them is wrong."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tried to sign in with."""

    email: str
    password: str = field(repr=False)
    address: str

    @property
    def account(self) -> str:
        """The e-mail as accounts are named."""
        return self.email.strip().lower()


def sign_in(runtime: Runtime, attempt: Attempt) -> str:
    """The token of a new session. Raises `Refused`, `Throttled`, `Unavailable`; takes a tenth of a second of CPU."""
    user = prove(runtime, attempt)
    outdated = passwords.is_outdated(user.password)
    stored = passwords.hash_of(attempt.password) if outdated else user.password
    return _open(runtime, user, replace(user, password=stored), attempt)


def prove(runtime: Runtime, attempt: Attempt, *, to: str = "sign_in", by: str | None = None) -> User:
    """The account whose password this is; the attempt is counted before, and noted if it fails.

    `to` is what somebody needs it for, `by` who is signed in already. Raises as `sign_in`.
    """
    user, is_last = _count(runtime, attempt)
    fits = passwords.fits(user.password if user else None, attempt.password)
    if user is None or not fits:
        deed = Deed(runtime.now(), by, f"{to}_failed", user.email if user else None, attempt.address)
        _note_failure(runtime, deed, f"{to}_throttled" if is_last else None)
        raise Refused(Refused.__doc__)
    return user


def check_unchanged(tx: Connection, seen: User) -> None:
    """Raise `Refused` unless an account still has the password that was tried; it stays so until `tx` ends."""
    current = users.lock(tx, seen.email)
    if current is None or current.password != seen.password:
        raise Refused(Refused.__doc__)


def begin_session(tx: Connection, email: str, now: datetime) -> str:
    """The token of a new session."""
    token = new_token()
    sessions.purge(tx, now, idle_since(now))
    sessions.begin(tx, hash_of(token), email, now, now + LASTS)
    return token


def sign_out(runtime: Runtime, token: str, *, email: str, address: str) -> None:
    """End the session of a token."""
    with runtime.store.begin() as tx:
        sessions.end(tx, hash_of(token))
        audit.add(tx, Deed(runtime.now(), email, "signed_out", address=address))


def _count(runtime: Runtime, attempt: Attempt) -> tuple[User | None, bool]:
    """The account that is meant, if there is one, with the attempt counted; and whether it is the last for now.

    Whoever has to wait costs a look and no write, however often they try.
    """
    who, now = (attempt.account, attempt.address), runtime.now()
    with runtime.store.read() as tx:
        user = users.load(tx, attempt.account)
        throttle.check(tx, *who, now)
    with runtime.store.begin() as tx:
        return user, throttle.count(tx, *who, now)


def _open(runtime: Runtime, seen: User, user: User, attempt: Attempt) -> str:
    """A session for an account that is still as it was seen."""
    now = runtime.now()
    with runtime.store.begin() as tx:
        check_unchanged(tx, seen)
        throttle.succeeded(tx, attempt.account, attempt.address)
        users.note_signed_in(tx, user.email, user.password, now)
        audit.add(tx, Deed(now, user.email, "signed_in", address=attempt.address))
        return begin_session(tx, user.email, now)


def _note_failure(runtime: Runtime, deed: Deed, last: str | None) -> None:
    """Note what failed; an e-mail only where it is an account's, for people type passwords into the wrong field."""
    with runtime.store.begin() as tx:
        audit.add(tx, deed)
        if last is not None:
            audit.add(tx, replace(deed, action=last))
