"""Somebody who is signed in changes their own password; they prove that it is them by the old one."""

from __future__ import annotations

from sync.access import passwords, throttle
from sync.access.accounts import put_password
from sync.access.signing_in import Attempt, begin_session, check_unchanged, prove
from sync.runtime import Runtime


def change_password(runtime: Runtime, attempt: Attempt, wanted: str) -> str:
    """Set the password of whoever is signed in; `attempt` has the old one.

    All their sessions end; returns the token of a new one for the browser that asked. Raises `TooWeak` before
    anything is tried; `Refused`, `Throttled`, `Unavailable` as `sign_in`. Takes two tenths of a second of CPU.
    """
    passwords.check_strength(wanted, attempt.account)
    seen = prove(runtime, attempt, to="password_change", by=attempt.account)
    stored = passwords.hash_of(wanted)
    with runtime.store.begin() as tx:
        check_unchanged(tx, seen)
        throttle.succeeded(tx, attempt.account, attempt.address)
        put_password(tx, runtime, seen.email, stored, by=seen.email, address=attempt.address)
        return begin_session(tx, seen.email, runtime.now())
