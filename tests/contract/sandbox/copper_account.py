"""An emulated Copper account as a process of its own, seen by its API, its people and a webhook target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from .running import OLENA, Inbox, Running, running, until

PREFIX = "/developer_api/v1"
KEY, EMAIL = "copper-sandbox-key", "integration@acme.example"
HEADERS = {
    "X-PW-AccessToken": KEY,
    "X-PW-Application": "developer_api",
    "X-PW-UserEmail": EMAIL,
    "Content-Type": "application/json",
}
INTEGRATION = 159258
QUALIFIED, FOLLOW_UP, PRESENTATION = 987790, 987791, 987792
SALES, PARTNERS, INTRODUCED = 213214, 213215, 987800


class EmulatedCopper(Running):
    """One account: `send` is its API, `ask` the control API."""

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Make one call with the key."""
        headers = HEADERS | options.pop("headers", {})
        kept = {name: value for name, value in headers.items() if value is not None}
        address = self.url + PREFIX + path
        return self.session.request(method, address, headers=kept, json=body, timeout=20, **options)

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Return the JSON of a call that must succeed."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> str:
        """Return what a validation error says after its fixed beginning."""
        answer = self.send(method, path, body)
        assert (answer.status_code, answer.json()["status"], answer.json()["success"]) == (422, 422, False)
        start = "Invalid input: Validation errors: "
        assert answer.json()["message"].startswith(start)
        return str(answer.json()["message"].removeprefix(start))

    def search(self, **body: Any) -> list[dict[str, Any]]:
        """Return one page of opportunities."""
        return list(self.ok("POST", "/opportunities/search", body))

    def found(self, **body: Any) -> list[int]:
        """Return the ids of one page of opportunities."""
        return [each["id"] for each in self.search(**body)]

    def person(self, **values: Any) -> int:
        """Create a person; return its id."""
        return int(self.ok("POST", "/people", {"name": "Ada Byron", **values})["id"])

    def opportunity(self, **values: Any) -> dict[str, Any]:
        """Create an opportunity through the API, with a new contact where none is named."""
        contact = values.pop("primary_contact_id", None) or self.person()
        return dict(
            self.ok("POST", "/opportunities", {"name": "Desks", "primary_contact_id": contact, **values})
        )

    def card(self, **values: Any) -> int:
        """Create a deal as Olena does; return its id."""
        given = {"title": "Fleet renewal", "by": OLENA, "owner": OLENA, **values}
        return int(self.ask("POST", "/deals", given)["id"])

    def many(self, count: int) -> list[int]:
        """Create many deals without webhooks; return their ids."""
        return [int(id) for id in self.ask("POST", "/bulk", {"count": count})["ids"]]

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a read that must succeed."""
        return self.ok("GET", path, params=params)

    def put(self, deal_id: int, **values: Any) -> dict[str, Any]:
        """Change an opportunity through the API; return it."""
        return dict(self.ok("PUT", f"/opportunities/{deal_id}", values))

    def activities(self, deal_id: int, *types: int, category: str = "system") -> list[dict[str, Any]]:
        """Return the activities of a deal, the latest first."""
        wanted = [{"id": type, "category": category} for type in types]
        body = {"parent": {"id": deal_id, "type": "opportunity"}, "activity_types": wanted, "page_size": 200}
        return list(self.ok("POST", "/activities/search", body))

    def field(self, name: str) -> dict[str, Any]:
        """Return the definition of a custom field."""
        definitions = self.get("/custom_field_definitions")
        return dict(next(each for each in definitions if each["name"] == name))

    def settings(self, **values: Any) -> None:
        """Change credentials or behaviour."""
        self.ask("PUT", "/credentials", values)

    def quiet(self) -> None:
        """Wait until no webhook is under way."""
        until(lambda: self.ask("GET", "")["webhooks_pending"] == 0, "the last webhook")


def value_of(record: dict[str, Any], definition: dict[str, Any]) -> Any:
    """Return the value of a custom field in a record."""
    fields = record["custom_fields"]
    return next(each["value"] for each in fields if each["custom_field_definition_id"] == definition["id"])


def bodies(inbox: Inbox) -> list[dict[str, Any]]:
    """Return the notifications that arrived, in order."""
    return [json.loads(body) for _, body in inbox.received]


@contextmanager
def running_copper(*arguments: str) -> Iterator[EmulatedCopper]:
    """Start an account on a free port, and stop it at the end."""
    with running("copper", *arguments) as sandbox:
        copper = EmulatedCopper(sandbox.url)
        yield copper
        copper.session.close()


def fresh(copper: EmulatedCopper) -> EmulatedCopper:
    """Put an account back to its start, without limits."""
    copper.ask("POST", "/reset")
    copper.ask("POST", "/limits", {"enabled": False})
    return copper
