"""The doors in force: looked up at most once a second, whatever the traffic, and soon after a change."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from store.database import Store
from sync import intake
from sync.intake import Doors
from sync.runtime import NotConfigured
from web.doors import FRESH_S, CurrentDoors

from .serving import CONFIG, ENVIRONMENT, apply_example, make_runtime


class Watch:
    """A clock that a test sets."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def changed_config(folder: Path) -> Path:
    """The example rules under another name."""
    shutil.copytree(CONFIG, folder)
    file = folder / "conveyor.yaml"
    file.write_text(file.read_text().replace("name: Acme", "name: Other"))
    return folder


def test_a_change_of_the_rules_is_seen_after_a_second_and_not_before(store: Store, tmp_path: Path) -> None:
    runtime, watch = make_runtime(store), Watch()
    apply_example(runtime)
    doors = CurrentDoors(runtime, watch)

    async def look() -> Doors:
        return await doors.get()

    async def scenario() -> None:
        first = await look()
        apply_example(runtime, changed_config(tmp_path / "changed"))
        watch.at = FRESH_S * 0.99
        assert await look() is first
        watch.at = FRESH_S
        assert (await look()).rules.conveyor.name.startswith("Other")

    asyncio.run(scenario())


def test_the_same_rules_keep_their_doors(store: Store) -> None:
    runtime, watch = make_runtime(store), Watch()
    apply_example(runtime)
    doors = CurrentDoors(runtime, watch)

    async def scenario() -> None:
        first = await doors.get()
        watch.at = 10.0
        assert await doors.get() is first

    asyncio.run(scenario())


def test_many_who_wait_make_one_look(store: Store) -> None:
    runtime = make_runtime(store)
    apply_example(runtime)
    doors = CurrentDoors(runtime)

    async def scenario() -> None:
        found = await asyncio.gather(*(doors.get() for _ in range(50)))
        assert len({id(each) for each in found}) == 1

    asyncio.run(scenario())


def test_without_rules_there_are_no_doors_until_there_are(store: Store) -> None:
    runtime = make_runtime(store)
    doors = CurrentDoors(runtime)

    async def scenario() -> None:
        with pytest.raises(NotConfigured):
            await doors.get()
        apply_example(runtime)
        assert set((await doors.get()).connectors) == {"hubspot", "bitrix24"}

    asyncio.run(scenario())


def test_a_connection_without_its_secrets_has_no_door(store: Store) -> None:
    incomplete = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("BITRIX24")}
    runtime = make_runtime(store, environment=incomplete)
    apply_example(runtime)

    assert set(intake.open_doors(runtime).connectors) == {"hubspot"}


def test_settings_that_do_not_fit_their_crm_close_one_door(store: Store) -> None:
    runtime = make_runtime(store, environment=ENVIRONMENT | {"BITRIX24_WEBHOOK_URL": "not an address"})
    apply_example(runtime)

    assert set(intake.open_doors(runtime).connectors) == {"hubspot"}
