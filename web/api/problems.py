"""What a script is told when something cannot be done: problem details (RFC 9457), in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypedDict

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from connectors.errors import ConnectorError
from mapping.loader import ConfigError
from store.database import Unavailable
from sync.actions import NotPossible
from sync.runtime import NotConfigured, NotUsable
from sync.views.story import UnknownDeal

MEDIA_TYPE = "application/problem+json"


class Wrong(TypedDict):
    """One thing that is wrong with what was sent, and where."""

    where: str
    message: str


class ProblemView(TypedDict):
    """Problem details; `code` names the kind and stays the same, `detail` is for people, `errors` name mistakes."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Wrong]


class Problem(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, errors: Sequence[Wrong] = ()) -> None:
        super().__init__(detail)
        self.status, self.code, self.errors = status, code, list(errors)


def not_found(detail: str) -> Problem:
    """What does not exist, or not for this viewer: the same answer, so that nothing can be learned from it."""
    return Problem(HTTPStatus.NOT_FOUND, "not_found", detail)


def forbidden(detail: str) -> Problem:
    """What this account may not do."""
    return Problem(HTTPStatus.FORBIDDEN, "forbidden", detail)


_KNOWN: dict[type[Exception], tuple[HTTPStatus, str]] = {
    NotPossible: (HTTPStatus.CONFLICT, "not_possible"),
    UnknownDeal: (HTTPStatus.NOT_FOUND, "not_found"),
    NotConfigured: (HTTPStatus.SERVICE_UNAVAILABLE, "not_configured"),
    NotUsable: (HTTPStatus.CONFLICT, "not_usable"),
    ConnectorError: (HTTPStatus.BAD_GATEWAY, "crm"),
}
_NOT_NOW = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The database is not available. Try again.")

_NOT_LOADING = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE, "not_configured", "The active rules do not load: see `conveyor check`."
)

EXPECTED: tuple[type[Exception], ...] = (
    Problem,
    HTTPException,
    ValidationError,
    Unavailable,
    SQLAlchemyError,
    ConfigError,
    *_KNOWN,
)


def problem_of(error: Exception) -> Problem:
    """The problem behind an error of one of the kinds in `EXPECTED`."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return Problem(status, status.name.lower(), error.detail)
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, ConfigError):
        return _NOT_LOADING
    known = next((_KNOWN[kind] for kind in type(error).__mro__ if kind in _KNOWN), None)
    return _NOT_NOW if known is None else Problem(*known, str(error))


def answer_to(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that tells a problem."""
    view = ProblemView(
        type="about:blank",
        title=problem.status.phrase,
        status=problem.status.value,
        code=problem.code,
        detail=str(problem),
        errors=problem.errors,
    )
    return JSONResponse(view, problem.status, headers, MEDIA_TYPE)


def _of_validation(error: ValidationError) -> Problem:
    """What is wrong with parameters or a body; what was sent is not repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    errors = [Wrong(where=".".join(map(str, one["loc"])), message=one["msg"]) for one in found]
    words = "; ".join(f"{one['where']}: {one['message']}" for one in errors)
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", words, errors)
