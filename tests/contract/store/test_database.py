"""Opening, migrating and transactions, on both databases."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Select, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from mapping.model import EventKind
from store import inbox, locks, schema
from store.database import Store, Unavailable, open_store
from store.due import event_is_due, write_is_due
from store.inbox import NewEvent

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def holder(tx: Connection) -> str | None:
    token: str | None = tx.scalar(schema.locks.select().with_only_columns(schema.locks.c.token))
    return token


def test_migrations_lead_to_the_declared_tables(store: Store) -> None:
    with store.read() as tx:
        differences = compare_metadata(MigrationContext.configure(tx), schema.metadata)
    assert differences == []


def test_it_is_known_whether_the_tables_are_there(empty_url: str) -> None:
    store = open_store(empty_url)
    assert not store.is_migrated()
    store.migrate()
    assert store.is_migrated()
    store.close()


def test_many_processes_may_migrate_at_once(empty_url: str) -> None:
    script = "import sys; from store.database import open_store; open_store(sys.argv[1]).migrate()"
    command = [sys.executable, "-W", "error", "-c", script, empty_url]
    root = Path(schema.__file__).parent.parent
    processes = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]


def test_many_threads_may_migrate_at_once(empty_url: str) -> None:
    barrier = threading.Barrier(4)

    def migrate() -> None:
        store = open_store(empty_url)
        barrier.wait(10)
        store.migrate()
        store.close()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(migrate) for _ in range(4)]:
            future.result(60)
    store = open_store(empty_url)
    with store.begin() as tx:
        assert locks.acquire(tx, "scheduler", "me", NOW, 10)
    store.close()


def test_a_transaction_is_stored_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.begin() as tx:
        locks.acquire(tx, "a", "me", NOW, 10)
        _ = 1 // 0
    with store.read() as tx:
        assert holder(tx) is None


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as reader:
        assert holder(reader) is None
        with store.begin() as writer:
            locks.acquire(writer, "a", "me", NOW, 10)
        assert holder(reader) is None
    with store.read() as reader:
        assert holder(reader) == "me"


def test_threads_write_without_losing_anything(store: Store) -> None:
    def write(thread: int) -> None:
        for number in range(20):
            with store.begin() as tx:
                event = NewEvent(EventKind.WEBHOOK, "d", "hubspot-eu", "1", f"{thread}-{number}")
                assert inbox.add(tx, [event], NOW) == 1

    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(write, thread) for thread in range(16)]:
            future.result(60)
    with store.read() as tx:
        assert inbox.counts(tx, NOW).pending == 320


def test_times_are_kept_to_the_microsecond_in_any_zone(store: Store) -> None:
    in_sofia = NOW.astimezone(timezone(timedelta(hours=2)))
    with store.begin() as tx:
        locks.acquire(tx, "a", "me", in_sofia, 0)
        assert tx.scalar(schema.locks.select().with_only_columns(schema.locks.c.until)) == NOW
        query = schema.locks.select().where(schema.locks.c.until == in_sofia)
        assert tx.execute(query).one().until == NOW


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"), store.begin() as tx:
        locks.acquire(tx, "a", "me", naive, 10)
    with pytest.raises(StatementError, match="without a zone"), store.read() as tx:
        inbox.oldest_due(tx, naive)


def test_exceptions_do_not_show_what_is_in_the_rows(store: Store) -> None:
    with pytest.raises(DBAPIError) as raised, store.begin() as tx:
        statement = text("INSERT INTO nowhere VALUES (:email)")
        tx.execute(statement, {"email": "ann@example.com"})
    assert "ann@example.com" not in str(raised.value)


def test_a_mistake_of_ours_is_not_called_unavailable(empty_url: str) -> None:
    store = open_store(empty_url)
    with pytest.raises(DBAPIError, match="inbox"), store.read() as tx:
        inbox.counts(tx, NOW)
    store.close()


def test_a_server_that_is_away(tmp_path: Path) -> None:
    store = open_store(f"postgresql://someone:secret@/x?host={tmp_path}")
    with pytest.raises(Unavailable) as raised, store.begin():
        pass
    assert "secret" not in str(raised.value)
    store.close()


def test_a_server_that_ends_our_connection(postgres_url: str) -> None:
    store, other = open_store(postgres_url), open_store(postgres_url)
    with pytest.raises(Unavailable), store.begin() as tx:
        pid = tx.scalar(text("SELECT pg_backend_pid()"))
        with other.begin() as admin:
            admin.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        tx.execute(text("SELECT 1"))
    with store.begin() as tx:
        assert tx.scalar(text("SELECT 1")) == 1
    store.close()
    other.close()


def test_a_postgresql_reader_cannot_write(postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.migrate()
    with pytest.raises(DBAPIError), store.read() as tx:
        locks.acquire(tx, "a", "me", NOW, 10)
    with store.begin() as tx:
        assert locks.acquire(tx, "a", "me", NOW, 10)
    store.close()


class TestSqlite:
    """What only concerns the file."""

    def test_pragmas(self, sqlite_url: str) -> None:
        store = open_store(sqlite_url)
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        with store.read() as tx:
            found = [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        store.close()
        assert found == ["wal", 2, 1, 5000]

    def test_the_folder_is_made(self, tmp_path: Path) -> None:
        store = open_store(f"sqlite:///{tmp_path}/var/deep/store.db")
        store.migrate()
        store.close()
        assert (tmp_path / "var/deep/store.db").exists()

    def test_locked_by_another_process(self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("store.database.SQLITE_PRAGMAS", ("busy_timeout=10",))
        store = open_store(sqlite_url)
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="another process is writing"), store.begin():
            pass
        other.execute("ROLLBACK")
        with store.begin():
            pass
        other.close()
        store.close()

    def test_full(self, sqlite_url: str) -> None:
        store = open_store(sqlite_url)
        store.migrate()
        events = [
            NewEvent(EventKind.WEBHOOK, "d", "c", "1", f"e{n}", data={"a": "x" * 500}) for n in range(9000)
        ]
        with pytest.raises(Unavailable, match="disk is full"), store.begin() as tx:
            tx.exec_driver_sql("PRAGMA max_page_count = 200")
            inbox.add(tx, events, NOW)
        with store.begin() as tx:
            tx.exec_driver_sql("PRAGMA max_page_count = 1073741823")
            assert inbox.counts(tx, NOW).pending == 0
            assert inbox.add(tx, events, NOW) == 9000
        store.close()

    def test_not_a_database(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("hello " * 1000)
        store = open_store(f"sqlite:///{tmp_path}/notes.txt")
        with pytest.raises(Unavailable, match="not a database"), store.begin():
            pass
        store.close()


@pytest.mark.parametrize("url", ["mysql://someone:secret@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_we_do_not_speak(url: str) -> None:
    with pytest.raises(ValueError, match="not usable") as raised:
        open_store(url)
    assert "secret" not in str(raised.value)


def test_any_common_way_to_name_postgresql() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        store = open_store(f"{scheme}://me@localhost:1/x")
        assert store.dialect == "postgresql"
        store.close()


@pytest.mark.parametrize(
    "query",
    [
        select(schema.inbox.c.id).where(event_is_due(NOW)).order_by(schema.inbox.c.due_at),
        select(schema.inbox.c.id).where(event_is_due(NOW), schema.inbox.c.deal_id == "d"),
        select(schema.outbox.c.id).where(write_is_due(NOW)).order_by(schema.outbox.c.due_at),
        select(schema.outbox.c.id).where(write_is_due(NOW), schema.outbox.c.deal_id == "d"),
        select(schema.links.c.deal_id).where(
            schema.links.c.connection == "c", schema.links.c.remote_id == "1"
        ),
        select(schema.links.c.body).where(schema.links.c.deal_id == "d"),
        select(schema.handoffs.c.body).where(schema.handoffs.c.deal_id == "d"),
        select(schema.ledger).where(schema.ledger.c.deal_id == "d").order_by(schema.ledger.c.id),
    ],
)
def test_what_is_asked_often_uses_an_index(migrated_sqlite: Path, query: Select[*tuple[Any, ...]]) -> None:
    store = open_store(f"sqlite:///{migrated_sqlite}")
    with store.read() as tx:
        written_out = query.compile(tx, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {written_out}")]
    store.close()
    assert plan and not [step for step in plan if step.startswith("SCAN")]
