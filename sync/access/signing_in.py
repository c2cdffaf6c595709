"""Signing in and out: from e-mail and password to the token of a session."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
    user, is_last = _count(runtime, attempt)
    fits = passwords.fits(user.password if user else None, attempt.password)
    if user is None or not fits:
        _note_failure(runtime, user, attempt, is_last=is_last)
        raise Refused(Refused.__doc__)
    outdated = passwords.is_outdated(user.password)
    stored = passwords.hash_of(attempt.password) if outdated else user.password
    return _open(runtime, user, replace(user, password=stored), attempt)


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
    now, token = runtime.now(), new_token()
    with runtime.store.begin() as tx:
        current = users.load(tx, user.email)
        if current is None or current.password != seen.password:
            raise Refused(Refused.__doc__)
        throttle.succeeded(tx, attempt.account, attempt.address)
        users.note_signed_in(tx, user.email, user.password, now)
        sessions.purge(tx, now, idle_since(now))
        sessions.begin(tx, hash_of(token), user.email, now, now + LASTS)
        audit.add(tx, Deed(now, user.email, "signed_in", address=attempt.address))
    return token


def _note_failure(runtime: Runtime, user: User | None, attempt: Attempt, *, is_last: bool) -> None:
    """Note what failed; an e-mail only where it is an account's, for people type passwords into the wrong field."""
    deed = Deed(runtime.now(), None, "sign_in_failed", user.email if user else None, attempt.address)
    with runtime.store.begin() as tx:
        audit.add(tx, deed)
        if is_last:
            audit.add(tx, replace(deed, action="sign_in_throttled"))
