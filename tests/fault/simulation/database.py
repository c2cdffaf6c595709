"""The database of the simulated worlds: in memory, one for all histories of a process, emptied before each.

To migrate a new one for each history, to compile every statement anew for it, and to wait for a disk that never fails
here, would take longer than the history itself.
"""

from __future__ import annotations

import atexit
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.pool import StaticPool

from store.database import Store


class MemoryStore(Store):
    """The store over one connection that is never given back: there is one thread, and nobody else."""

    def __init__(self, memory: sqlite3.Connection) -> None:
        self._memory = memory
        engine = sqlalchemy.create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        super().__init__(engine)
        self._connection = engine.connect()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """As the store's: commits at the end, rolls back on any exception."""
        with self._connection.begin():
            self._memory.execute("BEGIN")
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """As the store's; inside of a writing transaction it reads along."""
        if self._connection.in_transaction():
            yield self._connection
            return
        with self.begin() as tx:
            yield tx

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        super().close()


def empty_store() -> Store:
    """The database as it is after migration; whoever had it before has it no more."""
    store, memory, empty = _opened()
    empty.backup(memory)
    return store


@cache
def _opened() -> tuple[Store, sqlite3.Connection, sqlite3.Connection]:
    """The store, what it keeps its tables in, and a copy of that from when it was empty."""
    memory, empty = (sqlite3.connect(":memory:", isolation_level=None) for _ in range(2))
    memory.execute("PRAGMA foreign_keys=ON")
    store = MemoryStore(memory)
    store.migrate()
    memory.backup(empty)
    for close in (memory.close, empty.close, store.close):  # the last comes first
        atexit.register(close)
    return store, memory, empty
