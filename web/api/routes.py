"""The addresses of the API: each operation behind its token, with what it is given checked before it runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sync.runtime import Runtime
from web.access.address import address_of
from web.access.api import ApiAccess
from web.api.call import Call, Nothing
from web.api.openapi import document
from web.api.operations import OPERATIONS, Operation
from web.api.problems import Problem, forbidden
from web.body import TooLarge, TooSlow, read_body

DOCUMENT = "/openapi.json"


def api_routes(runtime: Runtime) -> list[BaseRoute]:
    """All addresses below `/api/v1`; the document needs no token."""
    operations = [
        Route(op.path, _endpoint(runtime, op), methods=[op.method], name=op.name) for op in OPERATIONS
    ]
    behind_token = [Middleware(ApiAccess, runtime=runtime)]
    return [Route(DOCUMENT, _document), Mount("", routes=operations, middleware=behind_token)]


def _document(request: Request) -> Response:
    return JSONResponse(document(OPERATIONS))


def _endpoint(runtime: Runtime, op: Operation) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def endpoint(request: Request) -> Response:
        viewer = request.state.viewer
        if not op.who.may(viewer):
            raise forbidden(f"Not for this account. Who may: {op.who.words}")
        given = await _given(request, op)
        call = Call(runtime, viewer, request.path_params, address_of(request))
        return await run_in_threadpool(_answer, op, call, given)

    return endpoint


def _answer(op: Operation, call: Call, given: Nothing) -> Response:
    return JSONResponse(op.act(call, given), headers={"cache-control": "no-store"})


async def _given(request: Request, op: Operation) -> Nothing:
    """What the operation takes, checked. Raises `ValidationError`, `Problem`."""
    if "\0" in "".join((*request.path_params.values(), *request.query_params.values())):
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid", "A parameter holds a character that no text has.")
    if request.method == "POST" and op.takes is not Nothing:
        return op.takes.model_validate_json(await _body(request))
    return op.takes.model_validate(dict(request.query_params))


async def _body(request: Request) -> bytes:
    try:
        return await read_body(request.scope, request.receive)
    except TooLarge as error:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "At most 1 MiB.") from error
    except (TooSlow, ClientDisconnect) as error:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT, "too_slow", "The body took longer than 4 s to arrive."
        ) from error
