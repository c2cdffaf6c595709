"""Rotating tokens of a connection: encrypted in the database, refreshed by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from connectors.errors import AuthFailed, Transient
from store import connections
from store.database import Store
from store.secrets import SecretBox, Undecryptable
from sync.exclusive import EXPIRY_S, Busy, exclusively

WAIT_S = EXPIRY_S + 5.0
"""Long enough to outlive a holder that was killed."""


class StoreGrants:
    """The grant of one connection. Safe to share by threads."""

    def __init__(
        self, store: Store, secrets: SecretBox, connection: str, *, now: Callable[[], datetime]
    ) -> None:
        self._store, self._secrets, self._connection, self._now = store, secrets, connection, now

    def load(self) -> Mapping[str, str]:
        """The latest saved grant, empty if there is none. `AuthFailed` if it cannot be decrypted."""
        with self._store.read() as tx:
            kept = connections.load_grant(tx, self._connection)
        if kept is None:
            return {}
        try:
            plain: dict[str, str] = json.loads(self._secrets.decrypt(kept))
        except Undecryptable as error:
            raise AuthFailed(f"Connection {self._connection}: {error}") from error
        return plain

    def save(self, grant: Mapping[str, str]) -> None:
        """Keep a new grant; the old one is gone."""
        kept = self._secrets.encrypt(json.dumps(dict(grant)).encode())
        with self._store.begin() as tx:
            # A first connection may be tried before any rules are in force.
            connections.ensure(tx, [self._connection], self._now())
            connections.save_grant(tx, self._connection, kept)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the one refresh lock of this connection. `Transient` if another process does not let go of it."""
        try:
            with exclusively(self._store, f"grant:{self._connection}", now=self._now, wait_s=WAIT_S):
                yield
        except Busy as error:
            raise Transient(
                f"Another process has been refreshing the token of {self._connection} for too long.",
                uncertain=False,
            ) from error
