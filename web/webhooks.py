"""The receiver: `POST /webhooks/{connection}`. Verified, stored, answered; nothing is processed here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from connectors.base import Delivery
from connectors.errors import Unreadable
from store.database import Unavailable
from sync import intake
from sync.intake import Accepted, Doors
from sync.runtime import Clock, Runtime
from web import answers
from web.answers import TO_OUTCOME, Answer
from web.body import listen_on, read_body
from web.group_commit import Outcome

Keep = Callable[[Accepted], Awaitable[Outcome]]
"""Stores a delivery and returns once it is safe, or cannot be."""

Count = Callable[[str, str], None]
"""Counts a delivery by connection and answer."""

NO_CONNECTION = "-"
"""How deliveries to no connection of ours are counted: anybody can make up names."""

log = structlog.get_logger()


class Open(Protocol):
    """The doors in force."""

    async def get(self) -> Doors: ...


class Receiver:
    """The ASGI endpoint of all webhooks."""

    def __init__(self, doors: Open, keep: Keep, sample: Sampler, count: Count, now: Clock) -> None:
        self._doors, self._keep, self._sample, self._count, self._now = doors, keep, sample, count, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery."""
        name: str = scope["path_params"]["connection"]
        try:
            answer = await self._take(name, scope, receive)
        except ClientDisconnect:
            self._count(NO_CONNECTION, "disconnected")
            return
        except answers.EXPECTED as error:
            answer = answers.answer_to(error)
        self._count(NO_CONNECTION if answer.name in ANYBODY else name, answer.name)
        if answer is answers.TOO_LARGE:
            await _answer_and_listen(answer, scope, receive, send)
        else:
            await answer.response(scope, receive, send)

    async def _take(self, name: str, scope: Scope, receive: Receive) -> Answer:
        body = await read_body(scope, receive)
        doors = await self._doors.get()
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        url = _public_url(scope, headers.get("host", ""), doors.public_url)
        delivery = Delivery("POST", url, headers, body, self._now())
        try:
            accepted = intake.read(doors, name, delivery)
        except Unreadable as error:
            await self._sample(name, body, str(error))
            raise
        if not accepted.hints:
            return answers.NOTHING_WANTED
        outcome = await self._keep(accepted)
        if outcome is Outcome.REFUSED:
            await self._sample(name, body, "The database refuses it.")
        return TO_OUTCOME[outcome]


ANYBODY = frozenset({"unknown", "too_large", "too_slow"})
"""Answers given before it is known that there is such a connection."""


async def only_deliveries(request: Request) -> PlainTextResponse:
    """What anything but a delivery is told under the address of webhooks."""
    words = "This is where a CRM delivers webhooks, by POST.\n"
    return PlainTextResponse(words, HTTPStatus.METHOD_NOT_ALLOWED, {"allow": "POST"})


class Sampler:
    """Keeps samples of what could not be read, one at a time: under a flood of them a few are enough."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._busy = False

    async def __call__(self, connection: str, body: bytes, why: str) -> None:
        """Keep a sample if that is possible now."""
        if self._busy:
            return
        self._busy = True
        try:
            await asyncio.to_thread(intake.keep_sample, self._runtime, connection, body, why)
        except Unavailable as error:
            log.warning("sample_not_kept", connection=connection, reason=str(error))
        finally:
            self._busy = False


def _public_url(scope: Scope, host: str, public_url: str | None) -> str:
    """The address as the CRM called it: a proxy before us may have changed it, so the configured one counts."""
    base = public_url.rstrip("/") if public_url else f"{scope['scheme']}://{host}"
    path: str = scope["raw_path"].decode("ascii")
    query: bytes = scope["query_string"]
    return f"{base}{path}?{query.decode('latin-1')}" if query else f"{base}{path}"


async def _answer_and_listen(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, then let the sender finish, and only then end the exchange."""
    response = answer.response
    await send(
        {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    )
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    await listen_on(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
