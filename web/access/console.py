"""Before every page of the console: who is signed in, and whether a form is theirs. Nobody is sent to the log-in."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from store.database import Unavailable
from sync.access.sessions import viewer_of_session
from sync.access.tokens import csrf_of
from sync.access.viewer import Viewer
from sync.runtime import Runtime
from web.access import cookies
from web.access.csrf import CHANGES_NOTHING, check_form, check_origin

LOGIN = "/login"


class ConsoleAccess:
    """ASGI middleware: sets `request.state.viewer` and `request.state.csrf`, or answers instead of the page."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app, self._runtime = app, runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to its page if its viewer is known and its form is theirs."""
        request = Request(scope)
        token = request.cookies.get(cookies.SESSION, "")
        try:
            viewer = await signed_in(self._runtime, request)
            if viewer is None:
                await to_login(request)(scope, receive, send)
                return
            if request.method not in CHANGES_NOTHING:
                await check_origin(self._runtime, request)
                receive = await check_form(scope, receive, csrf_of(token))
        except HTTPException as error:
            await PlainTextResponse(f"{error.detail}\n", error.status_code)(scope, receive, send)
        except (Unavailable, SQLAlchemyError):
            await NOT_NOW(scope, receive, send)
        else:
            state = {**scope.get("state", {}), "viewer": viewer, "csrf": csrf_of(token)}
            await self._app({**scope, "state": state}, receive, send)


NOT_NOW = PlainTextResponse(
    "The page cannot be shown now; /readyz says why.\n", HTTPStatus.SERVICE_UNAVAILABLE
)


async def signed_in(runtime: Runtime, request: Request) -> Viewer | None:
    """Whoever is signed in, as of now; a page that stays open asks again now and then. Raises `Unavailable`."""
    token = request.cookies.get(cookies.SESSION)
    return await run_in_threadpool(viewer_of_session, runtime, token) if token else None


def to_login(request: Request) -> Response:
    """Send a reader to the log-in and back; a script is told, for it could not follow."""
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return PlainTextResponse("Nobody is signed in.\n", HTTPStatus.UNAUTHORIZED)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?next={quote(wanted, safe='')}" if request.method in CHANGES_NOTHING and wanted != "/" else ""
    return RedirectResponse(f"{LOGIN}{back}", HTTPStatus.SEE_OTHER, {"cache-control": "no-store"})
