"""Keeps child processes running: starts what dies again, and ends all of them together. Knows not what they do."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sync.processes import FINISH_WITHIN_S, dying_with_parent

LOOK_EVERY_S = 0.1
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A child that lived for so long has started well: its next death is a first one again."""
RUN_FILE = "up.json"

Say = Callable[[str], None]


class AlreadyRunning(Exception):
    """Another conveyor runs in this home."""


@dataclass
class Child:
    """One process to keep running; `command` is started as it is."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False  # its standard output is thrown away
    listener: socket.socket | None = None  # it takes this over each time it is started
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self.process.pid if self.process is not None else None


@dataclass
class Supervisor:
    """Runs children until it is told to stop, all from one thread: a child ends with the thread that started it."""

    children: Sequence[Child]
    say: Say
    stop: threading.Event = field(default_factory=threading.Event)
    changed: Callable[[], None] = lambda: None
    """Called whenever a process was started."""
    stop_within_s: float = FINISH_WITHIN_S

    def run(self) -> None:
        """Keep all children running until `stop` is set, then end them. Raises `OSError` if one cannot start."""
        try:
            while not self.stop.is_set():
                self._look()
                self.stop.wait(LOOK_EVERY_S)
        finally:
            self._end()

    def _look(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_at:
                    self._start(child, now)
            elif (status := child.process.poll()) is not None:
                self._died(child, status, now)

    def _start(self, child: Child, now: float) -> None:
        child.process = subprocess.Popen(
            dying_with_parent(child.command),
            env={**os.environ, **child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if child.silent else None,
            process_group=0,  # a Ctrl-C is for us: we end the children in good order
            pass_fds=() if child.listener is None else (child.listener.fileno(),),
        )
        child.started_at = now
        self.changed()

    def _died(self, child: Child, status: int, now: float) -> None:
        child.process = None
        child.deaths = 1 if now - child.started_at >= STEADY_S else child.deaths + 1
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(child.deaths - 1, 10))
        child.start_at = now + pause
        self.say(f"{child.name} ended ({_words(status)}); it is started again in {pause:g} s.")

    def _end(self) -> None:
        """Ask all to end, wait for them together, and end by force what does not."""
        alive = [child.process for child in self.children if child.process is not None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + self.stop_within_s
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"Process {process.pid} does not end; it is ended by force.")
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _words(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on SIGTERM and SIGINT, instead of ending at once; only in the main thread."""

    def tell(_signal: int, _frame: object) -> None:
        stop.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class RunFile:
    """`up.json` in the home: refuses a second owner, and tells what runs. After a crash it is in nobody's way."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._path = home / RUN_FILE
        self._file = self._path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            owner = _owner(self._file.read())
            self._file.close()
            raise AlreadyRunning(
                f"A conveyor already runs in {home}{owner}. Stop it first, or give this one another CONVEYOR_HOME."
            ) from error

    def write(self, content: Mapping[str, object]) -> None:
        """Tell what runs now."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(dict(content), self._file)
        self._file.flush()

    def close(self) -> None:
        """Nobody runs any more."""
        self._file.truncate(0)
        self._file.close()


def _owner(content: str) -> str:
    with suppress(ValueError, KeyError, TypeError):
        return f" (process {json.loads(content)['pid']})"
    return ""
