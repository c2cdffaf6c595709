"""`/login` and `/logout`: the only pages for somebody who is not signed in."""

from __future__ import annotations

from http import HTTPStatus

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from store import users
from store.database import Unavailable
from sync.access.signing_in import Attempt, Refused, sign_in, sign_out
from sync.access.throttle import Throttled
from sync.access.tokens import csrf_of, new_token
from sync.runtime import Runtime
from web.access import cookies
from web.access.address import address_of
from web.access.console import LOGIN, NOT_NOW, signed_in
from web.access.csrf import check_form, check_origin
from web.access.turn import Turn
from web.console.page import render

LONGEST_EMAIL = 320


class Login:
    """Takes e-mail and password."""

    def __init__(self, runtime: Runtime, turn: Turn) -> None:
        self._runtime, self._turn = runtime, turn

    async def show(self, request: Request) -> Response:
        """The form; whoever is signed in already goes on to where they wanted."""
        try:
            if await signed_in(self._runtime, request) is not None:
                return _onward(request.query_params.get("next"))
            nobody = not await run_in_threadpool(self._anybody)
        except (Unavailable, SQLAlchemyError):
            return NOT_NOW
        return _form(
            request, error="nobody" if nobody else None, next=_local(request.query_params.get("next"))
        )

    async def take(self, request: Request) -> Response:
        """Sign in, or show the form again and say why not."""
        try:
            form = await self._read(request)
        except HTTPException as error:
            return _form(request, error="expired", status=error.status_code)
        email, next = str(form.get("email", ""))[:LONGEST_EMAIL], _local(str(form.get("next", "")))
        attempt = Attempt(email, str(form.get("password", "")), address_of(request))
        try:
            async with self._turn.taken():
                token = await run_in_threadpool(sign_in, self._runtime, attempt)
        except Refused:
            return _form(request, error="wrong", status=HTTPStatus.UNAUTHORIZED, email=email, next=next)
        except Throttled:
            return _form(
                request, error="throttled", status=HTTPStatus.TOO_MANY_REQUESTS, email=email, next=next
            )
        except (Unavailable, SQLAlchemyError):
            return NOT_NOW
        return _welcome(request, token, next)

    async def leave(self, request: Request) -> Response:
        """End the session; stands behind `ConsoleAccess`."""
        token, email = request.cookies[cookies.SESSION], request.state.viewer.email
        await run_in_threadpool(sign_out, self._runtime, token, email=email, address=address_of(request))
        answer = RedirectResponse(LOGIN, HTTPStatus.SEE_OTHER)
        cookies.drop(request, answer, cookies.SESSION)
        return answer

    async def _read(self, request: Request) -> FormData:
        visit = request.cookies.get(cookies.VISIT)
        if not visit:
            raise HTTPException(HTTPStatus.FORBIDDEN, "The form was not loaded here.")
        await check_origin(self._runtime, request)
        receive = await check_form(request.scope, request.receive, csrf_of(visit))
        return await Request(request.scope, receive).form()

    def _anybody(self) -> bool:
        with self._runtime.store.read() as tx:
            return users.exist(tx)


def _form(
    request: Request, *, error: str | None, status: int = HTTPStatus.OK, email: str = "", next: str = "/"
) -> Response:
    visit = request.cookies.get(cookies.VISIT) or new_token()
    request.state.csrf = csrf_of(visit)
    answer = render(request, "login.html", status=status, error=error, email=email, next=next)
    cookies.keep(request, answer, cookies.VISIT, visit)
    return answer


def _welcome(request: Request, token: str, next: str) -> Response:
    answer = _onward(next)
    cookies.keep(request, answer, cookies.SESSION, token, lasts=True)
    cookies.drop(request, answer, cookies.VISIT)
    return answer


def _onward(wanted: str | None) -> Response:
    return RedirectResponse(_local(wanted), HTTPStatus.SEE_OTHER, {"cache-control": "no-store"})


def _local(wanted: str | None) -> str:
    """A page of ours to go on to: nobody is sent elsewhere by a link that somebody made up."""
    path = wanted or "/"
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours and path.split("?")[0] != LOGIN else "/"
