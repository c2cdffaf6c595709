"""An emulated Close organization as a process of its own, seen by its API and by its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from sandbox.close.ids import fixed
from sandbox.close.settings import API_KEY

from .running import Running, running

BASE = "/api/v1"
FIRST, QUALIFIED, WON, LOST = (
    fixed("stat", label)
    for label in ("Appointment scheduled", "Qualified to buy", "Closed won", "Closed lost")
)
INTRODUCED = fixed("stat", "Introduced")
SALES, PARTNERS = fixed("pipe", "Sales"), fixed("pipe", "Partner deals")
BUDGET = f"custom.{fixed('cf', 'budget')}"


class Organization(Running):
    """One organization: `send` is its API, `ask` the control API."""

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make one call of the API with the key."""
        headers = {"x-tz-offset": "0"} | options.pop("headers", {})
        given: dict[str, Any] = {"auth": (API_KEY, ""), "timeout": 10, "allow_redirects": False} | options
        return self.session.request(method, self.url + BASE + path, headers=headers, **given)

    def read(self, path: str, **params: Any) -> Any:
        """Return the JSON of a read that must succeed."""
        return self._good(self.send("GET", path, params=params))

    def post(self, path: str, **body: Any) -> Any:
        """Return the JSON of a POST that must succeed."""
        return self._good(self.send("POST", path, json=body))

    def put(self, path: str, **body: Any) -> Any:
        """Return the JSON of a PUT that must succeed."""
        return self._good(self.send("PUT", path, json=body))

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Return status and body of a call that must fail."""
        answer = self.send(method, path, **options)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()

    def field_errors(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what was wrong with each field of a body."""
        status, answer = self.refused(method, path, json=body)
        assert (status, answer["errors"]) == (400, [])
        return dict(answer["field-errors"])

    def set(self, **settings: Any) -> None:
        """Change settings of the account."""
        self.ask("PUT", "/credentials", settings)

    def user_id(self, email: str) -> str:
        """Return the id of a user."""
        return next(str(each["id"]) for each in self.ask("GET", "/people") if each["email"] == email)

    def new_deal(self, **values: Any) -> str:
        """Create an opportunity as Olena does; return its id."""
        return super().new_deal(**({"stage": QUALIFIED} | values))

    def fresh(self) -> Organization:
        """Put everything back to its start, rate limits off."""
        self.ask("POST", "/reset")
        self.ask("POST", "/limits", {"enabled": False})
        return self

    def _good(self, answer: requests.Response) -> Any:
        assert answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def running_organization(*arguments: str) -> Iterator[Organization]:
    """Start an organization on a free port, and stop it at the end."""
    with running("close", *arguments) as sandbox:
        organization = Organization(sandbox.url)
        yield organization
        organization.session.close()
