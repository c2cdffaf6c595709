"""The addresses of the console, who may open them, and what is shown where one cannot be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mapping.loader import ConfigError
from store.database import Unavailable
from sync.access.throttle import Throttled
from sync.access.viewer import Viewer
from sync.runtime import NotConfigured, Runtime
from web.access.turn import Turn
from web.console import account, deal, handoffs, health, line, mapping, reports
from web.console.live import Changes
from web.console.page import admins, everybody, operators, render, reporters
from web.console.visit import NotShown, Visit

Answers = Callable[[Visit], Response]
May = Callable[[Viewer], bool]
Endpoint = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()


_PAGES: tuple[tuple[str, Answers, May], ...] = (
    ("/deals", line.show_deals, everybody),
    ("/deals/{deal}", deal.show, everybody),
    ("/hand-offs", handoffs.show, everybody),
    ("/reports", reports.show, reporters),
    ("/reports.csv", reports.as_file, reporters),
    ("/mapping", mapping.show, admins),
    ("/health", health.show, operators),
    ("/account", account.show, everybody),
)

_FORMS: tuple[tuple[str, Answers, May], ...] = (
    ("/hand-offs/{handoff}/accept", handoffs.accept, everybody),
    ("/hand-offs/{handoff}/return", handoffs.give_back, everybody),
    ("/mapping/plan", mapping.plan, admins),
    ("/mapping/apply", mapping.apply, admins),
    ("/mapping/rollback/plan", mapping.plan_rollback, admins),
    ("/mapping/rollback", mapping.roll_back, admins),
    ("/health/dead", health.settle_dead, operators),
)


def console_routes(runtime: Runtime, turn: Turn) -> list[Route]:
    """All addresses of the console but log-in and log-out; a viewer stands in each request's state.

    What tries a password waits for its turn.
    """
    first = ("/", line.Line().show, everybody)
    pages = [Route(path, _endpoint(runtime, answers, may)) for path, answers, may in (first, *_PAGES)]
    forms = [Route(path, _endpoint(runtime, answers, may), methods=["POST"]) for path, answers, may in _FORMS]
    password = Route("/account", _password(runtime, turn), methods=["POST"])
    return [*pages, *forms, password, Route("/events", Changes(runtime).stream)]


def _password(runtime: Runtime, turn: Turn) -> Endpoint:
    change, too_many = (_endpoint(runtime, each, everybody) for each in (account.change, account.too_many))

    async def endpoint(request: Request) -> Response:
        try:
            async with turn.taken():
                return await change(request)
        except Throttled:
            return await too_many(request)

    return endpoint


def _endpoint(runtime: Runtime, answers: Answers, may: May) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        return await run_in_threadpool(_answer, Visit(runtime, request, texts), answers, may)

    return endpoint


@dataclass(frozen=True)
class _Trouble:
    """How a page that cannot be shown is told."""

    status: HTTPStatus
    words: str  # a name of `trouble.html`


_TROUBLE: dict[type[Exception], _Trouble] = {
    NotShown: _Trouble(HTTPStatus.NOT_FOUND, "not_shown"),
    NotConfigured: _Trouble(HTTPStatus.SERVICE_UNAVAILABLE, "not_configured"),
    ConfigError: _Trouble(HTTPStatus.SERVICE_UNAVAILABLE, "not_loading"),
    Unavailable: _Trouble(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    SQLAlchemyError: _Trouble(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
}
_FORBIDDEN = _Trouble(HTTPStatus.FORBIDDEN, "forbidden")


def _answer(visit: Visit, answers: Answers, may: May) -> Response:
    """The page, or why it cannot be shown."""
    if not may(visit.viewer):
        return _tell(visit, _FORBIDDEN)
    try:
        _ = visit.mark  # before the page reads anything
        return answers(visit)
    except tuple(_TROUBLE) as error:
        kind = next(kind for kind in type(error).__mro__ if kind in _TROUBLE)
        if kind is not NotShown:
            log.warning("page_not_shown", path=visit.request.url.path, error=type(error).__name__)
        return _tell(visit, _TROUBLE[kind])


def _tell(visit: Visit, trouble: _Trouble) -> Response:
    return render(visit.request, "trouble.html", status=trouble.status, trouble=trouble.words)
