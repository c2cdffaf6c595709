"""Worker processes with actors that only take notes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sync.processes import FINISH_WITHIN_S

from .waiting import wait_for

ACTORS = """
import os, pathlib, time
import dramatiq
from sync.broker import make_broker

broker = make_broker(os.environ["URL"])
dramatiq.set_broker(broker)
notes = pathlib.Path(os.environ["NOTES"])

def note(line):
    with notes.open("a") as file:
        file.write(line + "\\n")

@dramatiq.actor(queue_name="drain")
def drain_deal(deal_id):
    note(f"begin {deal_id}")
    time.sleep(float(os.environ.get("TAKES_S", "0")))
    note(f"end {deal_id}")

@dramatiq.actor(queue_name="bulk")
def poll_connection(name):
    note(f"begin {name}")
    time.sleep(float(os.environ.get("TAKES_S", "0")))
    note(f"end {name}")

note("ready")
"""


class Worker:
    """A worker process with actors that only take notes."""

    def __init__(
        self, folder: Path, url: str, name: str = "worker", boot: bool = True, **environment: str
    ) -> None:
        (folder / "noting.py").write_text(ACTORS)
        self._notes = folder / f"{name}.notes"
        self._notes.touch()
        with (folder / f"{name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dramatiq", "noting", "-p", "1", "-t", "4", "--path", str(folder)],
                env={**os.environ, "URL": url, "NOTES": str(self._notes), **environment},
                start_new_session=True,
                stderr=log,
            )
        if boot:
            wait_for(lambda: "ready" in self.notes, "the worker is ready")

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().splitlines()

    @property
    def children(self) -> list[int]:
        """The processes that work."""
        pid = self._process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def halt_parent(self) -> None:
        """Halt the process that started those that work."""
        self._process.send_signal(signal.SIGSTOP)

    def kill_parent(self) -> None:
        """Kill the process that started those that work, and no other."""
        self._process.kill()
        self._process.wait(10)

    def kill(self) -> None:
        """Kill all its processes, also those that outlived their parent."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> None:
        """Ask it to end; `subprocess.TimeoutExpired` if it has to be made to."""
        try:
            if self._process.poll() is None:
                self._process.terminate()
                self._process.wait(FINISH_WITHIN_S)
        finally:
            self.kill()


@contextmanager
def working(
    folder: Path, url: str, name: str = "worker", boot: bool = True, **environment: str
) -> Iterator[Worker]:
    worker = Worker(folder, url, name, boot, **environment)
    try:
        yield worker
    finally:
        worker.stop()
