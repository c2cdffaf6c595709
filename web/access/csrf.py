"""Forms are taken from our own pages only: by where the browser says it comes from, and by the session's token."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from mapping.environment import resolve_text
from mapping.loader import ConfigError
from sync.access.tokens import same
from sync.runtime import NotConfigured, Runtime
from web.body import TooLarge, TooSlow, read_body

FIELD = "csrf"
HEADER = "x-csrf-token"
CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})

_BODY_REFUSED: dict[type[Exception], tuple[HTTPStatus, str]] = {
    TooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A form may have at most 1 MiB. Nothing was changed."),
    TooSlow: (HTTPStatus.REQUEST_TIMEOUT, "The form took too long to arrive. Nothing was changed."),
    ClientDisconnect: (HTTPStatus.BAD_REQUEST, "The form never arrived. Nothing was changed."),
}


def check_csrf(request: Request, form: Mapping[str, Any]) -> None:
    """Refuse a form that does not carry the token of its session. Raises `HTTPException` 403.

    Behind `ConsoleAccess` it was checked before any page.
    """
    _check_token(request.headers.get(HEADER) or str(form.get(FIELD, "")), request.state.csrf)


async def check_origin(runtime: Runtime, request: Request) -> None:
    """Refuse what another site sent; browsers say where a form comes from. Raises `HTTPException` 403."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise _foreign()
    if origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower():
        return
    ours = await run_in_threadpool(_public_url, runtime)  # a proxy may have changed the name of the host
    if ours is None or urlsplit(origin)[:2] != urlsplit(ours)[:2]:
        raise _foreign()


async def check_form(scope: Scope, receive: Receive, expected: str) -> Receive:
    """Check the token of a form, and return a `receive` that gives its body once more. Raises `HTTPException`."""
    request = Request(scope)
    try:
        body = await read_body(scope, receive)
    except tuple(_BODY_REFUSED) as error:
        raise HTTPException(*_BODY_REFUSED[type(error)]) from error
    _check_token(request.headers.get(HEADER) or _field(request, body), expected)
    return _again(body, receive)


def _field(request: Request, body: bytes) -> str:
    if request.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
        return ""
    return parse_qs(body.decode("utf-8", "replace")).get(FIELD, [""])[-1]


def _check_token(given: str, expected: str) -> None:
    if not same(given, expected):
        words = "This form does not belong to your session. Load the page again; nothing was changed."
        raise HTTPException(HTTPStatus.FORBIDDEN, words)


def _foreign() -> HTTPException:
    words = "This form was sent from another site. Nothing was changed."
    return HTTPException(HTTPStatus.FORBIDDEN, words)


def _public_url(runtime: Runtime) -> str | None:
    try:
        return resolve_text(runtime.rules.get().public_url, runtime.connectors.environment)
    except (NotConfigured, ConfigError):
        return None


def _again(body: bytes, receive: Receive) -> Receive:
    left = [body]

    async def once_more() -> Any:
        return {"type": "http.request", "body": left.pop(), "more_body": False} if left else await receive()

    return once_more
