"""Health, metrics and the page, as operators and browsers see them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mapping.model import Deal, DealStatus, EventKind, Handoff, HandoffStatus, Link
from store import connections, deals, handoffs, inbox, ledger, links
from store.database import Store, open_store
from store.inbox import NewEvent
from store.ledger import Entry
from web.overview import DEALS_PER_PAGE

from .serving import Served, apply_example, deal_events, make_runtime, serving

NOW = datetime.now(UTC)
SCRIPT = "<script>alert(1)</script>"


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


def save(store: Store, deal: Deal, connection: str = "hubspot") -> None:
    with store.begin() as tx:
        deals.save(tx, deal, "0" * 64)
        links.save(tx, [Link(connection, f"9{deal.id}", deal.id)])


def a_deal(id: str, **values: object) -> Deal:
    deal = Deal(
        id, journey=id, home="hubspot", status=DealStatus.OPEN, section="conversion", stage="proposal"
    )
    return replace(deal, fields={"title": f"Deal {id}"}, **values)  # type: ignore[arg-type]


def test_alive_and_ready(served: Served) -> None:
    assert served.get("/healthz").text == "alive\n"
    assert (served.get("/readyz").status_code, served.get("/readyz").text) == (200, "ready\n")


def test_not_ready_before_the_first_rules(sqlite_store: Store) -> None:
    with serving(make_runtime(sqlite_store)) as served:
        answer = served.get("/readyz")
        assert (answer.status_code, "conveyor apply" in answer.text) == (503, True)
        assert served.get("/healthz").status_code == 200
        assert served.get("/").status_code == 503


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


def test_the_page_shows_the_line_hand_offs_reasons_and_connections(served: Served) -> None:
    store = served.runtime.store
    save(store, a_deal("d1", owner="petar@acme.example"))
    with store.begin() as tx:
        handoffs.save(tx, a_handoff("d1", HandoffStatus.PENDING))
        entry = Entry("d1", NOW, "moved_back", "ivan@acme.example", "budget must be at least 1000")
        ledger.add(tx, [replace(entry, rule_file="conveyor.yaml", rule_line=41)])
        connections.pause(tx, "bitrix24", NOW + timedelta(hours=1), "the quota is spent")
    page = served.get("/").text

    for shown in (
        "Acme sales conveyor", "Proposal", "hubspot:9d1", "Deal d1", "petar@acme.example", "Scout to hunter",
        "budget must be at least 1000", "conveyor.yaml:41", "the quota is spent",
    ):  # fmt: skip
        assert shown in page, shown


def test_the_page_shows_no_contact_data(served: Served) -> None:
    contact = {"contact_name": "Rosa Luz", "contact_email": "rosa@client.example", "contact_phone": "+35988"}
    save(served.runtime.store, replace(a_deal("d1"), fields={"title": "Kitchen", **contact}))
    page = served.get("/").text

    assert "Kitchen" in page
    assert not [value for value in contact.values() if value in page]


def test_what_people_wrote_is_text_and_never_markup(served: Served) -> None:
    save(served.runtime.store, replace(a_deal("d1"), fields={"title": SCRIPT}))
    with served.runtime.store.begin() as tx:
        ledger.add(tx, [Entry("d1", NOW, "note", SCRIPT, SCRIPT)])
        connections.save_error(tx, "hubspot", SCRIPT, NOW)
    answer = served.get(f"/?section={SCRIPT}&after={SCRIPT}")

    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<script" not in served.get("/").text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_page_goes_through_all_deals(served: Served) -> None:
    for number in range(DEALS_PER_PAGE + 5):
        save(served.runtime.store, a_deal(f"d{number:04}"))
    first = served.get("/")
    rest = served.get(f"/?after=d{DEALS_PER_PAGE - 1:04}")

    assert f"after=d{DEALS_PER_PAGE - 1:04}" in first.text
    assert [first.text.count("hubspot:9d"), rest.text.count("hubspot:9d")] == [DEALS_PER_PAGE, 5]
    assert "Next page" not in rest.text


def test_one_section_can_be_looked_at_alone(served: Served) -> None:
    save(served.runtime.store, a_deal("d1"))
    save(served.runtime.store, a_deal("d2", section="retention", stage="growth"))
    page = served.get("/?section=retention").text

    assert ("hubspot:9d2" in page, "hubspot:9d1" in page) == (True, False)


def test_deals_off_the_line_are_shown_last(served: Served) -> None:
    save(served.runtime.store, a_deal("d1", section=None, stage=None, status=DealStatus.UNMAPPED))
    page = served.get("/").text

    assert page.index("Retention") < page.index("Not on the line") < page.index("hubspot:9d1")


def test_the_style_is_served_from_here(served: Served) -> None:
    answer = served.get("/static/style.css")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "prefers-color-scheme" in answer.text


def a_handoff(id: str, status: HandoffStatus) -> Handoff:
    return Handoff(
        id, id, "Scout to hunter", "conveyor.yaml", 41, "lead_generation", "conversion", "qualification",
        "olena@acme.example", None, status, NOW,
    )  # fmt: skip
