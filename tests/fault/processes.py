"""A whole house of real processes around an emulated CRM, which can be killed one by one."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from mapping.loader import load_files
from sync.embedded_broker import EmbeddedBroker
from sync.house import open_house
from sync.rollout import activate
from sync.runtime import Runtime
from sync.settings import Settings

from ..contract.connectors.sandbox_client import Sandbox, running

START_S = 60.0
LEASE_S = 6.0
"""How long a deal waits for a worker that was killed; a minute in earnest, which no test has."""

HUBSPOT_SECRET = "sandbox-secret"
CONFIG = Path(__file__).parents[2] / "config"
CONNECTIONS = """
connections:
  hubspot:
    crm: hubspot
    auth: {token: "${HUBSPOT_TOKEN}"}
    webhook: {secret: "${HUBSPOT_CLIENT_SECRET}"}
    poll_every: 1h
    calls_per_10s: 1900
    base_url: "${HUBSPOT_BASE_URL}"
"""

RECEIVER = """
import sys
from sync import logs
from sync.house import open_house
from sync.listening import listen
from sync.settings import Settings
from web.server import serve

logs.configure()
serve(open_house(Settings()), listen("127.0.0.1", int(sys.argv[1])), lambda port: print(port, flush=True))
"""

SCHEDULER = """
import signal, threading
from sync import logs, schedule
from sync.house import open_house
from sync.settings import Settings

logs.configure()
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
print("ready", flush=True)
schedule.run(open_house(Settings()), stop)
"""

WORKER = f"""
import sys
from sync.drain import lease
lease.LEASE_S = {LEASE_S}
from sync.work import run
print("ready", flush=True)
sys.exit(run())
"""


@dataclass
class Process:
    """One process of the house with its children, started anew as often as it is killed."""

    name: str
    code: str
    environment: dict[str, str]
    log: Path
    argument: str = "0"
    _running: subprocess.Popen[str] | None = field(default=None, init=False)

    def start(self) -> str:
        """Start it, and return the line with which it says that it is ready."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-c", self.code, self.argument],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._running.stdout is not None
        ready, _, _ = select.select([self._running.stdout], [], [], START_S)
        line = self._running.stdout.readline().strip() if ready else ""
        assert line, f"the {self.name} did not start: {self.log.read_text()[-2000:]}"
        return line

    def kill(self) -> None:
        """Kill it and all its children with -9."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end; kill what is left of it."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            try:
                self._running.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._running is None:
            return
        with suppress(ProcessLookupError):  # all of it has ended
            os.killpg(self._running.pid, number)
        self._running.wait(15)
        assert self._running.stdout is not None
        self._running.stdout.close()


@dataclass
class HouseOfProcesses:
    """Everything that runs, and what may happen to it."""

    home: Path
    sandbox: Sandbox
    runtime: Runtime
    broker: EmbeddedBroker
    receiver: Process
    worker: Process
    scheduler: Process

    def lose_worker(self, down_s: float) -> None:
        """Kill the worker in the middle of whatever it does."""
        self._lose(self.worker, down_s)

    def lose_receiver(self, down_s: float) -> None:
        """Kill the receiver; the CRM tries again later."""
        self._lose(self.receiver, down_s)

    def lose_scheduler(self, down_s: float) -> None:
        """Kill the scheduler; whoever comes next waits for its lock."""
        self._lose(self.scheduler, down_s)

    def lose_broker(self, down_s: float) -> None:
        """Kill the broker and wipe its data; its supervisor starts it again, empty."""
        assert self.broker.pid is not None
        files = self.home / "broker" / "appendonlydir"
        files.rename(files.with_name(f"wiped-{time.monotonic_ns()}"))
        os.kill(self.broker.pid, signal.SIGKILL)

    def _lose(self, process: Process, down_s: float) -> None:
        process.kill()
        time.sleep(down_s)
        process.start()

    def logs(self) -> str:
        """The last lines of every process."""
        processes = (self.receiver, self.worker, self.scheduler)
        return "\n".join(f"--- {each.name}\n{each.log.read_text()[-3000:]}" for each in processes)


def wait_for(condition: Callable[[], bool], within_s: float, what: Callable[[], str]) -> None:
    """Return as soon as it is true; fail the test if it never is."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


@contextmanager
def open_processes(home: Path) -> Iterator[HouseOfProcesses]:
    """Start everything under the example rules; stop everything at the end."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(running("hubspot"))
        sandbox.ask("POST", "/limits", {"enabled": False})
        broker = stack.enter_context(EmbeddedBroker(home))
        broker.supervise()
        environment = {
            **{
                name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")
            },
            "CONVEYOR_HOME": str(home),
            "CONVEYOR_LOG_FORMAT": "json",
            "HUBSPOT_TOKEN": "pat-na1-sandbox",
            "HUBSPOT_CLIENT_SECRET": HUBSPOT_SECRET,
            "HUBSPOT_BASE_URL": sandbox.url,
        }
        runtime = open_house(Settings(home=home, redis_url=broker.url, database_url=None))
        stack.callback(runtime.store.close)
        activate(runtime, load_files(_rules()), by="admin", message=None)
        house = HouseOfProcesses(
            home,
            sandbox,
            runtime,
            broker,
            *(
                Process(name, code, environment, home / f"{name}.log")
                for name, code in (("receiver", RECEIVER), ("worker", WORKER), ("scheduler", SCHEDULER))
            ),
        )
        for process in (house.receiver, house.worker, house.scheduler):
            stack.callback(process.stop)
        port = house.receiver.start()
        house.receiver.argument = port
        url = f"http://127.0.0.1:{port}/webhooks/hubspot"
        sandbox.ask("PUT", "/webhooks", {"url": url, "secret": HUBSPOT_SECRET})
        house.worker.start()
        house.scheduler.start()
        yield house


def _rules() -> dict[str, str]:
    files = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    ours = {n: text for n, text in files.items() if not n.startswith("mappings/") or "hubspot" in n}
    return {**ours, "connections.yaml": CONNECTIONS}
