"""Meeting connections that are new to the house, where they cannot be met."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mapping.loader import load_ruleset
from sync.first_look import FirstLook
from sync.house import open_house
from sync.rollout import activate
from sync.runtime import Runtime
from sync.settings import Settings

CONNECTIONS = """\
connections:
  hubspot: {crm: hubspot, auth: {token: "${THE_TOKEN}"}, base_url: "http://127.0.0.1:1"}
  bitrix24: {crm: bitrix24, auth: {webhook_url: "${THE_WEBHOOK}"}}
"""


@pytest.fixture
def runtime(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A house whose HubSpot does not answer, and whose Bitrix24 has no secrets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THE_TOKEN", "pat-na1-something")
    (config / "connections.yaml").write_text(CONNECTIONS)
    for other in (config / "mappings").glob("*.yaml"):
        if other.stem not in ("hubspot", "bitrix24"):
            other.unlink()
    settings = Settings(home=tmp_path / "home", redis_url=None, database_url=None, secret_key=None)
    opened = open_house(settings, needs_broker=False)
    yield opened
    opened.store.close()


def test_before_the_first_apply_there_is_nobody_to_meet(runtime: Runtime) -> None:
    said: list[str] = []
    FirstLook(runtime, said.append).look()
    assert said == []


def test_what_is_in_the_way_is_said_once(runtime: Runtime, config: Path) -> None:
    activate(runtime, load_ruleset(config), by="admin", message=None)
    said: list[str] = []
    first_look = FirstLook(runtime, said.append)
    first_look.look()
    first_look.look()
    assert [line.partition(":")[0] for line in said] == ["hubspot", "bitrix24"]
    assert said[0].endswith("It is tried again.")
    assert "THE_WEBHOOK" in said[1]
    assert said[1].endswith("Put that right, then start again.")
    assert "pat-na1-something" not in "".join(said)
