"""Subscriptions that die are renewed in time, for as long as the admin wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, cast

import pytest

from connectors.base import Capabilities, Connector, Subscription
from connectors.errors import Transient
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_ruleset
from store import connections
from store.database import Store, open_store
from sync import subscribing
from sync.house import NoWake
from sync.runtime import Connectors, Runtime

ROOT = Path(__file__).resolve().parents[3]
LIVES = timedelta(days=6)
WITHOUT_URL = load_ruleset(ROOT / "config")
RULES = replace(WITHOUT_URL, public_url="https://conveyor.example.com")


@dataclass
class Crm:
    """The edge of the world: an account whose subscriptions die."""

    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    dies_at: datetime | None = None
    calls: int = 0
    is_away: bool = False
    capabilities: ClassVar[Capabilities] = Capabilities(
        conditional_write=False,
        keyed_create=False,
        names_actor=False,
        signs_webhooks=False,
        subscribes=True,
        history=False,
        batch_read=1,
        poll_overlap=timedelta(0),
        rates=(),
    )
    urls: set[str] = field(default_factory=set)

    def clock(self) -> datetime:
        return self.now

    def subscribe(self, url: str) -> list[Subscription]:
        self.calls += 1
        if self.is_away:
            raise Transient("no answer")
        self.urls.add(url)
        self.dies_at = self.now + LIVES
        return [Subscription("1", url, ("deal",), True, self.dies_at)]

    def unsubscribe(self, subscription_id: str) -> None:
        self.dies_at = None


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def runtime(crm: Crm, tmp_path: Path) -> Iterator[Runtime]:
    store: Store = open_store(f"sqlite:///{tmp_path / 'conveyor.db'}")
    store.migrate()
    with store.begin() as tx:
        connections.ensure(tx, RULES.connections, crm.now)
    connectors = Connectors(
        grants=lambda _: MemoryGrants(),
        budget=lambda *_: NoBudget(),
        environment={"HUBSPOT_TOKEN": "t", "HUBSPOT_CLIENT_SECRET": "s"},
        build=lambda name, setup: cast(Connector, crm),
    )
    yield Runtime(store, NoWake(), connectors, now=crm.clock)
    store.close()


def poll_hourly(runtime: Runtime, crm: Crm, hours: int) -> Iterator[bool]:
    """Each hour: whether the subscription lives, after a poll."""
    for _ in range(hours):
        crm.now += timedelta(hours=1)
        subscribing.renew_if_due(runtime, "hubspot", RULES)
        yield crm.dies_at is not None and crm.dies_at > crm.now


def test_it_lives_for_weeks_with_few_calls(runtime: Runtime, crm: Crm) -> None:
    subscribing.install(runtime, "hubspot", RULES, cast(Connector, crm))
    assert all(poll_hourly(runtime, crm, 24 * 21))
    assert crm.calls <= 8
    assert len(crm.urls) == 1


def test_a_crm_that_is_away_for_a_day_loses_nothing(runtime: Runtime, crm: Crm) -> None:
    subscribing.install(runtime, "hubspot", RULES, cast(Connector, crm))
    for hour, lives in enumerate(poll_hourly(runtime, crm, 24 * 7)):
        assert lives
        crm.is_away = 72 <= hour < 96


def test_what_nobody_installed_or_somebody_removed_is_not_renewed(runtime: Runtime, crm: Crm) -> None:
    subscribing.renew_if_due(runtime, "hubspot", RULES)
    assert crm.calls == 0
    subscribing.install(runtime, "hubspot", RULES, cast(Connector, crm))
    subscribing.remove(runtime, "hubspot", cast(Connector, crm), "1")
    assert not any(poll_hourly(runtime, crm, 24 * 7))
    assert crm.calls == 1


def test_without_an_address_nothing_is_installed(runtime: Runtime, crm: Crm) -> None:
    with pytest.raises(subscribing.NoPublicUrl, match="set public_url"):
        subscribing.install(runtime, "hubspot", WITHOUT_URL, cast(Connector, crm))
