"""Close's refusals: status and body of each. Their words are those of its open-source server framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.call import Reason, Refusal, json_answer

WRONG_PATH = (
    "The requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again."
)
REQUIRED = "This field is required."
MISSING_OBJECT = "Object does not exist."
NOT_A_CHOICE = "Not a valid choice."


def refused(status: int, message: str, reason: Reason = "malformed") -> Refusal:
    """Return the general refusal."""
    return Refusal(json_answer(status, {"error": message}), reason)


def unauthorized() -> Refusal:
    """Return the refusal of missing or wrong credentials."""
    refusal = refused(401, "Unauthorized", "ordinary")
    refusal.response.headers["www-authenticate"] = 'Basic realm="Close API"'
    return refusal


def forbidden(message: str = "You do not have permission to perform this action.") -> Refusal:
    """Return the refusal of what this user may not do."""
    return refused(403, message, "ordinary")


def missing(what: str) -> Refusal:
    """Return the refusal for an object that does not exist, was deleted or is hidden from this user."""
    return refused(404, f"Empty query: {what} matching query does not exist.", "ordinary")


def invalid(problems: Mapping[str, Any], *, general: tuple[str, ...] = ()) -> Refusal:
    """Return the refusal of a body, with what is wrong with each field."""
    body = {"field-errors": dict(problems), "errors": list(general)}
    return Refusal(json_answer(400, body), "malformed")
