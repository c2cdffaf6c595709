"""Zoho's refusals: of a whole call, and of one record inside `data[]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from sandbox.call import Reason, Refusal, compact_json

JSON = "application/json;charset=UTF-8"
MESSAGES = {
    "ALREADY_MODIFIED": "record has been modified already",
    "AMBIGUITY_DURING_PROCESSING": "Ambiguity while processing the request",
    "AUTHENTICATION_FAILURE": "Authentication failed",
    "DEPENDENT_FIELD_MISSING": "Dependent field missing",
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": "You have reached the limit of discrete pagination.",
    "DUPLICATE_DATA": "duplicate data",
    "EXPECTED_FIELD_MISSING": "one of the expected fields is missing",
    "EXPIRED_VALUE": "The given page token has expired",
    "ID_ALREADY_CONVERTED": "id already converted",
    "INTERNAL_ERROR": "Internal Server Error",
    "INVALID_DATA": "invalid data",
    "INVALID_MODULE": "the module name given seems to be invalid",
    "INVALID_QUERY": "invalid query formed",
    "INVALID_REQUEST_METHOD": "The http request method type is not a valid one",
    "INVALID_TOKEN": "invalid oauth token",
    "INVALID_URL_PATTERN": "Please check if the URL trying to access is a correct one",
    "LIMIT_EXCEEDED": "the given limit is exceeded",
    "LIMIT_REACHED": "maximum limit reached",
    "MANDATORY_NOT_FOUND": "required field not found",
    "NO_PERMISSION": "permission denied",
    "NOT_SUBSCRIBED": "Not subscribed",
    "NOT_SUPPORTED": "the module given is not supported in api",
    "OAUTH_SCOPE_MISMATCH": "invalid oauth scope to access this URL",
    "PAGINATION_LIMIT_EXCEEDED": "You have reached the limit of pagination.",
    "RECORD_IN_BLUEPRINT": "The record is in blue print",
    "RECORD_LOCKED": "the record is locked",
    "RECORD_NOT_IN_PROCESS": "record not in process",
    "REQUIRED_PARAM_MISSING": "One of the expected parameter is missing",
    "SYNTAX_ERROR": "error occured while parsing the query",
    "TOKEN_BOUND_DATA_MISMATCH": "The request does not match the given page token",
    "TOO_MANY_REQUESTS": "You have made too many requests. Please try again after some time.",
    "UNABLE_TO_PARSE_DATA_TYPE": "either the request body or parameters is in wrong format",
}
INVALID_ID = "the id given seems to be invalid"


class Problem(Exception):
    """Why something was refused: one error object, for `data[]` or for a whole answer."""

    def __init__(
        self,
        code: str,
        details: Mapping[str, Any] | None = None,
        message: str | None = None,
        reason: Reason = "malformed",
        status: int = 400,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.details = dict(details or {})
        self.message = message or MESSAGES[code]
        self.reason = reason
        self.status = status

    def as_json(self) -> dict[str, Any]:
        """Return the error object."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}

    def refusal(self) -> Refusal:
        """Return this as the answer to the whole call."""
        return Refusal(answer(self.status, self.as_json()), self.reason)


def answer(status: int, value: Any) -> Response:
    """Return JSON as Zoho sends it."""
    return raw_answer(status, compact_json(value))


def raw_answer(status: int, text: str) -> Response:
    """Return JSON text as Zoho sends it."""
    return Response(text.encode(), status, {"Content-Type": JSON})


def empty() -> Response:
    """Return the answer for "nothing": 204 without a body."""
    return Response(status_code=204)


def refused(code: str, details: Mapping[str, Any] | None = None, **more: Any) -> Refusal:
    """Return the refusal of a whole call: the arguments of Problem."""
    return Problem(code, details, **more).refusal()


def missing_param(name: str) -> Refusal:
    """Return the refusal of a call without a parameter it needs."""
    return refused("REQUIRED_PARAM_MISSING", {"param_name": name})


def invalid_param(name: str, message: str | None = None, **more: Any) -> Refusal:
    """Return the refusal of a wrong parameter."""
    return refused("INVALID_DATA", {"param_name": name, **more}, message=message)


def success(details: Mapping[str, Any], message: str, **more: Any) -> dict[str, Any]:
    """Return one element of success."""
    return {"code": "SUCCESS", **more, "details": dict(details), "message": message, "status": "success"}


def outcome(
    key: str, results: Sequence[dict[str, Any] | Problem], good: int, bad: int | None = None
) -> Response:
    """Return a write's answer, one element for each input: all good, mixed (207) or all bad.

    Raises Refusal with that answer when an element was wrong in itself, so that it is counted.
    """
    problems = [each for each in results if isinstance(each, Problem)]
    status = good
    if problems:
        status = 207 if len(problems) < len(results) else bad or problems[0].status
    body = {key: [each.as_json() if isinstance(each, Problem) else each for each in results]}
    made = answer(status, body)
    if any(each.reason == "malformed" for each in problems):
        raise Refusal(made, "malformed")
    return made


def at(path: str, name: str, **more: Any) -> dict[str, Any]:
    """Return the details that say where something is wrong."""
    return {**more, "api_name": name, "json_path": f"{path}.{name}"}
