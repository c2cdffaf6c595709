"""Opening the house: where the broker is found, what is said when there is none, and what stays unimported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connectors.local import NoBudget
from mapping.loader import load_files
from sync import broker_address
from sync.broker_address import Address
from sync.budget import RedisBudget
from sync.house import NoBroker, broker_url, environment, find_broker_url, open_house
from sync.rollout import activate
from sync.settings import Settings
from sync.wake import BrokerWake

CONFIG = Path(__file__).parents[3] / "config"


def settings(home: Path, redis_url: str | None = None) -> Settings:
    return Settings(home=home, redis_url=redis_url, database_url=None, secret_key=None)


def remember_broker(home: Path, pid: int | None) -> str:
    (home / "broker").mkdir()
    state = Address(port=6399, password="secret", pid=pid)
    broker_address.write(home / "broker", state)
    return state.url


def test_redis_url_comes_first(tmp_path: Path) -> None:
    remember_broker(tmp_path, pid=1)
    assert broker_url(settings(tmp_path, "redis://elsewhere:6379/0")) == "redis://elsewhere:6379/0"


def test_otherwise_it_is_the_broker_of_this_home(tmp_path: Path) -> None:
    url = remember_broker(tmp_path, pid=1)
    assert broker_url(settings(tmp_path)) == url


def test_a_broker_that_was_stopped_is_none(tmp_path: Path) -> None:
    remember_broker(tmp_path, pid=None)
    assert find_broker_url(settings(tmp_path)) is None


def test_without_any_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NoBroker, match=r"REDIS_URL is not set, and none runs for .*conveyor up"):
        open_house(settings(tmp_path))
    assert not (tmp_path / "conveyor.db").exists()


def test_commands_that_need_none_do_without(tmp_path: Path) -> None:
    runtime = open_house(settings(tmp_path), needs_broker=False)
    with capture_logs() as lines:
        runtime.wake.deals(["d1"])
        runtime.wake.poll("hubspot")
        runtime.wake.backfill("hubspot")
    assert lines == []
    assert (tmp_path / "conveyor.db").exists()
    assert (tmp_path / "secret.key").exists()
    runtime.store.close()


@pytest.mark.parametrize(("redis_url", "budget"), [("redis://127.0.0.1:1/0", RedisBudget), (None, NoBudget)])
def test_connectors_get_their_budget_and_their_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str | None, budget: type
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUBSPOT_TOKEN", "from the process")
    (tmp_path / ".env").write_text("HUBSPOT_TOKEN=from the file\nHUBSPOT_CLIENT_SECRET=from the file\n")
    runtime = open_house(settings(tmp_path, redis_url), needs_broker=False)
    files = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    rules = load_files(files)
    activate(runtime, rules, by="admin", message=None)

    assert runtime.connector("hubspot", rules).capabilities.signs_webhooks
    assert isinstance(runtime.connectors._budget("hubspot", "hubspot"), budget)
    assert isinstance(runtime.wake, BrokerWake) is (redis_url is not None)
    found = environment()
    assert (found["HUBSPOT_TOKEN"], found["HUBSPOT_CLIENT_SECRET"]) == ("from the process", "from the file")
    runtime.store.close()


def test_importing_the_house_is_cheap() -> None:
    code = "import sys, sync.house; print({'sqlalchemy', 'dramatiq', 'redis', 'requests'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
