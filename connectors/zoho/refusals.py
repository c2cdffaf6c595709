"""What Zoho's error codes mean for us, in one table; codes decide, and the status where there is none.

The same object stands for a whole call or for one record inside a success. Facts: docs/connectors/zoho.md#errors
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.errors import AuthFailed, Conflict, ConnectorError, Missing, RateLimited, Rejected, Transient
from connectors.http import short

Json = Mapping[str, object]

NO_SUCH_ID = "the id given seems to be invalid"


class Expired(AuthFailed):
    """The access token is over; it is renewed once before anybody hears of it."""


class InBlueprint(Rejected):
    """A Blueprint decides over this field; it changes by a transition only."""


class Duplicate(Rejected):
    """A record with this unique value exists: its id, where Zoho names it, and the field."""

    existing: str | None = None
    field: str | None = None


class NotSelectable(Rejected):
    """A query cannot show this column; `column` is its name."""

    column: str = ""


Meaning = tuple[type[ConnectorError], str]

_RIGHTS = "Give the user who granted the access a profile and role that see and edit all deals."
BY_CODE: Mapping[str, Meaning] = {
    "INVALID_TOKEN": (Expired, "Zoho does not accept the access token."),
    "INVALID_OAUTHTOKEN": (Expired, "Zoho does not accept the access token."),
    "AUTHENTICATION_FAILURE": (Expired, "Zoho does not accept the access token."),
    "OAUTH_SCOPE_MISMATCH": (AuthFailed, "The access lacks a scope; grant it anew with all scopes."),
    "AUTHORIZATION_FAILED": (AuthFailed, _RIGHTS),
    "INVALID_HOST": (AuthFailed, "This is not the organisation's data centre; correct `region`."),
    "NO_PERMISSION": (Rejected, _RIGHTS),
    "ALREADY_MODIFIED": (Conflict, "Somebody changed the record after we looked."),
    "DUPLICATE_DATA": (Duplicate, "Zoho has a record with this unique value."),
    "RECORD_IN_BLUEPRINT": (InBlueprint, "A Blueprint decides over this field."),
    "RECORD_LOCKED": (Transient, "The record is locked; this is tried again later."),
    "NOT_APPROVED": (Transient, "The record waits for an approval; this is tried again later."),
    "INVALID_QUERY": (NotSelectable, "Zoho cannot run this query."),
    "TOO_MANY_REQUESTS": (RateLimited, "Zoho asks us to call less often."),
    "RATE_LIMIT_EXCEEDED": (RateLimited, "Zoho asks us to call less often."),
    "INTERNAL_ERROR": (Transient, "Zoho had an error of its own."),
    "INTERNAL_SERVER_ERROR": (Transient, "Zoho had an error of its own."),
    "SERVICE_UNAVAILABLE": (Transient, "Zoho is not available."),
}

BY_STATUS: Mapping[int, Meaning] = {
    300: (AuthFailed, "Zoho sends us to another address; check `region` and `base_url`."),
    401: (Expired, "Zoho does not accept the access token."),
    403: (AuthFailed, _RIGHTS),
    404: (Rejected, "Zoho has no such path."),
    412: (Conflict, "Somebody changed the record after we looked."),
    408: (Transient, "Zoho took too long."),
    429: (RateLimited, "Zoho asks us to call less often."),
    500: (Transient, "Zoho did not answer properly."),
}
"""Status, or its hundred, where the code says nothing."""


def refusal(said: Json, status: int, *, whole: bool = False) -> ConnectorError:
    """The error that `{"code", "message", "details"}` means, in Zoho's words without any values.

    `whole`: it refuses a whole call, not one record in it.
    """
    parts = list(_parts(said))
    kind, hint, part = _meaning(parts, status)
    if whole and part.get("code") == "NO_PERMISSION":
        kind = AuthFailed
    error = kind(f"{hint} ({'; '.join(_words(each) for each in parts) or status})", status=status)
    details = _details(part)
    if isinstance(error, Duplicate):
        error.existing, error.field = _existing(details), str(details.get("api_name") or "")
    if isinstance(error, NotSelectable):
        error.column = str(details.get("column_name") or "")
    if isinstance(error, Transient) and part.get("code") in ("RECORD_LOCKED", "NOT_APPROVED"):
        error.uncertain = False
    return error


def _meaning(parts: list[Json], status: int) -> tuple[type[ConnectorError], str, Json]:
    for part in parts:
        if part.get("code") == "INVALID_DATA" and NO_SUCH_ID in str(part.get("message")).lower():
            return Missing, "Zoho has no such record.", part
        if part.get("code") in BY_CODE:
            return *BY_CODE[str(part["code"])], part
    found = BY_STATUS.get(status) or BY_STATUS.get(status // 100 * 100)
    kind, hint = found or (Rejected, "Zoho refuses this.")
    return kind, hint, parts[0] if parts else {}


def _parts(said: Json) -> Iterator[Json]:
    """The errors that one object stands for: itself, or those it wraps."""
    inner = list(_wrapped(said.get("details"))) if said.get("code") == "MULTIPLE_OR_MULTI_ERRORS" else []
    if inner:
        yield from inner
    elif said.get("code"):
        yield said


def _wrapped(details: object) -> Iterator[Json]:
    if isinstance(details, Mapping):
        if details.get("code") and details.get("message"):
            yield details
        else:
            for each in details.values():
                yield from _wrapped(each)
    elif isinstance(details, list):
        for each in details:
            yield from _wrapped(each)


def _words(part: Json) -> str:
    details = _details(part)
    place = details.get("api_name") or details.get("param_name") or details.get("param")
    place = place or details.get("column_name") or details.get("json_path")
    wants = details.get("expected_data_type") or details.get("maximum_length")
    more = "".join(f", {short(str(each), 60)}" for each in (place, wants) if each)
    return f"Zoho: {short(str(part.get('code')), 60)}, {short(str(part.get('message') or ''), 200)}{more}"


def _details(part: Json) -> Json:
    details = part.get("details")
    return details if isinstance(details, Mapping) else {}


def _existing(details: Json) -> str | None:
    there = details.get("duplicate_record")
    found = there.get("id") if isinstance(there, Mapping) else details.get("id")
    return str(found) if found else None
