"""A sandbox CRM as a process of its own, its control API, and a receiver for its webhooks."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import requests

from connectors.base import Delivery

START_S = 30


class Sandbox:
    """One sandbox CRM, seen by its people."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Make one call of the control API and return its JSON."""
        answer = self._session.request(method, f"{self.url}/sandbox{path}", json=body, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def reset(self) -> None:
        """Put everything back as it was at the start, and switch rate limits off."""
        self.ask("POST", "/reset")
        self.ask("POST", "/limits", {"enabled": False})

    def people(self) -> list[dict[str, Any]]:
        """All users: id, user_id, email, name, active."""
        return list(self.ask("GET", "/people"))

    def pipelines(self) -> list[dict[str, Any]]:
        """All pipelines: id, label, stages."""
        return list(self.ask("GET", "/pipelines"))

    def add_field(self, name: str, kind: str = "string", options: tuple[str, ...] = ()) -> None:
        """Add a custom deal field with its name as its label."""
        body = {"name": name, "label": name, "type": kind, "options": list(options)}
        self.ask("POST", "/fields", body)

    def new_deal(self, title: str = "A deal", **values: object) -> str:
        """Create a deal as a person would; return its id."""
        return str(self.ask("POST", "/deals", {"title": title, **values})["id"])

    def edit(self, deal_id: str, **values: object) -> None:
        """Edit a deal as a person would."""
        self.ask("PATCH", f"/deals/{deal_id}", values)

    def delete(self, deal_id: str) -> None:
        """Delete a deal as a person would."""
        self.ask("DELETE", f"/deals/{deal_id}")

    def deal(self, deal_id: str) -> dict[str, Any]:
        """One deal with its tasks, notes and history."""
        return dict(self.ask("GET", f"/deals/{deal_id}"))

    def deals(self) -> list[dict[str, Any]]:
        """All deals that are not deleted, in short."""
        return [deal for deal in self.ask("GET", "/deals") if not deal["deleted"]]

    def many(self, count: int) -> list[str]:
        """Create many deals; return their ids."""
        return list(self.ask("POST", "/bulk", {"count": count})["ids"])

    def merge(self, *deal_ids: str) -> str | None:
        """Merge deals as a person would; return the survivor's id, None where this CRM merges no deals."""
        body = {"ids": list(deal_ids)}
        answer = self._session.post(f"{self.url}/sandbox/deals/merge", json=body, timeout=30)
        return str(answer.json()["id"]) if answer.ok else None

    def add_person(self, email: str, name: str, active: bool = True) -> str:
        """Add a user, or change the one with this e-mail; return the id that owns deals."""
        return str(self.ask("POST", "/people", {"email": email, "name": name, "active": active})["id"])

    def complete_task(self, task_id: str, by: str | None = None) -> None:
        """Tick a task off as a person would."""
        self.ask("POST", f"/tasks/{task_id}/complete", {"by": by})

    def fault(self, fault: str, **details: object) -> None:
        """Plan something to go wrong."""
        self.ask("POST", "/faults", {"fault": fault, **details})

    def planned(self) -> int:
        """How often a planned fault is still to happen."""
        return sum(fault["times"] for fault in self.ask("GET", "/faults"))

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self.ask("DELETE", "/faults")

    def writes(self) -> int:
        """How many records were written through the API so far."""
        return int(self.ask("GET", "/counts")["writes"])

    def requests(self) -> int:
        """How many API calls were made so far."""
        return int(self.ask("GET", "/counts")["requests"])

    def malformed(self) -> int:
        """How many API calls were not in the vendor's documented form."""
        return int(self.ask("GET", "/counts")["malformed"])


@contextmanager
def running(crm: str) -> Iterator[Sandbox]:
    """Start a sandbox on a free port, and stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", crm, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        line = process.stdout.readline() if ready else ""
        assert line, f"the {crm} sandbox did not start"
        yield Sandbox(json.loads(line)["url"])
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


class Mailbox:
    """A webhook receiver that keeps raw deliveries."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._deliveries: Queue[Delivery] = Queue()

    def put(self, delivery: Delivery) -> None:
        """Keep one delivery."""
        self._deliveries.put(delivery)

    def take(self, timeout_s: float = 15) -> Delivery:
        """The oldest delivery, waited for; `queue.Empty` if none comes in time."""
        return self._deliveries.get(timeout=timeout_s)


@contextmanager
def receiving() -> Iterator[Mailbox]:
    """Receive webhooks on a free port."""
    mailbox: Mailbox

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers: Mapping[str, str] = {name.lower(): value for name, value in self.headers.items()}
            mailbox.put(Delivery("POST", mailbox.url, headers, body, datetime.now(UTC)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mailbox = Mailbox(f"http://127.0.0.1:{server.server_address[1]}/webhooks/test")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join(5)
