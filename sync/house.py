"""Opens the house: the one place where settings become database, secrets, broker, budgets and connectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from sync.settings import Settings

if TYPE_CHECKING:
    from connectors.base import Budget
    from sync.runtime import Runtime
    from sync.wake import Wake


class NoBroker(Exception):
    """There is no broker to carry wake-ups."""


def open_house(settings: Settings, *, needs_broker: bool = True) -> Runtime:
    """Open everything that the engine works with, and bring the tables to this version.

    Where no broker runs: raises `NoBroker`, or with `needs_broker=False` wakes nobody, for the sweep finds all work.
    Raises `store.database.Unavailable`, `store.secrets.UnusableKey`, and `ValueError` for a bad database URL.
    """
    # Imported here: these cost most of a second, and `conveyor --help` needs none of them.
    from store.database import open_store
    from store.secrets import SecretBox
    from sync.grants import StoreGrants
    from sync.runtime import Connectors, Runtime, utc_now

    url = broker_url(settings) if needs_broker else find_broker_url(settings)
    store = open_store(settings.database)
    store.migrate()
    secrets = SecretBox(settings.secret_key, settings.home)
    connectors = Connectors(
        grants=lambda name: StoreGrants(store, secrets, name, now=utc_now),
        budget=_budgets(url),
        environment=environment(),
    )
    return Runtime(store, _wake(url), connectors, config=settings.config)


def broker_url(settings: Settings) -> str:
    """Where the broker is. Raises `NoBroker`, which says how to get one."""
    url = find_broker_url(settings)
    if url is None:
        raise NoBroker(
            f"No broker is known: REDIS_URL is not set, and none runs for {settings.home.resolve()}. Start"
            " `conveyor up` with the same CONVEYOR_HOME first, or set REDIS_URL to a Redis server."
        )
    return url


def find_broker_url(settings: Settings) -> str | None:
    """REDIS_URL, or the broker that `conveyor up` started for this CONVEYOR_HOME, if there is either."""
    if settings.redis_url:
        return settings.redis_url
    from sync.broker_address import running_url

    return running_url(settings.home)


def environment() -> Mapping[str, str]:
    """The variables that the YAML may name: those of `.env`, and over them those of the process."""
    from dotenv import dotenv_values

    kept = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**kept, **os.environ}


class NoWake:
    """Wakes nobody: the sweep finds the work when the house is up."""

    def deals(self, deal_ids: Collection[str]) -> None:
        """Leave these deals to the sweep."""

    def poll(self, connection: str) -> None:
        """Leave this connection to the schedule."""

    def backfill(self, connection: str) -> None:
        """Leave this connection as it is."""


def _wake(url: str | None) -> Wake:
    if url is None:
        return NoWake()
    from sync.broker import make_broker
    from sync.wake import BrokerWake

    return BrokerWake(make_broker(url))


def _budgets(url: str | None) -> Callable[[str, str], Budget]:
    if url is None:
        from connectors.local import NoBudget

        return lambda name, crm: NoBudget()
    from sync.broker import connect
    from sync.budget import RedisBudget

    client = connect(url)
    return lambda name, crm: RedisBudget(client, name)
