"""The refusals of Copper's API. Where the vendor documents no body, one of the two known envelopes stands in."""

from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from sandbox.call import Reason, Refusal, json_answer

BULK_SIZE: Final = 10


class Invalid(Exception):
    """A value that cannot be taken; `malformed` if no account would take it, so the caller is wrong."""

    def __init__(self, text: str, *, malformed: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.malformed = malformed


class Problem(Exception):
    """One or more lines of a validation error, each as "Label: text"."""

    def __init__(self, lines: Iterable[str], *, malformed: bool = False) -> None:
        self.lines = list(lines)
        self.malformed = malformed
        super().__init__("\n".join(self.lines))


def label(attribute: str) -> str:
    """Return an attribute as validation errors name it: `primary_contact_id` is "Primary contact"."""
    return attribute.removesuffix("_id").replace("_", " ").capitalize()


def about(attribute: str, text: str, *, malformed: bool = False) -> Problem:
    """Return the problem of one attribute."""
    return Problem([f"{label(attribute)}: {text}"], malformed=malformed)


def unrecognized(names: Iterable[str]) -> str:
    """Return the line about attributes that the call does not know."""
    return f"Base: Unrecognized attributes specified: {', '.join(names)}"


def envelope(status: int, text: str) -> Response:
    """Return the envelope with `success`, `status` and `message`."""
    return json_answer(status, {"success": False, "status": status, "message": text})


def refuse(status: int, text: str, reason: Reason = "ordinary") -> Refusal:
    """Return a refusal in that envelope."""
    return Refusal(envelope(status, text), reason)


def invalid(problem: Problem) -> Refusal:
    """Return the 422 of a validation error."""
    text = "Invalid input: Validation errors: " + "\n".join(problem.lines)
    return refuse(422, text, "malformed" if problem.malformed else "ordinary")


def no_record() -> Refusal:
    """Return the answer about a record that is not there (any more)."""
    return refuse(404, "Resource not found")


def no_path() -> Refusal:
    """Return the answer to a path that the API does not have."""
    return Refusal(json_answer(404, {"error": "not_found"}), "malformed")


def too_large() -> Refusal:
    """Return the answer to a bulk call with too many records."""
    text = f"Request size too large, limit is {BULK_SIZE}"
    return Refusal(json_answer(422, {"error": text}), "malformed")


def not_related() -> Refusal:
    """Return the answer to the removal of a relation that does not exist."""
    return refuse(422, "Invalid request: Resources are not related")


def rate_limited(retry_after: float | None = None) -> Response:
    """Return the answer beyond a rate limit; no header says how long to wait unless a test wants one."""
    answer = envelope(429, "Rate limit exceeded")
    if retry_after is not None:
        answer.headers["Retry-After"] = f"{retry_after:g}"
    return answer


def unauthorized() -> Response:
    """Return the answer to a call without good credentials."""
    return envelope(401, "Invalid credentials")
