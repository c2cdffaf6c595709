"""Before everything of the API: whose token it is. Cookies count for nothing here, so no other site can use them."""

from __future__ import annotations

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.access.sessions import viewer_of_api_token
from sync.access.viewer import Viewer
from sync.runtime import Runtime
from web.api.problems import EXPECTED, Problem, answer_to, problem_of


class ApiAccess:
    """ASGI middleware: sets `request.state.viewer`, or tells why not."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app, self._runtime = app, runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through if its token is known; what is foreseen to go wrong is told as a problem."""
        try:
            viewer = await self._viewer(Request(scope))
            state = {**scope.get("state", {}), "viewer": viewer}
            await self._app({**scope, "state": state}, receive, send)
        except EXPECTED as error:
            await _answer(problem_of(error))(scope, receive, send)

    async def _viewer(self, request: Request) -> Viewer:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        known = kind.lower() == "bearer" and token.strip()
        viewer = await run_in_threadpool(viewer_of_api_token, self._runtime, token.strip()) if known else None
        if viewer is None:
            words = "Send `Authorization: Bearer TOKEN`; `conveyor users token add` makes one."
            raise Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", words)
        return viewer


def _answer(problem: Problem) -> ASGIApp:
    needs_token = problem.status is HTTPStatus.UNAUTHORIZED
    return answer_to(problem, {"www-authenticate": "Bearer"} if needs_token else None)
