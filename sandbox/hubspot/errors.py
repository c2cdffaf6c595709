"""HubSpot's refusals: status, body and category as documented."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from sandbox.call import Reason, Refusal, json_answer
from sandbox.hubspot.kinds import Kind

NOT_AUTHENTICATED = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
EXPIRED = (
    "The OAuth token used to make this call expired. This API supports OAuth 2.0 authentication and you can "
    "find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
MISSING_SCOPES = (
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes "
    "here: https://developers.hubspot.com/scopes."
)


def error_body(message: str, **more: Any) -> dict[str, Any]:
    """Return the common error body."""
    return {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), **more}


def error(status: int, message: str, **more: Any) -> Response:
    """Return an error answer."""
    return json_answer(status, error_body(message, **more))


def invalid(message: str, *, reason: Reason = "malformed", **more: Any) -> Refusal:
    """Return the refusal of a call that is wrong in itself."""
    return Refusal(error(400, message, category="VALIDATION_ERROR", **more), reason)


def invalid_values(problems: Iterable[tuple[str, str, str]], portal_id: int) -> Refusal:
    """Return the refusal of property values, given as (property, code, message)."""
    rows = [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": portal_id,
        }
        for name, code, message in problems
    ]
    details = [
        {"message": row["message"], "code": row["error"], "context": {"propertyName": [row["name"]]}}
        for row in rows
    ]
    text = f"Property values were not valid: {json.dumps(rows, separators=(',', ':'))}"
    return invalid(text, errors=details)


def not_found() -> Refusal:
    """Return the refusal for an object that does not exist."""
    return Refusal(error(404, "resource not found", category="OBJECT_NOT_FOUND"))


def conflict(message: str) -> Refusal:
    """Return the refusal of a duplicate."""
    return Refusal(error(409, message, category="CONFLICT"))


def missing_scopes(scopes: list[str]) -> Refusal:
    """Return the refusal of a call the token has no right to."""
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": scopes},
    }
    links = {"scopes": "https://developers.hubspot.com/scopes"}
    return Refusal(error(403, MISSING_SCOPES, category="MISSING_SCOPES", errors=[detail], links=links))


def missing_objects(kind: Kind, ids: list[str]) -> dict[str, Any]:
    """Return the entry of a 207 answer for ids that were not found."""
    name = kind.singular.upper()
    message = (
        f"Could not get some {name} objects, they may be deleted or not exist. Check that ids are valid."
    )
    return batch_error("OBJECT_NOT_FOUND", message, {"ids": ids})


def batch_error(category: str, message: str, context: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    """Return one entry of `errors` in a 207 answer."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": context,
        "errors": [],
        "links": {},
        **more,
    }


POLICIES = {
    "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    "SECONDLY": "You have reached your secondly limit.",
}


def rate_limited(policy: str, app_id: int, retry_after: float | None = None) -> Response:
    """Return the 429 of one policy; HubSpot sends no Retry-After, a fault may ask for one."""
    more = {"errorType": "RATE_LIMIT", "policyName": policy, "groupName": f"publicapi:{app_id}"}
    answer = error(429, POLICIES[policy], **more)
    if retry_after is not None:
        answer.headers["Retry-After"] = f"{retry_after:g}"
    return answer
