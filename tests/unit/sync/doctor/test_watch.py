"""The watch over drift asks a CRM once in each interval, and remembers what it found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.base import Subscription
from connectors.errors import AuthFailed, RateLimited, Transient
from mapping.phrases import Phrase
from mapping.ruleset import Ruleset
from store import connections
from store.connections import ConnectionRow, Drift
from store.database import Store
from sync.drift.watch import SUBSCRIPTIONS_GONE, look_if_due

from .crm import ABLE, NOW, MemoryCrm, example_rules, house

URL = "https://c.example"


def looked(store: Store, crm: MemoryCrm, rules: Ruleset, after: timedelta = timedelta(0)) -> ConnectionRow:
    """What is remembered after a look, so much later."""
    runtime = replace(house(store, {"hubspot": crm}), now=lambda: NOW + after)
    with store.begin() as tx:
        connections.ensure(tx, rules.connections, NOW)
    look_if_due(runtime, "hubspot", rules)
    with store.read() as tx:
        return connections.load(tx, "hubspot")


def gone(row: ConnectionRow) -> list[str]:
    """What is told of subscriptions."""
    return [drift.message for drift in row.drift if drift.code == SUBSCRIPTIONS_GONE]


def test_subscriptions_that_are_gone_are_told_until_they_are_back(store: Store) -> None:
    rules = example_rules(public_url=URL)
    here = Subscription("1", f"{URL}/webhooks/hubspot", ("deal",), True)
    assert gone(looked(store, MemoryCrm(found=[here]), rules)) == []
    (told,) = gone(looked(store, MemoryCrm(found=[]), rules, timedelta(minutes=5)))
    assert told.startswith(
        f"Nothing is subscribed to {URL}/webhooks/hubspot: run `conveyor webhooks install hubspot`"
    )
    off = replace(here, active=False)
    (told,) = gone(looked(store, MemoryCrm(found=[off]), rules, timedelta(minutes=10)))
    assert "1 subscription of 1 switched off" in told
    assert gone(looked(store, MemoryCrm(found=[here]), rules, timedelta(minutes=15))) == []


@pytest.mark.parametrize(("url", "able"), [(None, ABLE), (URL, replace(ABLE, subscribes=False))])
def test_where_there_are_none_to_be_nobody_asks_for_them(store: Store, url: str | None, able: object) -> None:
    crm = MemoryCrm(capabilities=able)  # type: ignore[arg-type]
    assert gone(looked(store, crm, example_rules(public_url=url))) == []
    assert crm.called == ["describe"]


def test_one_description_in_each_interval(store: Store) -> None:
    crm, rules = MemoryCrm(), example_rules()
    for minutes in range(16):
        looked(store, crm, rules, timedelta(minutes=minutes))
    assert crm.called == ["describe"] * 4  # polled every five minutes


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (Transient("no answer"), False),
        (RateLimited("slow down", retry_after_s=60.0), True),
        (AuthFailed("no scope"), False),
    ],
)
def test_a_crm_that_cannot_be_asked_keeps_what_was_found(
    store: Store, error: Exception, pauses: bool
) -> None:
    rules = example_rules()
    found = looked(store, MemoryCrm(), rules).drift
    assert found
    crm = MemoryCrm(refuses={"describe": error})
    row = looked(store, crm, rules, timedelta(minutes=5))
    assert row.drift == found
    assert row.paused(NOW + timedelta(minutes=5)) is pauses
    looked(store, crm, rules, timedelta(minutes=5, seconds=30))
    assert crm.called == ["describe"]  # asked again in its time only


def test_a_paused_connection_is_not_asked(store: Store) -> None:
    rules, crm = example_rules(), MemoryCrm()
    with store.begin() as tx:
        connections.ensure(tx, rules.connections, NOW)
        connections.pause(tx, "hubspot", NOW + timedelta(hours=1), "slow down")
    assert looked(store, crm, rules).drift == ()
    assert crm.called == []


def test_what_is_remembered_is_read_back(store: Store) -> None:
    with store.begin() as tx:
        connections.ensure(tx, ["hubspot"], NOW)
        connections.save_drift(tx, "hubspot", [Drift("renamed", "a: 'b' is called 'c'")], NOW)
        row = connections.load(tx, "hubspot")
    assert (row.drift, row.drift_at) == ((Drift("renamed", "a: 'b' is called 'c'"),), NOW)


def test_what_was_found_can_be_said_again_when_it_is_read_back(store: Store) -> None:
    row = looked(store, MemoryCrm(found=[]), example_rules(public_url=URL))
    assert len(row.drift) > 1
    for drift in row.drift:
        assert isinstance(drift.message, Phrase), drift
        parts = [text for text in drift.message.fillings.values() if isinstance(text, str) and " " in text]
        assert all(isinstance(text, Phrase) or text.startswith("`conveyor ") for text in parts), parts
