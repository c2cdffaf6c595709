"""An emulated Zoho CRM org as a process of its own, seen by its API, its people and a webhook target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from .running import OLENA, Inbox, Running, running, until

GRANT = {
    "grant_type": "refresh_token",
    "client_id": "1000.SANDBOXCLIENT",
    "client_secret": "sandbox-client-secret",
    "refresh_token": "1000.sandbox.refresh",
}
STANDARD, PARTNER = "Standard (Standard)", "Partner deals"
LAYOUT = "7328395000000091023"
OLENA_ID, PETAR_ID, API_USER = "7328395000000100001", "7328395000000100002", "7328395000000100006"


class EmulatedZoho(Running):
    """One org: `send` is its API with a token, `ask` the control API."""

    token = ""

    def grant(self, **changes: str) -> requests.Response:
        """Ask the accounts server for an access token."""
        form = {name: value for name, value in {**GRANT, **changes}.items() if value}
        return self.session.post(f"{self.url}/oauth/v2/token", data=form, timeout=10)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Make one call below /crm/v8."""
        headers = dict(options.pop("headers", {}))
        if "Authorization" not in headers:
            self.token = self.token or self.grant().json()["access_token"]
            headers["Authorization"] = f"Zoho-oauthtoken {self.token}"
        kept = {name: value for name, value in headers.items() if value is not None}
        address = f"{self.url}/crm/v8{path}"
        return self.session.request(method, address, headers=kept, json=body, timeout=20, **options)

    def ok(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """Return the JSON of a call that must succeed."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, status: int = 400, **options: Any) -> Any:
        """Return the error of a call that is refused as a whole."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, answer.text
        assert answer.json()["status"] == "error"
        return answer.json()

    def nothing(self, method: str, path: str, **options: Any) -> bool:
        """Say whether the answer is 204 and without a body."""
        answer = self.send(method, path, **options)
        return (answer.status_code, answer.content) == (204, b"")

    def data(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """Return the records of a read."""
        return list(self.ok("GET", path, **options)["data"])

    def one(self, deal_id: str) -> dict[str, Any]:
        """Return a deal with all its fields."""
        return self.data(f"/Deals/{deal_id}")[0]

    def create(self, module: str, **values: Any) -> str:
        """Create a record through the API; return its id."""
        result = self.ok("POST", f"/{module}", {"data": [values]}, 201)["data"][0]
        return str(result["details"]["id"])

    def put(self, deal_id: str, **values: Any) -> dict[str, Any]:
        """Update a deal that must take it; return the result."""
        return dict(self.ok("PUT", f"/Deals/{deal_id}", {"data": [values]})["data"][0])

    def put_refused(self, deal_id: str, status: int = 400, **values: Any) -> dict[str, Any]:
        """Return the error of an update that the record refuses."""
        answer = self.send("PUT", f"/Deals/{deal_id}", {"data": [values]})
        assert answer.status_code == status, answer.text
        return dict(answer.json()["data"][0])

    def query(self, text: str) -> list[dict[str, Any]]:
        """Return what a COQL query selects; nothing is 204."""
        answer = self.send("POST", "/coql", {"select_query": text})
        assert answer.status_code in (200, 204), answer.text
        return list(answer.json()["data"]) if answer.content else []

    def new_deal(self, **values: Any) -> str:
        """Create a deal as Olena does; return its id."""
        deal = {"title": "Fleet renewal", "by": OLENA, "owner": OLENA, "stage": "Qualification", **values}
        return str(self.ask("POST", "/deals", deal)["id"])

    def set(self, **settings: Any) -> None:
        """Change settings of the org."""
        self.ask("PUT", "/credentials", settings)

    def watch(self, inbox: Inbox, **details: Any) -> dict[str, Any]:
        """Open a channel to the inbox; return the result."""
        channel = {"channel_id": "1000000068001", "events": ["Deals.all"], "notify_url": inbox.url}
        watch = {**channel, "token": "secret", "notify_on_related_action": False, **details}
        return dict(self.ok("POST", "/actions/watch", {"watch": [watch]}, 201)["watch"][0])


@contextmanager
def running_org(*arguments: str) -> Iterator[EmulatedZoho]:
    """Start an org on a free port."""
    with running("zoho", *arguments) as sandbox:
        org = EmulatedZoho(sandbox.url)
        yield org
        org.session.close()


def fresh(org: EmulatedZoho, *, limited: bool = False) -> EmulatedZoho:
    """Put an org back to its start, by default without limits."""
    org.ask("POST", "/reset")
    org.ask("POST", "/limits", {"enabled": limited})
    org.token = ""
    return org


def posted(inbox: Inbox, count: int) -> list[dict[str, Any]]:
    """Return the bodies of the posts once there are that many."""
    until(lambda: len(inbox.received) >= count, f"{count} posts")
    return [json.loads(body) for _, body in inbox.received]
