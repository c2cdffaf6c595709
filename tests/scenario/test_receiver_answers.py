"""What CRMs hear from the receiver, over real HTTP: stored means 202, and nothing else does."""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mapping.model import Ref
from store import deals, links, samples
from store.database import Store, open_store

from ..unit.web.serving import (
    APPLICATION_TOKEN,
    CONFIG,
    ENVIRONMENT,
    Served,
    apply_example,
    deal_events,
    make_runtime,
    serving,
    together,
    until,
)

FIXTURES = Path(__file__).parents[1] / "fixtures"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def sqlite_path(migrated_sqlite: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated_sqlite, tmp_path / "conveyor.db"))


@pytest.fixture
def sqlite_store(sqlite_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{sqlite_path}")
    yield opened
    opened.close()


@pytest.fixture
def served(sqlite_store: Store) -> Iterator[Served]:
    """The receiver under the example rules, on SQLite."""
    runtime = make_runtime(sqlite_store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running


@pytest.fixture
def served_on_each(store: Store) -> Iterator[Served]:
    """The same, on SQLite and on PostgreSQL."""
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running


def bitrix24_form(name: str) -> bytes:
    body = (FIXTURES / "bitrix24" / f"{name}.form").read_text().strip()
    return body.replace("sandbox-app-token", APPLICATION_TOKEN).encode()


def test_a_signed_batch_is_stored_before_it_is_answered(served_on_each: Served) -> None:
    answer = served_on_each.post_hubspot(deal_events(173595202427, 8, 9))

    assert (answer.status_code, answer.content) == (202, b"")
    assert served_on_each.pending() == 3
    with served_on_each.runtime.store.read() as tx:
        assert deals.find_by_ref(tx, Ref("hubspot", "173595202427")) is not None


def test_a_doubled_delivery_is_stored_once(served_on_each: Served) -> None:
    body = deal_events(1, 2)

    assert [served_on_each.post_hubspot(body).status_code for _ in range(3)] == [202, 202, 202]
    assert served_on_each.pending() == 2


def test_deliveries_at_the_same_time_are_all_stored(served_on_each: Served) -> None:
    statuses: list[int] = []

    def deliver(number: int) -> None:
        body = deal_events(number, number + 1, first_event=10 * number)
        statuses.append(served_on_each.post_hubspot(body).status_code)

    together([partial(deliver, number) for number in range(20)])

    assert statuses == [202] * 20
    assert served_on_each.pending() == 40


def test_the_deals_of_a_delivery_are_woken(served: Served) -> None:
    served.post_hubspot(deal_events(1, 2))

    with served.runtime.store.read() as tx:
        found = links.find(tx, [Ref("hubspot", "1"), Ref("hubspot", "2")])
    woken: Any = served.runtime.wake
    until(lambda: set(woken.woken) == {deal_id for deal_id, _ in found.values()}, "nobody was woken")


@pytest.mark.parametrize("name", ["oncrmdealadd__outgoing", "oncrmdealupdate__application"])
def test_a_bitrix24_event_is_stored(served: Served, name: str) -> None:
    assert served.post("bitrix24", bitrix24_form(name), FORM).status_code == 202
    assert served.pending() == 1


def test_an_event_that_nobody_wants_is_taken_and_not_stored(served: Served) -> None:
    assert served.post("bitrix24", bitrix24_form("ontaskadd__outgoing"), FORM).status_code == 202
    assert served.pending() == 0
    assert served.answered("bitrix24", "nothing_wanted") == 1


def test_a_connection_nobody_configured(served: Served) -> None:
    body = deal_events(1)

    assert served.post("hubspot-uk", body, served.sign(body)).status_code == 404
    assert served.post("a/b", body, served.sign(body)).status_code == 404
    assert served.answered("-", "unknown") == 2


FORGERIES: dict[str, Callable[[Served, bytes], dict[str, str]]] = {
    "no signature": lambda served, body: {},
    "another secret": lambda served, body: served.sign(body, secret="guessed"),
    "another body": lambda served, body: served.sign(body + b" "),
    "stale": lambda served, body: served.sign(body, age_s=301),
    "from the future": lambda served, body: served.sign(body, age_s=-301),
    "an old signature with a fresh stamp": lambda served, body: {
        **served.sign(body, age_s=400),
        "x-hubspot-request-timestamp": served.sign(body)["x-hubspot-request-timestamp"],
    },
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_or_stale_delivery_is_refused(served: Served, forgery: str) -> None:
    body = deal_events(1)

    assert served.post("hubspot", body, FORGERIES[forgery](served, body)).status_code == 401
    assert served.pending() == 0
    assert served.answered("hubspot", "forged") == 1


def test_a_form_with_another_token_is_refused(served: Served) -> None:
    body = bitrix24_form("oncrmdealadd__outgoing").replace(APPLICATION_TOKEN.encode(), b"guessed")

    assert served.post("bitrix24", body, FORM).status_code == 401
    assert served.pending() == 0


UNREADABLE = {
    "not UTF-8": b'[{"objectId": "\xff\xfe"}]',
    "cut short": deal_events(1, 2)[:-20],
    "no list": b'{"objectId": 1}',
    "no deal": json.dumps([{"subscriptionType": "deal.propertyChange"}]).encode(),
    "half a character": b'[{"subscriptionType": "deal.creation", "objectId": "\\ud800"}]',
    "nothing": b"",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_genuine_but_unreadable_delivery_is_kept_as_a_sample(served: Served, kind: str) -> None:
    assert served.post_hubspot(UNREADABLE[kind]).status_code == 400
    assert served.pending() == 0
    assert served.answered("hubspot", "unreadable") == 1
    with served.runtime.store.read() as tx:
        assert [sample.connection for sample in samples.listing(tx)] == ["hubspot"]


def test_a_sample_holds_no_token(served: Served) -> None:
    body = bitrix24_form("oncrmdealupdate__application").replace(b"FIELDS", b"FELDER")

    assert served.post("bitrix24", body, FORM).status_code == 400
    with served.runtime.store.read() as tx:
        kept = samples.listing(tx)[0].body
    assert "FELDER" in kept
    assert APPLICATION_TOKEN not in kept
    assert "access_token%5D=..." in kept


def test_what_proves_a_delivery_is_its_signature_not_its_content_type(served: Served) -> None:
    body = deal_events(1)

    assert served.post("hubspot", body, served.sign(body) | {"content-type": "text/plain"}).status_code == 202
    assert served.post("bitrix24", body, {"content-type": "application/json"}).status_code == 401


def test_one_delivery_that_the_database_refuses_does_not_fail_the_others(served_on_each: Served) -> None:
    takes_nul = served_on_each.runtime.store.dialect == "sqlite"
    statuses: dict[object, int] = {}

    def deliver(deal: object) -> None:
        statuses[deal] = served_on_each.post_hubspot(deal_events(deal)).status_code

    together([partial(deliver, deal) for deal in ("12\0", 13, 14, 15)])

    assert statuses == {"12\0": 202 if takes_nul else 400, 13: 202, 14: 202, 15: 202}
    assert served_on_each.pending() == (4 if takes_nul else 3)
    assert served_on_each.answered("hubspot", "refused") == (0 if takes_nul else 1)


def test_the_url_that_counts_is_the_public_one(sqlite_store: Store, tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    file = tmp_path / "config" / "connections.yaml"
    file.write_text("public_url: https://conveyor.example.com/base/\n" + file.read_text())
    runtime = make_runtime(sqlite_store)
    apply_example(runtime, tmp_path / "config")
    with serving(runtime) as served:
        body = deal_events(1)
        signed = served.sign(body, url="https://conveyor.example.com/base/webhooks/hubspot")

        assert served.post("hubspot", body, signed).status_code == 202
        assert served.post("hubspot", body, served.sign(body)).status_code == 401


def test_before_the_first_rules_a_delivery_is_put_off(sqlite_store: Store) -> None:
    with serving(make_runtime(sqlite_store)) as served:
        assert served.post_hubspot(deal_events(1)).status_code == 503

        apply_example(served.runtime)
        until(lambda: served.post_hubspot(deal_events(1)).status_code == 202, "the new rules were not seen")


def test_without_its_secrets_a_connection_is_put_off_and_others_are_not(sqlite_store: Store) -> None:
    incomplete = {name: value for name, value in ENVIRONMENT.items() if name != "HUBSPOT_CLIENT_SECRET"}
    runtime = make_runtime(sqlite_store, environment=incomplete)
    apply_example(runtime)
    with serving(runtime) as served:
        assert served.post_hubspot(deal_events(1)).status_code == 503
        assert served.post("bitrix24", bitrix24_form("oncrmdealadd__outgoing"), FORM).status_code == 202


def test_while_another_program_holds_the_database_deliveries_are_put_off(
    served: Served, sqlite_path: Path
) -> None:
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert served.post_hubspot(deal_events(1)).status_code == 503
        other.execute("ROLLBACK")
    finally:
        other.close()

    assert served.pending() == 0
    assert served.post_hubspot(deal_events(1)).status_code == 202
    assert served.pending() == 1


def test_while_the_database_is_away_deliveries_are_put_off(postgres_server: Any) -> None:
    name = uuid.uuid4().hex
    store = open_store(postgres_server.create(name))
    store.migrate()
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as served:
        assert served.post_hubspot(deal_events(1)).status_code == 202
        postgres_server.drop(name)
        assert served.post_hubspot(deal_events(2)).status_code == 503
        assert served.get("/healthz").status_code == 200
        assert served.get("/readyz").status_code == 503
        assert served.metric("conveyor_database_up") == 0
    store.close()
