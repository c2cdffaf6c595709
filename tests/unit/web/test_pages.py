"""Health and metrics, as operators see them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mapping.model import EventKind, Handoff, HandoffStatus
from store import connections, handoffs, inbox
from store.database import Store, open_store
from store.inbox import NewEvent

from .serving import Served, apply_example, deal_events, make_runtime, serving

NOW = datetime.now(UTC)


@pytest.fixture
def sqlite_store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    yield opened
    opened.close()


@pytest.fixture
def served(sqlite_store: Store) -> Iterator[Served]:
    runtime = make_runtime(sqlite_store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running


def test_alive_and_ready(served: Served) -> None:
    assert served.get("/healthz").text == "alive\n"
    assert (served.get("/readyz").status_code, served.get("/readyz").text) == (200, "ready\n")


def test_not_ready_before_the_first_rules(sqlite_store: Store) -> None:
    with serving(make_runtime(sqlite_store)) as served:
        answer = served.get("/readyz")
        assert (answer.status_code, "conveyor apply" in answer.text) == (503, True)
        assert served.get("/healthz").status_code == 200


def test_not_ready_before_the_tables_are_there(empty_url: str) -> None:
    store = open_store(empty_url)
    with serving(make_runtime(store)) as served:
        answer = served.get("/readyz")
        assert (answer.status_code, "tables" in answer.text) == (503, True)
        assert served.post_hubspot(deal_events(1)).status_code == 503
        assert served.metric("conveyor_database_up") == 0
    store.close()


def test_the_metrics_count_what_was_answered_and_what_waits(served: Served) -> None:
    served.post_hubspot(deal_events(1, 2))
    served.post_hubspot(deal_events(1, 2))
    served.post("hubspot", b"[]")

    assert served.answered("hubspot", "stored") == 2
    assert served.answered("hubspot", "forged") == 1
    assert served.metric('conveyor_inbox_events{state="pending"}') == 2
    assert served.metric('conveyor_outbox_writes{state="pending"}') == 0
    assert served.metric("conveyor_database_up") == 1
    assert 0 <= served.metric('conveyor_connection_last_event_age_seconds{connection="hubspot"}') < 20


def test_the_metrics_tell_lag_pauses_and_what_was_given_up(served: Served) -> None:
    now = served.runtime.now()
    old = now - timedelta(minutes=5)
    with served.runtime.store.begin() as tx:
        connections.pause(tx, "bitrix24", now + timedelta(hours=1), "the quota is spent")
        connections.save_cursor(tx, "hubspot", "1", polled_at=old)
        for connection in ("hubspot", "bitrix24"):
            inbox.add(tx, [NewEvent(EventKind.POLL, "1", connection, "7", due_at=old)], now)
        inbox.add(tx, [NewEvent(EventKind.LOOK, "2")], old)
        event = inbox.due(tx, ["2"], now)["2"][0]
        inbox.fail(tx, [event.id], now, due_at=now, error="a bug", dead=True)

    assert served.metric('conveyor_connection_paused{connection="bitrix24"}') == 1
    assert served.metric('conveyor_connection_paused{connection="hubspot"}') == 0
    assert 300 <= served.metric('conveyor_connection_lag_seconds{connection="bitrix24"}') < 400
    assert 300 <= served.metric('conveyor_connection_last_poll_age_seconds{connection="hubspot"}') < 400
    assert 300 <= served.metric("conveyor_oldest_due_seconds") < 400
    assert served.metric('conveyor_dead_letters{queue="inbox"}') == 1


def test_every_hand_off_is_accounted_for(served: Served) -> None:
    with served.runtime.store.begin() as tx:
        for number, status in enumerate(HandoffStatus):
            handoffs.save(tx, a_handoff(str(number), status))

    assert served.metric('conveyor_handoffs{state="offered"}') == len(HandoffStatus)
    assert served.metric('conveyor_handoffs{state="open"}') == 2
    assert "\nconveyor_handoffs_unaccounted 0.0\n" in served.get("/metrics").text


def a_handoff(id: str, status: HandoffStatus) -> Handoff:
    return Handoff(
        id, id, "Scout to hunter", "conveyor.yaml", 41, "lead_generation", "conversion", "qualification",
        "olena@acme.example", None, status, NOW,
    )  # fmt: skip
