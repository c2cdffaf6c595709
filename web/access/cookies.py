"""The cookies of the console: which, and how they are kept from scripts, other sites and open lines."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from sync.access.sessions import LASTS

SESSION = "conveyor_session"
VISIT = "conveyor_visit"
"""Of somebody who is not signed in yet, so that the log-in form too belongs to one browser."""


def keep(request: Request, response: Response, name: str, value: str, *, lasts: bool = False) -> None:
    """Set a cookie that only the server reads; it ends with the browser, or with the session if it lasts."""
    seconds = int(LASTS.total_seconds()) if lasts else None
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=is_https(request), httponly=True, samesite="lax"
    )


def drop(request: Request, response: Response, name: str) -> None:
    """Delete a cookie."""
    response.delete_cookie(name, path="/", secure=is_https(request), httponly=True, samesite="lax")


def is_https(request: Request) -> bool:
    """Whether the browser sees https, also where a proxy before us ends it. Who lies only hinders themselves."""
    named = urlsplit(request.headers.get("origin", "")).scheme
    return "https" in (request.url.scheme, named, request.headers.get("x-forwarded-proto"))
