"""Processes that a benchmark needs beside itself, emulated CRMs above all; and their memory. Knows no house."""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

CONFIG = Path(__file__).resolve().parents[1] / "config"
ROOT = CONFIG.parent
START_S = 60.0
STOP_S = 20.0
WATCH_EVERY_S = 0.05

SECRETS = {
    "HUBSPOT_TOKEN": "pat-na1-sandbox",
    "HUBSPOT_CLIENT_SECRET": "sandbox-secret",
    "BITRIX24_WEBHOOK_URL": "http://127.0.0.1:9/rest/99/sandboxcode/",
    "BITRIX24_APP_TOKEN": "sandbox-app-token",
}


class Sandbox:
    """An emulated CRM, seen by its people."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self.pid = url, pid
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Make one call of the control API and return its JSON."""
        answer = self._session.request(method, f"{self.url}/sandbox{path}", json=body, timeout=120)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def counts(self) -> Mapping[str, int]:
        """The CRM's calls since the last time, by name of the call."""
        found: Mapping[str, int] = self.ask("GET", "/counts")["by_call"]
        self.ask("POST", "/counts/reset")
        return found


@dataclass
class Child:
    """A running process."""

    process: subprocess.Popen[str]

    def line(self) -> str:
        """The next line that it prints. Raises `RuntimeError` if none comes in time."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            raise RuntimeError(f"{self.process.args!r} printed nothing within {START_S:.0f} s")
        return line


@contextmanager
def child(
    command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> Iterator[Child]:
    """Run a command of this Python until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**_outside(), **SECRETS, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    running = Child(process)
    try:
        yield running
    finally:
        _end(process)


def _outside() -> dict[str, str]:
    """The environment without what would lead a house to somebody's real database or broker."""
    return {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def sandbox(crm: str = "hubspot") -> Iterator[Sandbox]:
    """An emulated CRM on a free port, without rate limits."""
    with child(["-m", "sandbox", crm, "--port", "0"]) as running:
        opened = Sandbox(json.loads(running.line())["url"], running.process.pid)
        opened.ask("POST", "/limits", {"enabled": False})
        yield opened


def run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a module of ours to its end in a process of its own; returns what it printed, as JSON."""
    with child(["-m", module, *arguments], environment) as running:
        found, _ = running.process.communicate()
    if running.process.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with status {running.process.returncode}")
    result: dict[str, Any] = json.loads(found)
    return result


# --- memory ---


class Watch:
    """Looks again and again at the memory of a process and all its children, until the end of the block."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.samples_mb: list[float] = []

    @property
    def peak_mb(self) -> float:
        """The most that they kept at once."""
        return max(self.samples_mb, default=0.0)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(WATCH_EVERY_S):
            self.samples_mb.append(sum(memory_mb(pid) for pid in [self._pid, *_descendants(self._pid)]))


def _descendants(pid: int) -> list[int]:
    """The processes that a process started, and theirs; none where the system does not tell."""
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/children"))
        children = [int(found) for file in files for found in file.read_text().split()]
    except OSError:
        return []
    return [*children, *(found for each in children for found in _descendants(each))]


def memory_mb(pid: int | None = None) -> float:
    """What a process keeps in memory now, in megabytes; 0.0 where the system does not tell."""
    return _status(pid, "VmRSS")


def peak_mb() -> float:
    """The most that this process ever kept in memory, in megabytes."""
    # Not getrusage on Linux: there a process inherits the peak of whoever started it.
    return _status(None, "VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


def _status(pid: int | None, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(found[0]) / 1024 if found else 0.0


def wait_until(met: Callable[[], bool], what: str, *, within_s: float, every_s: float = 0.02) -> None:
    """Wait until something holds. Raises `TimeoutError`."""
    ends_at = time.monotonic() + within_s
    while not met():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"not within {within_s:.0f} s: {what}")
        time.sleep(every_s)
