"""The houses that stories are told in: one for each CRM, with the emulated CRMs shared by a test session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from zlib import crc32

import pytest

from store.database import open_store

from ..contract.connectors.sandbox_client import Sandbox, running
from .house import House, open_house

FIRST = ("hubspot", "bitrix24")
IN_TURN = ("zoho", "copper", "close")
CRMS = (*FIRST, *IN_TURN)
"""A story marked `every_crm` is told in each of them; the others in one of the first and in one of the rest."""


def pytest_configure(config: pytest.Config) -> None:
    """Make our marker known."""
    config.addinivalue_line("markers", "every_crm: the story is told in every CRM")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tell each story in its CRMs, unless its test names one."""
    named = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "crm" in metafunc.fixturenames and "crm" not in named:
        metafunc.parametrize("crm", _crms_of(metafunc.definition))


def _crms_of(story: pytest.Item) -> tuple[str, ...]:
    if story.get_closest_marker("every_crm"):
        return CRMS
    turn = crc32(story.name.encode())
    return (FIRST[turn % len(FIRST)], IN_TURN[turn % len(IN_TURN)])


class Sandboxes(Mapping[str, Sandbox]):
    """All emulated CRMs; each is started when it is asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, Sandbox] = {}

    def __getitem__(self, crm: str) -> Sandbox:
        if crm not in CRMS:
            raise KeyError(crm)
        if crm not in self._running:
            self._running[crm] = self._stack.enter_context(running(crm))
        return self._running[crm]

    def __iter__(self) -> Iterator[str]:
        return iter(CRMS)

    def __len__(self) -> int:
        return len(CRMS)


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Mapping[str, Sandbox]]:
    """All emulated CRMs."""
    with ExitStack() as stack:
        yield Sandboxes(stack)


@pytest.fixture
def house(
    crm: str, sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path
) -> Iterator[House]:
    """A house under the example rules, and a look at the end whether it is in order."""
    path = shutil.copy(migrated_sqlite, tmp_path / "conveyor.db")
    store = open_store(f"sqlite:///{path}")
    sandbox = sandboxes[crm]
    sandbox.reset()
    try:
        with open_house(crm, sandbox, store) as opened:
            yield opened
            opened.check_order()
    finally:
        store.close()
