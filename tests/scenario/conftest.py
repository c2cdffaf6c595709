"""The houses that stories are told in: one for each CRM, with the emulated CRMs shared by a test session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from store.database import open_store

from ..contract.connectors.sandbox_client import Sandbox, running
from .house import House, open_house

CRMS = ("hubspot", "bitrix24")


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[dict[str, Sandbox]]:
    """All emulated CRMs."""
    with ExitStack() as stack:
        yield {crm: stack.enter_context(running(crm)) for crm in CRMS}


@pytest.fixture(params=CRMS)
def crm(request: pytest.FixtureRequest) -> str:
    """The CRM that a story happens in; every story is told in each, unless its test names one."""
    return str(request.param)


@pytest.fixture
def house(crm: str, sandboxes: dict[str, Sandbox], migrated_sqlite: Path, tmp_path: Path) -> Iterator[House]:
    """A house under the example rules, and a look at the end whether it is in order."""
    path = shutil.copy(migrated_sqlite, tmp_path / "conveyor.db")
    store = open_store(f"sqlite:///{path}")
    sandboxes[crm].reset()
    try:
        with open_house(crm, sandboxes, store) as opened:
            yield opened
            opened.check_order()
    finally:
        store.close()
