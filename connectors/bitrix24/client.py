"""Calls of Bitrix24's REST interface: one method, or up to fifty in one request. Knows no deals.

Every HTTP request takes its turn from the budget; an expired token is renewed and the call repeated once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from connectors.base import Budget, Lane
from connectors.bitrix24 import php
from connectors.bitrix24.refusals import ExpiredToken, page_refusal, refusal
from connectors.bitrix24.tokens import RATE, Access, on_host
from connectors.errors import AuthFailed, ConnectorError, RateLimited, Unreadable
from connectors.http import Answer, Http

COMMANDS = 50  # in one batch
LISTING_TIMEOUT = (3.05, 60.0)  # Bitrix24 itself cuts a request after 60 s
USER_AGENT = "sales-conveyor"


@dataclass(frozen=True, slots=True)
class Command:
    """One method with its parameters."""

    method: str
    params: Mapping[str, object] = field(default_factory=dict)

    def encoded(self) -> str:
        """The command as a batch takes it."""
        return f"{self.method}?{php.query(self.params)}" if self.params else self.method


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of one method; `next` is the offset of the next page where there is one."""

    result: object
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Replies:
    """The answers of a batch by command name; asking for one that failed raises its error."""

    found: Mapping[str, Reply]
    errors: Mapping[str, ConnectorError]

    def __getitem__(self, name: str) -> Reply:
        if name in self.errors:
            raise self.errors[name]
        if name not in self.found:
            raise Unreadable(f"Bitrix24 left the command {name} of a batch unanswered.")
        return self.found[name]


class Client:
    """One portal. Safe to share by threads."""

    def __init__(self, access: Access, budget: Budget, http: Http) -> None:
        self._access = access
        self._budget = budget
        self._http = http
        self._moved_to: str | None = None  # a renamed portal answers 302 from its old address

    @property
    def portal(self) -> str:
        """Scheme and host of the portal, for links."""
        parts = urlsplit(self._endpoint())
        return f"{parts.scheme}://{parts.netloc}"

    def call(self, method: str, params: Mapping[str, object] | None = None, lane: Lane = Lane.READ) -> Reply:
        """Call one method; raises what `refusals` makes of a refusal."""
        said = self._ask(method, params or {}, lane)
        return Reply(said.get("result"), _offset(said.get("next")))

    def batch(self, commands: Mapping[str, Command], lane: Lane = Lane.READ) -> Replies:
        """Run the commands in their order, fifty in a request.

        Raises what concerns the whole account (limits, credentials); what concerns one command waits in the
        replies.
        """
        found: dict[str, Reply] = {}
        errors: dict[str, ConnectorError] = {}
        for some in _chunks(commands.items()):
            cmd = {name: command.encoded() for name, command in some}
            said = self._ask("batch", {"halt": 0, "cmd": cmd}, lane)
            result = php.as_map(said.get("result"))
            following = php.as_map(result.get("result_next"))
            for name, value in php.as_map(result.get("result")).items():
                found[name] = Reply(value, _offset(following.get(name)))
            times = php.as_map(result.get("result_time"))
            for name, error in php.as_map(result.get("result_error")).items():
                errors[name] = self._command_error(error, times.get(name))
        return Replies(found, errors)

    def _command_error(self, error: object, spent: object) -> ConnectorError:
        said = php.as_map(error) or {"error": error}
        refused = refusal(said, None, php.as_map(spent).get("operating_reset_at"))
        if isinstance(refused, RateLimited | AuthFailed):
            raise self._heeded(refused)
        return refused

    def _ask(self, method: str, params: Mapping[str, object], lane: Lane) -> dict[str, object]:
        credentials = self._access.credentials()
        try:
            return self._send(method, {**params, **credentials}, lane)
        except ExpiredToken:
            self._access.renew(lane, credentials)
        return self._send(method, {**params, **self._access.credentials()}, lane)

    def _send(self, method: str, body: Mapping[str, object], lane: Lane) -> dict[str, object]:
        answer = self._post(method, body, lane)
        if answer.status in (301, 302, 307, 308):
            self._follow(answer)
            answer = self._post(method, body, lane)
        try:
            said = answer.json()
        except Unreadable:
            if answer.ok:
                raise
            raise self._heeded(page_refusal(answer)) from None
        if not isinstance(said, dict):
            raise Unreadable("Bitrix24's answer is not an object.", status=answer.status)
        if not answer.ok or "error" in said:
            raise self._heeded(_refused(said, answer))
        return said

    def _post(self, method: str, body: Mapping[str, object], lane: Lane) -> Answer:
        self._budget.take(RATE, lane)
        return self._http.call(
            "POST",
            self._endpoint() + method,
            json=body,
            headers={"Accept": "application/json", "User-Agent": USER_AGENT},
            timeout=LISTING_TIMEOUT if lane in (Lane.POLL, Lane.BULK) else None,
        )

    def _endpoint(self) -> str:
        endpoint = self._access.endpoint()
        return on_host(endpoint, self._moved_to) if self._moved_to else endpoint

    def _follow(self, answer: Answer) -> None:
        """Remember the new host of a renamed portal; only a host that is as safe as the old one."""
        there, here = urlsplit(answer.headers.get("Location", "")), urlsplit(self._endpoint())
        if not there.netloc or there.scheme != here.scheme or "/rest/" not in there.path:
            raise AuthFailed(
                "Bitrix24 sends us to another address that is not REST; check the address of the portal.",
                status=answer.status,
            )
        self._moved_to = f"{there.scheme}://{there.netloc}"

    def _heeded(self, error: ConnectorError) -> ConnectorError:
        if isinstance(error, RateLimited):
            self._budget.pause(error.retry_after_s)
        return error


def _refused(said: Mapping[str, object], answer: Answer) -> ConnectorError:
    reset_at = php.as_map(said.get("time")).get("operating_reset_at", said.get("operating_reset_at"))
    return refusal(said, answer.status if not answer.ok else None, reset_at)


def _offset(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _chunks(items: Iterable[tuple[str, Command]]) -> Iterable[list[tuple[str, Command]]]:
    rest = iter(items)
    while some := list(islice(rest, COMMANDS)):
        yield some
