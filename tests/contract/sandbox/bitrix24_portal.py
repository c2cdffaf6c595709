"""An emulated Bitrix24 portal as a process of its own, seen by its API, its people and event handlers."""

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import requests

START_S = 30
PATIENCE_S = 30
OLENA = "olena@acme.example"


class EmulatedPortal:
    """One portal: `call` is its API, `ask` the control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = url.removeprefix("http://")
        self.session = requests.Session()

    def post(self, method: str, **params: Any) -> requests.Response:
        """Call a method through the incoming webhook."""
        address = f"{self.url}/rest/99/sandboxcode/{method}"
        return self.session.post(address, json=params, timeout=30, allow_redirects=False)

    def call(self, method: str, **params: Any) -> Any:
        """Return the result of a method that must succeed."""
        answer = self.post(method, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def refused(self, method: str, **params: Any) -> tuple[int, Any]:
        """Return status and code of a method that must fail."""
        answer = self.post(method, **params)
        assert "error_description" in answer.json()
        return answer.status_code, answer.json()["error"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Make one call of the control API."""
        answer = self.session.request(method, f"{self.url}/sandbox{path}", json=body, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def new_deal(self, **values: Any) -> int:
        """Create a deal as Olena does; return its id."""
        values = {"title": "Fleet renewal", "by": OLENA, "owner": OLENA, **values}
        return int(self.ask("POST", "/deals", values)["id"])

    def item(self, deal_id: int) -> dict[str, Any]:
        """Return a deal by the universal method."""
        return dict(self.call("crm.item.get", entityTypeId=2, id=deal_id)["item"])

    def update(self, deal_id: int, **fields: Any) -> dict[str, Any]:
        """Update a deal by the universal method; return it."""
        return dict(self.call("crm.item.update", entityTypeId=2, id=deal_id, fields=fields)["item"])

    def fault(self, fault: str, **details: Any) -> None:
        """Plan something to go wrong."""
        self.ask("POST", "/faults", {"fault": fault, **details})

    def access_token(self) -> dict[str, Any]:
        """Return the tokens an application gets for its first code."""
        return dict(self.token(grant_type="authorization_code", code="sandbox-code").json())

    def token(self, **params: str) -> requests.Response:
        """Make one call of the token server."""
        secret = {"client_id": "local.sandbox", "client_secret": "sandbox-client-secret"}
        return self.session.get(f"{self.url}/oauth/token/", params=secret | params, timeout=30)


@contextmanager
def running_portal() -> Iterator[EmulatedPortal]:
    """Start a portal on a free port without rate limits, and stop it at the end."""
    command = [sys.executable, "-m", "sandbox", "bitrix24", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        assert ready, "the sandbox did not start"
        line = json.loads(process.stdout.readline())
        assert line["crm"] == "bitrix24"
        portal = EmulatedPortal(line["url"])
        portal.ask("POST", "/limits", {"enabled": False})
        yield portal
        portal.session.close()
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def fresh(portal: EmulatedPortal) -> EmulatedPortal:
    """Put a portal back to its start, rate limits off."""
    portal.ask("POST", "/reset")
    portal.ask("POST", "/limits", {"enabled": False})
    return portal


class Inbox:
    """What an event handler received: content type and form, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.received: list[tuple[str, dict[str, str]]] = []

    def wait(self, count: int) -> list[dict[str, str]]:
        """Return the forms once there are that many."""
        until(lambda: len(self.received) >= count, f"{count} events, got {self.received}")
        return [form for _, form in self.received]

    def names(self) -> list[tuple[str, str]]:
        """Return event name and deal id of each."""
        return [(form["event"], form.get("data[FIELDS][ID]", "")) for _, form in self.received]


@contextmanager
def listening() -> Iterator[Inbox]:
    """Serve an event handler on a free port."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            inbox.received.append((self.headers["Content-Type"], dict(parse_qsl(body, strict_parsing=True))))
            self.send_response(inbox.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    inbox = Inbox(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
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
