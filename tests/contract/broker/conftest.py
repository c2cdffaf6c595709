"""A broker of our own for each test, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.broker import make_broker
from sync.embedded_broker import BrokerFailed, EmbeddedBroker, find_server
from sync.wake import BrokerWake


@pytest.fixture(scope="session", autouse=True)
def server_program() -> Path:
    """The server program; without one these tests are skipped."""
    try:
        return find_server()
    except BrokerFailed as error:
        pytest.skip(str(error))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A running broker."""
    with EmbeddedBroker(tmp_path) as running:
        yield running


@pytest.fixture
def wake(broker: EmbeddedBroker) -> BrokerWake:
    """Wakes the workers of that broker."""
    return BrokerWake(make_broker(broker.url))
