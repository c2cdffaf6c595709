"""Opens the database and begins its transactions; knows no table."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

POOL_SIZE = 16  # a worker's threads
POOL_OVERFLOW = 8
WAIT_S = 5.0  # for a connection, for a lock: webhooks want an answer within seconds

_BEGIN = "conveyor_begin"

# https://www.sqlite.org/rescode.html, primary codes; all others are mistakes of ours and stay what they are.
_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "another process is writing",
    sqlite3.SQLITE_LOCKED: "another process is writing",
    sqlite3.SQLITE_NOMEM: "out of memory",
    sqlite3.SQLITE_READONLY: "the file is read-only",
    sqlite3.SQLITE_IOERR: "the disk answers with errors",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
}

# WAL readers never wait for the writer. FULL: an acknowledged webhook survives a power cut.
SQLITE_PRAGMAS = (
    f"busy_timeout={int(WAIT_S * 1000)}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "wal_autocheckpoint=8000",  # 32 MB: a backfill rewrites the same index pages again and again
    "mmap_size=268435456",
    "cache_size=-32000",
    "temp_store=MEMORY",
)


class Unavailable(Exception):
    """The database cannot be reached, is locked or full: nothing was stored, try again later."""


class Store:
    """One database, shared by the threads of a process."""

    def __init__(self, engine: Engine) -> None:
        self._writer_engine = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._reader_engine = engine.execution_options(**_reader_options(engine))
        self.dialect = engine.dialect.name  # `sqlite` or `postgresql`
        self._turn = _WriterTurn() if self.dialect == "sqlite" else nullcontext()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Run a write transaction: commits at the end, rolls back on any exception. Raises Unavailable."""
        with _speaking_of_trouble(), self._turn, self._writer_engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run a reading transaction that sees one moment of the database. Raises Unavailable."""
        with _speaking_of_trouble(), self._reader_engine.begin() as tx:
            yield tx

    def migrate(self) -> None:
        """Bring the tables to this version of the house; safe from several processes at once."""
        from store import migrations  # Alembic is slow to import and seldom needed

        with self.begin() as tx:
            migrations.upgrade(tx)

    def is_migrated(self) -> bool:
        """Say whether the tables are those of this version of the house. Raises Unavailable."""
        from store import migrations  # as above

        with self.read() as tx:
            return migrations.is_current(tx)

    def shrink(self) -> bool:
        """Write a SQLite file anew, so that nothing deleted is left in its free pages and its log.

        False where that is not ours to do (PostgreSQL), or while others read and write: then the old pages stay
        until they are used again.
        """
        if self.dialect != "sqlite":
            return False
        with self._turn, closing(self._writer_engine.raw_connection()) as connection:
            cursor = connection.cursor()
            try:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                found = cursor.fetchone()
            except sqlite3.OperationalError:
                return False
            return found is not None and found[0] == 0  # its first column: whether it was kept from it

    def close(self) -> None:
        """Close all connections."""
        self._writer_engine.dispose()


class _WriterTurn(AbstractContextManager[None]):
    """Lets the threads of a process write one after the other.

    SQLite's own waiting sleeps and tries again: under load that costs a second where a lock costs
    milliseconds. Between processes it still applies.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=WAIT_S):
            raise Unavailable(f"The database is busy: no turn to write within {WAIT_S:.0f} s. Try again.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def open_store(url: str) -> Store:
    """Open `sqlite:///path` or `postgresql://...`; connects on first use."""
    parsed = _with_driver(make_url(url))
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(
        parsed,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=WAIT_S,
        pool_use_lifo=True,  # a SQLite connection forgets its pages when another one has written
        pool_pre_ping=not sqlite,  # a restarted server costs one round trip, not a failed transaction
        hide_parameters=True,  # rows hold personal data, and exceptions are logged
        connect_args={"isolation_level": None} if sqlite else {"connect_timeout": int(WAIT_S)},
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def _with_driver(url: URL) -> URL:
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise ValueError(
        f"DATABASE_URL {url.render_as_string(hide_password=True)!r} is not usable:"
        " give sqlite:///path/to/file or postgresql://user:password@host/database."
    )


def _reader_options(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {_BEGIN: "BEGIN"}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(tx: Connection) -> None:
    # A writer that begins as a reader fails at once when another writer was quicker: so say it first.
    tx.exec_driver_sql(tx.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _speaking_of_trouble() -> Iterator[None]:
    """Turn an exception that says `not now` into Unavailable; leave mistakes of ours as they are."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("The database has no free connection. Try again.") from error
    except DBAPIError as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise Unavailable(
            f"The database is not available ({reason}). Nothing was stored; try again."
        ) from error


def _reason(error: DBAPIError) -> str | None:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return None if code is None else _SQLITE_REASONS.get(code & 0xFF)
    if isinstance(error, OperationalError | InterfaceError):
        return "the server refused, closed or aborted the connection"
    return None
