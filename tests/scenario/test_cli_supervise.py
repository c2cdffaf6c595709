"""The supervisor with children of a few lines: they come back, they end together, and only one owner has a home."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.listening import listen, port_of
from sync.supervise import AlreadyRunning, Child, RunFile, Supervisor

from .cli_house import eventually, is_alive

SLEEPS = "import time; time.sleep(600)"
ANSWERS_ONE = """
import os, socket
with socket.socket(fileno={descriptor}) as listener:
    caller, _ = listener.accept()
    caller.sendall(str(os.getpid()).encode())
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {tell}; time.sleep(600)"


def python(code: str, name: str = "child") -> Child:
    """A child that runs a few lines."""
    return Child(name, [sys.executable, "-c", code])


@contextmanager
def supervised(*children: Child, stop_within_s: float = 10.0) -> Iterator[list[str]]:
    """A supervisor at work; yields what it says, and checks at the end that no child is left."""
    said: list[str] = []
    supervisor = Supervisor(children, said.append, stop_within_s=stop_within_s)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield said
    finally:
        supervisor.stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert not any(is_alive(child.pid) for child in children if child.pid is not None)


def test_a_child_that_ends_is_started_again_after_a_growing_pause() -> None:
    with supervised(python("raise SystemExit(7)")) as said:
        eventually(lambda: len(said) >= 2, "it has ended twice")
    assert said[:2] == [
        "child ended (status 7); it is started again in 0.5 s.",
        "child ended (status 7); it is started again in 1 s.",
    ]


def test_who_calls_while_a_child_is_started_again_waits_for_an_answer() -> None:
    with listen("127.0.0.1", 0) as listener:
        child = python(ANSWERS_ONE.format(descriptor=listener.fileno()))
        child.listener = listener
        with supervised(child) as said:
            first = _call(port_of(listener))
            eventually(lambda: said, "it has ended")
            assert child.pid is None
            assert _call(port_of(listener)) not in ("", first)


def _call(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        return connection.recv(20).decode()


def test_a_child_that_ends_does_not_trouble_the_others() -> None:
    steady = python(SLEEPS, "steady")
    with supervised(steady, python("raise SystemExit(1)", "short")) as said:
        pid = eventually(lambda: steady.pid, "it runs")
        eventually(lambda: said, "the other one has ended")
        assert steady.pid == pid
    assert all(line.startswith("short ended") for line in said)


def test_a_child_that_does_not_want_to_end_is_ended_by_force(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = python(STUBBORN.format(tell=f"open({str(ready)!r}, 'w').close()"))
    with supervised(child, stop_within_s=0.2) as said:
        eventually(ready.exists, "it refuses to end")
    assert said == [f"Process {child.pid} does not end; it is ended by force."]


def test_a_home_has_one_owner(tmp_path: Path) -> None:
    first = RunFile(tmp_path / "home")
    first.write({"pid": 4711, "url": "http://127.0.0.1:1"})
    with pytest.raises(AlreadyRunning, match=r"\(process 4711\)"):
        RunFile(tmp_path / "home")
    assert json.loads((tmp_path / "home" / "up.json").read_text())["pid"] == 4711
    first.close()
    second = RunFile(tmp_path / "home")
    second.close()


def test_what_a_crash_left_behind_is_in_nobody_s_way(tmp_path: Path) -> None:
    (tmp_path / "up.json").write_text('{"pid": 1')
    owner = RunFile(tmp_path)
    owner.write({"pid": 2})
    owner.close()
