"""How many webhooks a second the receiver takes, and what storing them costs. Run: `python -m benchmarks.intake`.

Three servers in processes of their own are measured in alternating rounds by one client process: the receiver
without its store (verified and read only), on SQLite with full durability, and on PostgreSQL where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

SECRET = "benchmark-secret"
ENVIRONMENT = {
    "HUBSPOT_TOKEN": "benchmark",
    "HUBSPOT_CLIENT_SECRET": SECRET,
    "BITRIX24_WEBHOOK_URL": "https://portal.example.com/rest/1/benchmark/",
    "BITRIX24_APP_TOKEN": "benchmark",
}
ROOT = Path(__file__).resolve().parents[1]

CONNECTIONS = 32
CHANGES = (("dealstage", "qualifiedtobuy"), ("hubspot_owner_id", "41629779"), ("amount", "15000"))
EVENTS = len(CHANGES)  # in a delivery
ROUND_WITHIN_S = 120
NO_STORE, SQLITE, POSTGRESQL = "verify and read only", "SQLite, synchronous=FULL", "PostgreSQL"


@dataclass
class Measured:
    """What one kind of server did, over all rounds."""

    rates: list[float] = field(default_factory=list)  # requests a second
    latencies_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0  # of the server's process, where the system tells
    failed: int = 0

    def row(self) -> dict[str, float]:
        """The numbers that are reported; latencies in milliseconds."""
        cuts = statistics.quantiles(self.latencies_s, n=1000)
        return {
            "requests_per_s": round(statistics.median(self.rates)),
            "p50_ms": round(cuts[499] * 1000, 2),
            "p99_ms": round(cuts[989] * 1000, 2),
            "max_ms": round(max(self.latencies_s) * 1000, 1),
            "cpu_us": round(self.cpu_s / len(self.latencies_s) * 1e6),
            "failed": self.failed,
        }


def run(rounds: int = 3, requests: int = 12_000) -> dict[str, dict[str, float]]:
    """Measure all kinds of servers that run here; returns kind -> numbers, and each one's share of the first."""
    measured: dict[str, Measured] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conveyor-intake-")))
        servers = {kind: stack.enter_context(_server(kind, url)) for kind, url in _databases(stack, folder)}
        for number in range(rounds):
            for place, (kind, server) in enumerate(servers.items()):
                first_id = 1 + requests * EVENTS * (number * len(servers) + place)
                _round(measured.setdefault(kind, Measured()), server, requests, first_id)
    rows = {kind: found.row() for kind, found in measured.items()}
    for row in rows.values():
        row["share"] = round(row["requests_per_s"] / rows[NO_STORE]["requests_per_s"], 2)
    return rows


COLUMNS = {
    "requests_per_s": "requests/s",
    "share": "share",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "max_ms": "max ms",
    "cpu_us": "server's CPU, us a request",
    "failed": "failed",
}


def table(rows: dict[str, dict[str, float]]) -> str:
    """The numbers as Markdown."""
    lines = [["receiver", *COLUMNS.values()], ["---"] * (1 + len(COLUMNS))]
    lines += [[kind, *(f"{row[name]:,}" for name in COLUMNS)] for kind, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _databases(stack: ExitStack, folder: Path) -> Iterator[tuple[str, str]]:
    yield NO_STORE, f"sqlite:///{folder / 'rules.db'}"
    yield SQLITE, f"sqlite:///{folder / 'intake.db'}"
    with suppress(LookupError):  # not installed, or not for this system
        yield POSTGRESQL, stack.enter_context(_postgresql())


@contextmanager
def _postgresql() -> Iterator[str]:
    """A PostgreSQL server for this run, started as for the tests, but with fsync."""
    from tests import conftest

    with (
        tempfile.TemporaryDirectory(prefix="conveyor-pg-") as folder,
        conftest.running_postgres(Path(folder)) as server,
    ):
        yield server.create("intake")


@contextmanager
def _server(kind: str, url: str) -> Iterator[tuple[int, int]]:
    """A server in a process of its own; its process id and port."""
    environment = os.environ | ENVIRONMENT
    command = [sys.executable, "-m", "benchmarks.intake", "--serve", kind, "--database", url]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _round(measured: Measured, server: tuple[int, int], requests: int, first_id: int) -> None:
    process_id, port = server
    pending = [_request(port, first_id + EVENTS * number, number - requests) for number in range(requests)]
    pending.reverse()  # the last is sent first
    started, cpu_s = time.perf_counter(), _cpu_s(process_id)
    latencies, failed = uvloop.run(_send_all(port, pending))
    measured.rates.append(requests / (time.perf_counter() - started))
    measured.cpu_s += _cpu_s(process_id) - cpu_s
    measured.latencies_s += latencies
    measured.failed += failed


def _cpu_s(process_id: int) -> float:
    """Seconds of processor time that a process has used: what it costs, however busy the machine is."""
    status = Path(f"/proc/{process_id}/stat")
    if not status.exists():
        return 0.0
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _send_all(port: int, pending: list[bytes]) -> tuple[list[float], int]:
    loop = asyncio.get_running_loop()
    clients = [_Client(pending, loop.create_future()) for _ in range(CONNECTIONS)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(ROUND_WITHIN_S):
        await asyncio.gather(*(client.done for client in clients))
    return [took for client in clients for took in client.latencies], sum(client.failed for client in clients)


class _Client(asyncio.Protocol):
    """One keep-alive connection: sends the next request as soon as the last one was answered."""

    def __init__(self, pending: list[bytes], done: asyncio.Future[None]) -> None:
        self._pending, self.done = pending, done
        self.latencies: list[float] = []
        self.failed = 0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(b"\r\n\r\n"):  # the answer to a stored delivery has no body
            return
        self.latencies.append(time.perf_counter() - self._sent_at)
        self.failed += not self._answer.startswith(b"HTTP/1.1 202")
        self._answer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"closed with {self._answer!r}"))

    def _next(self) -> None:
        if not self._pending:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._pending.pop())


def _request(port: int, first_id: int, occurred: int) -> bytes:
    """A signed delivery as HubSpot sends it when somebody edits a deal: an event for each property.

    Every delivery is about another deal, and one that the conveyor has never heard of: the dearest case. They come
    as they occurred, one after the other, `occurred` milliseconds from now.
    """
    events = [_event(first_id, number, occurred, *change) for number, change in enumerate(CHANGES)]
    body = json.dumps(events, separators=(",", ":")).encode()
    stamp = str(int(time.time() * 1000))
    signed = f"POSThttp://127.0.0.1:{port}/webhooks/hubspot".encode() + body + stamp.encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    head = (
        f"POST /webhooks/hubspot HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        f"user-agent: HubSpot Connect 2.0 (http://dev.hubspot.com/)\r\naccept: */*\r\n"
        f"x-hubspot-request-timestamp: {stamp}\r\nx-hubspot-signature-version: v3\r\n"
        f"x-hubspot-signature-v3: {signature}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event(first_id: int, number: int, occurred: int, name: str, value: str) -> dict[str, object]:
    return {
        "eventId": first_id + number, "subscriptionId": 1160452, "portalId": 62515, "appId": 54321,
        "occurredAt": int(time.time() * 1000) + occurred, "attemptNumber": 0,
        "subscriptionType": "deal.propertyChange", "objectId": 9_000_000_000 + first_id,
        "propertyName": name, "propertyValue": value,
        "changeSource": "CRM_UI", "sourceId": "userId:9586504",
    }  # fmt: skip


def _serve(kind: str, url: str) -> None:
    """Be the server: print the port, serve until SIGTERM."""
    # Only the servers need the house itself; the client stays a light process.
    from dramatiq.brokers.stub import StubBroker
    from starlette.applications import Starlette
    from starlette.routing import Route

    from connectors.local import MemoryGrants, NoBudget
    from mapping.loader import load_ruleset
    from store.database import open_store
    from sync import rollout
    from sync.listening import listen
    from sync.runtime import Connectors, Runtime
    from sync.wake import BrokerWake
    from web.app import create_app
    from web.doors import CurrentDoors
    from web.group_commit import Outcome
    from web.server import run as run_server
    from web.webhooks import Receiver, Sampler

    async def keep_nothing(_: object) -> Outcome:
        return Outcome.STORED

    store = open_store(url)
    store.migrate()
    connectors = Connectors(grants=lambda _: MemoryGrants(), budget=lambda *_: NoBudget())
    runtime = Runtime(store, BrokerWake(StubBroker()), connectors)
    rollout.activate(runtime, load_ruleset(ROOT / "config"), by="benchmark", message=None)
    if kind == NO_STORE:
        receiver = Receiver(
            CurrentDoors(runtime), keep_nothing, Sampler(runtime), lambda *_: None, runtime.now
        )
        app = Starlette(routes=[Route("/webhooks/{connection}", receiver, methods=["POST"])])
    else:
        app = create_app(runtime)
    run_server(app, listen("127.0.0.1", 0), lambda port: print(port, flush=True))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=12_000, help="in one round")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    if given.serve:
        _serve(given.serve, given.database)
    else:
        print(table(run(given.rounds, given.requests)))
