"""How often somebody may try a password: limits by account, by address, and by both together."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection

from store import login_attempts

WINDOW = timedelta(minutes=15)

# Both together: somebody who forgot it. The account: many machines at one account. The address: one machine at
# many accounts, or a whole office behind one proxy.
MOST = {"both": 5, "account": 30, "address": 100}


class Throttled(Exception):
    """Too many attempts failed; the text says when to try again."""


def check(tx: Connection, email: str, address: str, now: datetime) -> bool:
    """Whether the attempt that comes now is the last one before somebody has to wait. Raises `Throttled`."""
    keys = _keys(email, address)
    found = login_attempts.failures(tx, keys.values(), now - WINDOW)
    counted = {kind: found.get(key, (0, now)) for kind, key in keys.items()}
    waits = [since + WINDOW for kind, (failures, since) in counted.items() if failures >= MOST[kind]]
    if waits:
        minutes = max(1, round((max(waits) - now) / timedelta(minutes=1)))
        raise Throttled(f"Too many attempts failed. Try again in {minutes} minutes.")
    return any(failures + 1 >= MOST[kind] for kind, (failures, _) in counted.items())


def count(tx: Connection, email: str, address: str, now: datetime) -> bool:
    """Count an attempt before it is tried, so that many at once gain nothing; answers, and raises, as `check`."""
    is_last = check(tx, email, address, now)
    login_attempts.purge(tx, now - WINDOW)
    login_attempts.count(tx, _keys(email, address).values(), now, now - WINDOW)
    return is_last


def succeeded(tx: Connection, email: str, address: str) -> None:
    """Forget what failed before: it was them."""
    keys = _keys(email, address)
    login_attempts.take_back(tx, [keys["address"]])
    login_attempts.forget(tx, [keys["both"], keys["account"]])


def _keys(email: str, address: str) -> dict[str, str]:
    """What is counted, by kind; hashed, for people type passwords into the wrong field."""
    parts = {"both": (email, address), "account": (email,), "address": (address,)}
    return {
        kind: hashlib.sha256("\0".join((kind, *part)).encode()).hexdigest() for kind, part in parts.items()
    }
