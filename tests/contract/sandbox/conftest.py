"""One emulated HubSpot account a test session, put back to its start before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running import Inbox, Running, listening, running


@pytest.fixture(scope="session")
def hubspot_process() -> Iterator[Running]:
    with running("hubspot") as sandbox:
        yield sandbox


@pytest.fixture
def hubspot(hubspot_process: Running) -> Running:
    hubspot_process.ask("POST", "/reset")
    hubspot_process.ask("POST", "/limits", {"enabled": False})
    return hubspot_process


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with listening() as inbox:
        yield inbox
