"""`conveyor up` as an admin runs it: a process of its own beside an emulated HubSpot; and words for waiting."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
import structlog
from typer.testing import CliRunner, Result

from cli.application import application

from ..contract.connectors.sandbox_client import Sandbox

CONFIG = Path(__file__).parents[2] / "config"
CONVEYOR = (sys.executable, "-P", "-m", "cli")
PATIENCE_S = 40.0
ONLY_HUBSPOT = """\
connections:
  hubspot:
    crm: hubspot
    auth: {token: "${HUBSPOT_TOKEN}"}
    webhook: {secret: "${HUBSPOT_CLIENT_SECRET}"}
    base_url: "${HUBSPOT_BASE_URL}"
"""

T = TypeVar("T")


def eventually(ask: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """The first answer that is true, asked for again and again until then."""
    deadline = time.monotonic() + patience_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what}: not within {patience_s:.0f} s"
        time.sleep(0.05)
    return answer


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass(frozen=True)
class Folder:
    """Where an admin works: `.env`, `config/` and the home."""

    path: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        log = (self.path / "output.log").open("a")
        with log:
            return subprocess.Popen(
                [*CONVEYOR, *arguments],
                cwd=self.path,
                env=self.environment,
                stdout=log,
                stderr=log,
                text=True,
            )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*CONVEYOR, *arguments],
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )

    def ask(self, *arguments: str) -> Result:
        """Run a reading command in this process, which is quicker."""
        places = {"CONVEYOR_CONFIG": str(self.path / "config"), **self.environment}
        with _own_logs():
            return CliRunner().invoke(application(), [*arguments, "--json"], env=places)

    def read(self, *arguments: str) -> Any:
        """The JSON of a reading command that goes well."""
        ran = self.ask(*arguments)
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    @property
    def output(self) -> str:
        """What the started commands printed."""
        return (self.path / "output.log").read_text()

    @property
    def running(self) -> dict[str, Any]:
        """The run file: pid, url and children; empty while nothing runs."""
        file = self.path / "var" / "up.json"
        text = file.read_text() if file.exists() else ""
        try:
            return dict(json.loads(text or "{}"))
        except ValueError:  # being written
            return {}

    @property
    def pids(self) -> Sequence[int]:
        """The processes that `up` keeps running."""
        return [pid for pid in self.running.get("children", {}).values() if pid]


@contextmanager
def _own_logs() -> Iterator[None]:
    """Commands send the log to the standard error that they are given; put back where it went before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)


def make_folder(path: Path, crm_url: str) -> Folder:
    """A folder with the example's rules for HubSpot alone; settings come from `.env`, as with a real account."""
    shutil.copytree(CONFIG, path / "config")
    (path / "config" / "connections.yaml").write_text(ONLY_HUBSPOT)
    for other in (path / "config" / "mappings").glob("*.yaml"):
        if other.stem != "hubspot":
            other.unlink()
    settings = {
        "HUBSPOT_TOKEN": "pat-na1-sandbox",
        "HUBSPOT_CLIENT_SECRET": "sandbox-secret",
        "HUBSPOT_BASE_URL": crm_url,
    }
    (path / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Folder(path, {**kept, "CONVEYOR_HOME": str(path / "var")})


@contextmanager
def running_house(folder: Folder, sandbox: Sandbox) -> Iterator[str]:
    """`conveyor up` on a free port, taking the sandbox's webhooks; yields its address and stops it at the end."""
    process = folder.start("up", "--port", "0", "--threads", "4")
    try:
        url = eventually(lambda: folder.running.get("url"), "the run file is written")
        eventually(lambda: process.poll() is not None or _is_ready(str(url)), "the house is ready")
        assert process.poll() is None, folder.output
        sandbox.ask("PUT", "/webhooks", {"url": f"{url}/webhooks/hubspot", "secret": "sandbox-secret"})
        yield str(url)
    finally:
        children = folder.pids
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, folder.output
        assert [pid for pid in children if is_alive(pid)] == []


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=2).ok
    except requests.RequestException:
        return False
