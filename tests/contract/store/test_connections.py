"""What the house remembers of a connection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store import connections
from store.connections import ConnectionRow, User
from store.database import Store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _known(store: Store) -> None:
    with store.begin() as tx:
        connections.ensure(tx, ["hubspot-eu", "bitrix"], NOW)


def load(store: Store, name: str = "hubspot-eu") -> ConnectionRow:
    with store.read() as tx:
        return connections.load(tx, name)


def test_a_connection_is_known_since_it_was_first_seen(store: Store) -> None:
    with store.begin() as tx:
        connections.ensure(tx, ["hubspot-eu", "close"], LATER)
        connections.ensure(tx, [], LATER)
        rows = connections.load_all(tx)
    assert {name: row.since for name, row in rows.items()} == {
        "bitrix": NOW,
        "close": LATER,
        "hubspot-eu": NOW,
    }
    assert rows["bitrix"] == ConnectionRow("bitrix", NOW)


def test_an_unknown_connection(store: Store) -> None:
    with pytest.raises(KeyError, match="zoho"):
        load(store, "zoho")
    with pytest.raises(KeyError, match="zoho"), store.begin() as tx:
        connections.save_cursor(tx, "zoho", "c", polled_at=NOW)


def test_the_longest_pause_holds(store: Store) -> None:
    with store.begin() as tx:
        connections.pause(tx, "hubspot-eu", LATER, "401")
        connections.pause(tx, "hubspot-eu", NOW, "429")
    row = load(store)
    assert (row.paused_until, row.pause_reason) == (LATER, "401")
    assert (row.paused(NOW), row.paused(LATER)) == (True, False)
    assert not load(store, "bitrix").paused(NOW)
    with store.begin() as tx:
        connections.save_error(tx, "hubspot-eu", "401", NOW)
        connections.resume(tx, "hubspot-eu")
    assert load(store) == ConnectionRow("hubspot-eu", NOW)


def test_polls_fall_due(store: Store) -> None:
    with store.begin() as tx:
        assert connections.due_polls(tx, NOW) == ["bitrix", "hubspot-eu"]
        connections.save_poll_at(tx, "bitrix", LATER)
        assert connections.due_polls(tx, NOW) == ["hubspot-eu"]
        connections.pause(tx, "hubspot-eu", LATER, "429")
        assert connections.due_polls(tx, NOW) == []
        assert connections.due_polls(tx, LATER) == ["bitrix", "hubspot-eu"]


def test_progress_is_remembered(store: Store) -> None:
    with store.begin() as tx:
        connections.save_cursor(tx, "hubspot-eu", "c7", polled_at=NOW)
        connections.save_backfill(tx, "hubspot-eu", cursor="b2", seen=200, total=5000)
        connections.touch_event(tx, ["hubspot-eu"], LATER)
    row = load(store)
    assert (row.cursor, row.last_poll_at, row.last_event_at) == ("c7", NOW, LATER)
    assert (row.backfill_cursor, row.backfill_seen, row.backfill_total) == ("b2", 200, 5000)
    assert row.backfill_done_at is None
    with store.begin() as tx:
        connections.save_backfill(tx, "hubspot-eu", cursor=None, seen=5000, total=5000, done_at=LATER)
    assert load(store).backfill_done_at == LATER
    assert load(store, "bitrix").last_event_at is None


def test_people_are_remembered(store: Store) -> None:
    users = (User("7", "Ann", "ann@example.com", aliases=("u7",)), User("8", active=False))
    with store.begin() as tx:
        connections.save_directory(tx, "hubspot-eu", users, NOW)
    assert (load(store).directory, load(store).directory_at) == (users, NOW)


def test_what_is_wrong_is_remembered(store: Store) -> None:
    with store.begin() as tx:
        connections.save_error(tx, "hubspot-eu", "The token was revoked.", NOW)
    assert (load(store).error, load(store).error_at) == ("The token was revoked.", NOW)
    with store.begin() as tx:
        connections.save_error(tx, "hubspot-eu", None, LATER)
    assert (load(store).error, load(store).error_at) == (None, None)


def test_secrets_are_kept_apart(store: Store) -> None:
    with store.begin() as tx:
        assert connections.load_grant(tx, "hubspot-eu") is None
        connections.save_grant(tx, "hubspot-eu", b"\x00grant")
        connections.save_webhook_key(tx, "hubspot-eu", b"key")
    with store.read() as tx:
        assert connections.load_grant(tx, "hubspot-eu") == b"\x00grant"
        assert connections.load_webhook_key(tx, "hubspot-eu") == b"key"
        assert connections.load_webhook_key(tx, "bitrix") is None
    assert load(store) == ConnectionRow("hubspot-eu", NOW)
