"""Grants in the database: encrypted, shared, refreshed by one at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from connectors.errors import AuthFailed, Transient
from store import locks
from store.database import Store, open_store
from store.secrets import SecretBox
from sync import exclusive, grants
from sync.exclusive import Busy, exclusively
from sync.grants import StoreGrants
from sync.runtime import utc_now

TOKENS = {"access_token": "access-1", "refresh_token": "refresh-1"}

COUNT_UNDER_THE_LOCK = """
import pathlib, sys
from store.database import open_store
from store.secrets import SecretBox
from sync.grants import StoreGrants
from sync.runtime import utc_now

url, home, times = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
grants = StoreGrants(open_store(url), SecretBox(None, home), "hubspot", now=utc_now)
for _ in range(times):
    with grants.lock():
        grants.save({"refreshes": str(int(grants.load().get("refreshes", "0")) + 1)})
"""


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> StoreGrants:
    return StoreGrants(store, SecretBox(None, tmp_path), "hubspot", now=utc_now)


def test_what_was_saved_is_loaded_by_others(kept: StoreGrants, store: Store, tmp_path: Path) -> None:
    assert kept.load() == {}
    kept.save(TOKENS)
    kept.save({**TOKENS, "access_token": "access-2"})

    other = StoreGrants(store, SecretBox(None, tmp_path), "hubspot", now=utc_now)
    assert other.load() == {**TOKENS, "access_token": "access-2"}
    assert StoreGrants(store, SecretBox(None, tmp_path), "another", now=utc_now).load() == {}


def test_nothing_readable_is_stored(kept: StoreGrants, store: Store) -> None:
    kept.save(TOKENS)
    with store.read() as tx:
        stored = bytes(tx.execute(text('SELECT "grant" FROM connections')).scalar_one())
    assert b"access-1" not in stored
    assert b"refresh" not in stored


def test_another_key_is_a_matter_for_the_admin(kept: StoreGrants, store: Store, tmp_path: Path) -> None:
    kept.save(TOKENS)
    other_key = SecretBox(Fernet.generate_key().decode(), tmp_path)
    with pytest.raises(AuthFailed, match=r"Connection hubspot: .*CONVEYOR_SECRET_KEY"):
        StoreGrants(store, other_key, "hubspot", now=utc_now).load()


def test_threads_take_turns(kept: StoreGrants) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with kept.lock():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1, 1, 1, 1]


def test_processes_take_turns(kept: StoreGrants, store_url: str, tmp_path: Path) -> None:
    kept.save({"refreshes": "0"})
    code = [sys.executable, "-c", COUNT_UNDER_THE_LOCK, store_url, str(tmp_path), "10"]
    processes = [subprocess.Popen(code) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert kept.load() == {"refreshes": "30"}


def test_a_holder_that_was_killed_is_outlived(
    kept: StoreGrants, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "WAIT_S", 5.0)
    with store.begin() as tx:
        locks.acquire(tx, "grant:hubspot", "a dead process", utc_now(), 0.3)
    before = time.monotonic()
    with kept.lock():
        assert time.monotonic() - before > 0.1


def test_a_holder_that_never_lets_go_is_told(
    kept: StoreGrants, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "WAIT_S", 0.2)
    with store.begin() as tx:
        locks.acquire(tx, "grant:hubspot", "somebody", utc_now(), 60)
    with pytest.raises(Transient, match="refreshing the token of hubspot for too long") as told, kept.lock():
        pass
    assert not told.value.uncertain


def test_connections_do_not_wait_for_each_other(kept: StoreGrants, store: Store, tmp_path: Path) -> None:
    other = StoreGrants(store, SecretBox(None, tmp_path), "bitrix24", now=utc_now)
    with kept.lock(), other.lock():
        pass


def test_a_lock_is_renewed_as_long_as_the_work_takes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exclusive, "EXPIRY_S", 0.3)
    with exclusively(store, "backfill:hubspot", now=utc_now):
        end = time.monotonic() + 0.9
        while time.monotonic() < end:
            with pytest.raises(Busy), exclusively(store, "backfill:hubspot", now=utc_now):
                pass
            time.sleep(0.02)
    with exclusively(store, "backfill:hubspot", now=utc_now):
        pass


def test_a_lock_is_given_up_also_after_a_failure(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), exclusively(store, "poll:hubspot", now=utc_now):
        _ = 1 // 0
    with exclusively(store, "poll:hubspot", now=utc_now):
        pass


def test_a_lock_ends_by_itself(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    store.migrate()
    with store.begin() as tx:
        assert locks.acquire(tx, "poll:hubspot", "gone", datetime.now(UTC) - timedelta(hours=1), 30)
    with exclusively(store, "poll:hubspot", now=utc_now):
        pass
    store.close()
