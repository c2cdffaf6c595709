"""What workers do with a wake-up: one at a time where it matters, and calm when a CRM is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from dramatiq.middleware import Shutdown
from structlog.testing import capture_logs

from connectors.base import Connector, Setup
from connectors.errors import AuthFailed
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_files
from store import connections
from store.database import open_store
from sync import work
from sync.exclusive import exclusively
from sync.house import NoBroker
from sync.rollout import activate
from sync.runtime import Connectors, Runtime

CONFIG = Path(__file__).parents[3] / "config"


class Wakes:
    """Remembers who was woken."""

    def __init__(self) -> None:
        self.backfills: list[str] = []

    def deals(self, deal_ids: object) -> None:
        """Not looked at."""

    def poll(self, connection: str) -> None:
        """Not looked at."""

    def backfill(self, connection: str) -> None:
        self.backfills.append(connection)


class Failing:
    """A CRM whose every call ends alike."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        if name == "capabilities":
            return type("Capabilities", (), {"rates": (), "batch_read": 100})()

        def call(*_: object, **__: object) -> Any:
            self.calls += 1
            raise self.error

        return call


@pytest.fixture
def crm() -> Failing:
    return Failing(AuthFailed("The token was refused."))


@pytest.fixture
def runtime(sqlite_url: str, crm: Failing) -> Iterator[Runtime]:
    def build(name: str, setup: Setup) -> Connector:
        return crm

    store = open_store(sqlite_url)
    store.migrate()
    connectors = Connectors(
        grants=lambda name: MemoryGrants(),
        budget=lambda name, crm: NoBudget(),
        environment={"HUBSPOT_TOKEN": "t", "HUBSPOT_CLIENT_SECRET": "s"},
        build=build,
    )
    yield Runtime(store, Wakes(), connectors)
    store.close()


@pytest.fixture
def active(runtime: Runtime) -> Runtime:
    """The house under the example rules."""
    files = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    activate(runtime, load_files(files), by="admin", message=None)
    return runtime


def put_off(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines that say so; none of them may bring a traceback."""
    assert not any("exc_info" in line for line in lines)
    return [line for line in lines if line["event"] == "put_off"]


@pytest.mark.parametrize("job", ["poll", "backfill"])
def test_what_is_under_way_is_not_begun_again(active: Runtime, crm: Failing, job: str) -> None:
    begin = work.poll_connection if job == "poll" else work.backfill_connection
    with capture_logs() as lines, exclusively(active.store, f"{job}:hubspot", now=active.now):
        begin(active, "hubspot")
    assert crm.calls == 0
    assert [(line["event"], line["log_level"]) for line in lines] == [("already_under_way", "info")]


def test_a_poll_and_a_backfill_may_run_side_by_side(active: Runtime, crm: Failing) -> None:
    with exclusively(active.store, "backfill:hubspot", now=active.now):
        work.poll_connection(active, "hubspot")
    assert crm.calls == 1


def test_an_error_of_the_crm_is_one_line_and_noted(active: Runtime) -> None:
    with capture_logs() as lines:
        work.poll_connection(active, "hubspot")
    [line] = put_off(lines)
    assert (line["connection"], line["error"], line["why"]) == (
        "hubspot",
        "AuthFailed",
        "The token was refused.",
    )
    with active.store.read() as tx:
        assert connections.load(tx, "hubspot").error == "The token was refused."


def test_missing_secrets_are_one_line(active: Runtime) -> None:
    with capture_logs() as lines:
        work.poll_connection(active, "bitrix24")
    [line] = put_off(lines)
    assert line["error"] == "NotUsable"
    assert "BITRIX24_WEBHOOK_URL" in line["why"]


def test_before_the_first_apply_there_is_nothing_to_do(runtime: Runtime) -> None:
    with capture_logs() as lines:
        work.poll_connection(runtime, "hubspot")
    assert [line["error"] for line in put_off(lines)] == ["NotConfigured"]


def test_a_mistake_of_ours_is_not_hidden(active: Runtime, crm: Failing) -> None:
    crm.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        work.poll_connection(active, "hubspot")


def test_a_backfill_interrupted_by_the_end_of_a_worker_goes_on_elsewhere(
    active: Runtime, crm: Failing
) -> None:
    crm.error = Shutdown()
    work.backfill_connection(active, "hubspot")
    assert isinstance(active.wake, Wakes)
    assert active.wake.backfills == ["hubspot"]
    with exclusively(active.store, "backfill:hubspot", now=active.now):
        pass


def test_a_worker_without_a_broker_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("CONVEYOR_HOME", str(tmp_path))
    with pytest.raises(NoBroker):
        work.run()
