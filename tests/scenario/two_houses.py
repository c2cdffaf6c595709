"""One line over two CRMs, for stories that happen in both; each is used like the house of one CRM."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mapping.loader import load_files
from store.database import open_store
from sync.drain.observe import refresh_people
from sync.rollout import activate

from ..contract.connectors.sandbox_client import Sandbox
from .house import House, open_house

FIRST, SECOND = "hubspot", "bitrix24"

Two = tuple[House, House]


@contextmanager
def open_two(
    sandboxes: Mapping[str, Sandbox], database: Path, folder: Path, crms: tuple[str, str] = (FIRST, SECOND)
) -> Iterator[Two]:
    """Both houses over one database, and a look at the end whether they are in order."""
    store = open_store(f"sqlite:///{shutil.copy(database, folder / 'conveyor.db')}")
    one, other = crms
    for crm in crms:
        sandboxes[crm].reset()
    try:
        with (
            open_house(one, sandboxes[one], store) as first,
            open_house(other, sandboxes[other], store) as second,
        ):
            _join(first, second)
            yield first, second
            for house in (first, second):
                house.check_order()
    finally:
        store.close()


def share_line(two: Two) -> None:
    """Scouts work in the first CRM from now on, hunters in the second."""
    for title, house in zip(("Lead generation", "Conversion"), two, strict=True):
        section = f"    title: {title}\n"
        two[0].rewrite("conveyor.yaml", section, f"{section}    crm: {house.name}\n")


def settle(two: Two) -> None:
    """Come to rest over both CRMs: what is written in one is told to the other."""
    for house in (*two, *two):
        house.settle()


def _join(first: House, second: House) -> None:
    """Put both under the rules of one line, worked off by one engine."""
    environments = [house.runtime.connectors.environment for house in (first, second)]
    for house in (first, second):
        house.runtime.connectors.environment = {**environments[0], **environments[1]}
    block = second.files["connections.yaml"].split("\nconnections:\n", 1)[1]
    connections = first.files["connections.yaml"].rstrip() + "\n\n" + block
    files = {**second.files, **first.files, "connections.yaml": connections}
    for house in (first, second):
        house.runtime, house.files, house.clock = first.runtime, files, first.clock
    activate(first.runtime, load_files(files), by="admin", message=None)
    for house in (first, second):
        refresh_people(first.runtime, first.runtime.rules.get(), house.name)
