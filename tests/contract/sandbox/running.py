"""A sandbox CRM as a process of its own, its control API, and a place where its webhooks arrive."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

START_S = 30
PATIENCE_S = 30
TOKEN = "pat-na1-sandbox"
OLENA, PETAR = "olena@acme.example", "petar@acme.example"


class Running:
    """One sandbox: `call` is the CRM's API, `ask` the control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, *, token: str = TOKEN, **options: Any) -> requests.Response:
        """Make one call of the CRM's API."""
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        options.setdefault("timeout", 10)
        return self.session.request(method, self.url + path, headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a read that must succeed."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON of a call of the control API that must succeed."""
        answer = self.session.request(method, f"{self.url}/sandbox{path}", json=body, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def new_deal(self, **values: Any) -> str:
        """Create a deal as Olena does; return its id."""
        deal = {"title": "Fleet renewal", "by": OLENA, "owner": OLENA, "stage": "qualifiedtobuy", **values}
        return str(self.ask("POST", "/deals", deal)["id"])

    def edit(self, deal_id: str, **values: Any) -> None:
        """Edit a deal as a person does."""
        self.ask("PATCH", f"/deals/{deal_id}", values)

    def deal(self, deal_id: str) -> dict[str, Any]:
        """Return everything the sandbox knows about a deal."""
        return dict(self.ask("GET", f"/deals/{deal_id}"))

    def fault(self, fault: str, **details: Any) -> None:
        """Plan something to go wrong."""
        self.ask("POST", "/faults", {"fault": fault, **details})

    def counts(self) -> dict[str, Any]:
        """Return the totals."""
        return dict(self.ask("GET", "/counts"))

    def journal(self, kind: str) -> list[dict[str, Any]]:
        """Return the journal's lines of one kind."""
        return list(self.ask("GET", f"/journal?since=0&kind={kind}"))


@contextmanager
def running(crm: str, *arguments: str) -> Iterator[Running]:
    """Start a sandbox on a free port, and stop it at the end."""
    command = [sys.executable, "-m", "sandbox", crm, "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        assert ready, "the sandbox did not start"
        line = json.loads(process.stdout.readline())
        assert line["crm"] == crm
        sandbox = Running(line["url"])
        yield sandbox
        sandbox.session.close()
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


@dataclass
class Inbox:
    """What a webhook target received; `statuses` are answered one after the other, then 200."""

    url: str
    statuses: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def events(self) -> list[dict[str, Any]]:
        """Return all events of all deliveries in order of arrival."""
        return [event for _, body in self.received for event in json.loads(body)]

    def wait(self, events: int) -> list[dict[str, Any]]:
        """Return the events once there are that many."""
        until(lambda: len(self.events()) >= events, f"{events} events")
        return self.events()


@contextmanager
def listening() -> Iterator[Inbox]:
    """Serve a webhook target on a free port."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = inbox.statuses.pop(0) if inbox.statuses else 200
            inbox.received.append((dict(self.headers), body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    inbox = Inbox(f"http://127.0.0.1:{server.server_port}/hook?from=hubspot")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield inbox
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fails with `what` was awaited."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
