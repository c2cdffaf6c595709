"""The processes of `conveyor demo`: started, watched, waited for, and ended with it. Knows not what they do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cli.trouble import UNREACHABLE, Failed
from sync.processes import dying_with_parent

START_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
LOOK_EVERY_S = 0.04
LINES_OF_LOG = 15


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@dataclass
class Parts:
    """The processes of the demo, and how to wait for what they do."""

    home: Path
    stop: threading.Event
    stack: ExitStack
    environment: Mapping[str, str] = field(default_factory=dict)  # over that of this process

    def __post_init__(self) -> None:
        self.log_path = self.home / "demo.log"
        self._log: IO[bytes] = self.stack.enter_context(self.log_path.open("wb"))
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, listener: socket.socket) -> None:
        """Start a module as a process of its own, which listens on this socket and ends with the demo."""
        process = subprocess.Popen(
            # -P: the folder one happens to be in may hold modules of the same names.
            dying_with_parent([sys.executable, "-P", "-m", *arguments, "--listener", str(listener.fileno())]),
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            process_group=0,  # a Ctrl-C is for us: we end the others in good order
            pass_fds=(listener.fileno(),),
        )
        self._running.append(process)
        self.stack.callback(_end, process)

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for a condition; False if it does not come true in time. Raises `Stopped`, and `Failed`."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.look_after()
            if self.stop.wait(LOOK_EVERY_S):
                raise Stopped
            if time.monotonic() > deadline:
                return False
        return True

    def must(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that has to happen."""
        if not self.wait(condition, START_WITHIN_S):
            raise Failed(f"The demo waited in vain until {what}. Its log: {self.log_path}", UNREACHABLE)

    def look_after(self) -> None:
        """Raise `Failed` if a process has ended by itself."""
        if any(process.poll() is not None for process in self._running):
            lines = self.log_path.read_text(errors="replace").splitlines()[-LINES_OF_LOG:]
            raise Failed("\n".join([f"A part of the demo ended; the end of {self.log_path}:", *lines]))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
