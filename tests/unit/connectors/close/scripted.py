"""A Close that says what a test wants, call after call, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from connectors.base import Setup
from connectors.close import Connector
from connectors.local import MemoryGrants, NoBudget

ROOT = "/api/v1"
ME: dict[str, object] = {
    "id": "user_us",
    "organizations": [{"id": "orga_1", "name": "Acme", "currency": "USD"}],
}
FIELD: dict[str, object] = {"id": "cf_x", "name": "X", "type": "text"}
FIELDS: dict[str, object] = {"object_type": "opportunity", "fields": [FIELD]}
DEAL: dict[str, object] = {
    "id": "oppo_1",
    "lead_id": "lead_1",
    "lead_name": "Acme",
    "user_id": "user_1",
    "pipeline_id": "pipe_1",
    "status_id": "stat_1",
    "value": 100,
    "value_currency": "USD",
    "date_created": "2026-06-19T12:04:53.517000+00:00",
    "date_updated": "2026-06-19T12:06:03.159000+00:00",
}

Script = dict[str, tuple[int, object]]
"""What is said to "METHOD /path": status and JSON, or a text that is sent as it is, or a place to go to."""


class Said:
    """What was asked: "METHOD /path" and the body."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []

    def lines(self) -> list[str]:
        """The calls without their bodies."""
        return [line for line, _ in self.calls]


@contextmanager
def close_that_says(script: Script) -> Iterator[tuple[Connector, Said]]:
    """A connector to a Close that follows the script, and what it was asked."""
    said = Said()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            line = f"{self.command} {self.path.partition('?')[0].removeprefix(ROOT)}"
            said.calls.append((line, json.loads(body) if body else None))
            status, answer = script.get(line, (404, {"error": "Empty query: nothing matches."}))
            text = answer if isinstance(answer, str) else json.dumps(answer)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", text)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            settings = {
                "auth": {"api_key": "api_us.secret"},
                "base_url": f"http://127.0.0.1:{server.server_address[1]}",
            }
            setup = Setup("here", settings, {"x": "X"}, MemoryGrants(), NoBudget())
            yield Connector(setup), said
        finally:
            server.shutdown()
            thread.join(5)


def usual(**more: tuple[int, object]) -> Script:
    """An account with one deal."""
    return {
        "GET /me/": (200, ME),
        "GET /custom_field_schema/opportunity/": (200, FIELDS),
        "GET /opportunity/oppo_1/": (200, DEAL),
        **more,
    }
