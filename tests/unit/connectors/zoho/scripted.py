"""A Zoho that says what a test wants, over real HTTP, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.local import MemoryGrants, NoBudget
from connectors.zoho.client import Client
from connectors.zoho.settings import Settings
from connectors.zoho.tokens import PATH

AUTH = {"client_id": "1000.ID", "client_secret": "client-secret", "refresh_token": "1000.refresh"}


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Zoho:
    """The scripted server: its address, and all API calls that it has had."""

    url: str
    calls: list[Asked] = field(default_factory=list)
    refreshes: list[Asked] = field(default_factory=list)
    token: Said | None = None  # what the token server says; a new token each time if it is left out
    grants: MemoryGrants = field(default_factory=MemoryGrants)
    budget: NoBudget = field(default_factory=NoBudget)

    def settings(self, **more: object) -> Settings:
        """The settings of a connection to this server."""
        return Settings.model_validate({"crm": "zoho", "auth": AUTH, "base_url": self.url, **more})

    def client(self) -> Client:
        """A client of a process of its own."""
        return Client(self.settings(), self.grants, self.budget)

    def queries(self) -> list[str]:
        """The queries that were run."""
        return [call.body["select_query"] for call in self.calls if call.path.endswith("/coql")]


@contextmanager
def zoho(answer: Callable[[Asked], Said]) -> Iterator[Zoho]:
    """Serve API calls with what the function says, and tokens beside."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            asked = self.asked()
            if asked.path == PATH:
                it.refreshes.append(asked)
                grant = {"access_token": f"1000.token{len(it.refreshes)}", "expires_in": 3600}
                said = it.token or Said(200, grant)
            else:
                it.calls.append(asked)
                said = answer(asked)
            self.say(said)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any

        def asked(self) -> Asked:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            is_json = "json" in (self.headers.get("Content-Type") or "")
            parts = urlsplit(self.path)
            body = json.loads(raw) if is_json else dict(parse_qsl(raw))
            params = dict(parse_qsl(parts.query))
            return Asked(self.command, parts.path, params, dict(self.headers.items()), body)

        def say(self, said: Said) -> None:
            body = (
                said.body
                if isinstance(said.body, str)
                else ""
                if said.body is None
                else json.dumps(said.body)
            )
            self.send_response(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        it = Zoho(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield it
        finally:
            server.shutdown()
            thread.join(5)
