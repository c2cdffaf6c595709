"""What Bitrix24's error codes mean for us, in one table. Codes decide, never texts: they are translated.

The table is docs/connectors/bitrix24.md#errors.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping
from datetime import datetime

from connectors.errors import AuthFailed, ConnectorError, Missing, RateLimited, Rejected, Transient
from connectors.http import Answer, short

QUERY_LIMIT_PAUSE_S = 2.0  # the counter falls by 2 a second, so this makes room for four calls
OPERATION_PAUSE_S = 60.0  # the limit counts ten buckets of a minute
LONGEST_PAUSE_S = 600.0


class ExpiredToken(AuthFailed):
    """The access token is over; it is renewed once before anybody hears of it."""


Meaning = tuple[type[ConnectorError], str]

_CODE = re.compile(r"[A-Z0-9_ -]{1,60}")

CONFIGURATION = "Look at the rights of the webhook or application and of the user it belongs to."
BY_CODE: Mapping[str, Meaning] = {
    "EXPIRED_TOKEN": (ExpiredToken, "The access token has expired."),
    "NO_AUTH_FOUND": (
        AuthFailed,
        "Bitrix24 no longer knows this webhook or token; create a new one and update the connection.",
    ),
    "INVALID_TOKEN": (AuthFailed, "Bitrix24 does not accept this token; connect the application again."),
    "INVALID_CREDENTIALS": (AuthFailed, CONFIGURATION),
    "INSUFFICIENT_SCOPE": (AuthFailed, "A permission is missing: the webhook needs crm, task and user."),
    "USER_ACCESS_ERROR": (AuthFailed, CONFIGURATION),
    "ALLOWED_ONLY_INTRANET_USER": (AuthFailed, "The user of the webhook is no employee of the portal."),
    "WRONG_AUTH_TYPE": (Rejected, "This needs an application; an incoming webhook may not do it."),
    "OVERLOAD_LIMIT": (
        AuthFailed,
        "Bitrix24 has blocked REST for this portal by hand because of overload; it does not end by itself. "
        "Ask Bitrix24 support, then resume the connection.",
    ),
    "PORTAL_DELETED": (AuthFailed, "This Bitrix24 portal is closed."),
    "PAYMENT_REQUIRED": (AuthFailed, "The portal's plan does not include REST (any more)."),
    "QUERY_LIMIT_EXCEEDED": (RateLimited, "Bitrix24 asks us to call less often."),
    "OPERATION_TIME_LIMIT": (RateLimited, "This method has used up its running time at Bitrix24."),
    "NOT_FOUND": (Missing, "Bitrix24 has no such record."),
    "ACCESS_DENIED": (Rejected, "The user of the webhook may not do this."),
    "-": (Rejected, "The user of the webhook may not make this change of stage."),
    "ERROR_METHOD_NOT_FOUND": (Rejected, "This portal's version or plan does not have that method."),
    "INTERNAL_SERVER_ERROR": (Transient, "Bitrix24 had an error of its own."),
    "ERROR_UNEXPECTED_ANSWER": (Transient, "Bitrix24 had an error of its own."),
}

BY_FAMILY: Mapping[int, Meaning] = {
    401: (AuthFailed, "Bitrix24 refuses our credentials."),
    402: (AuthFailed, "The portal's plan does not include REST (any more)."),
    403: (AuthFailed, CONFIGURATION),
    408: (Transient, "Bitrix24 took too long."),
    429: (RateLimited, "Bitrix24 asks us to call less often."),
    400: (Rejected, "Bitrix24 refuses this."),
    500: (Transient, "Bitrix24 did not answer properly."),
}
"""Status, or its hundred, where the code says nothing."""

NO_REST_HERE: Meaning = (
    AuthFailed,
    "There is no Bitrix24 REST at this address; check the address of the webhook or portal.",
)
"""For a 404 or 410 without a code: a record that is missing is told by a code, never like this."""


def refusal(body: Mapping[str, object], status: int | None = None, reset_at: object = None) -> ConnectorError:
    """The error that `{"error", "error_description"}` means; `status` is absent inside a batch.

    `reset_at` is the end of an `OPERATION_TIME_LIMIT`, in either of its documented forms.
    """
    code = _code(body.get("error"))
    said = _plain(body.get("error_description")) or _plain(body.get("error"))
    kind, hint = _meaning(code, said, status)
    message = f"{hint} (Bitrix24: {code} {said})" if code else f"{hint} (Bitrix24: {said or status})"
    if issubclass(kind, RateLimited):
        pause = _pause(reset_at) if code != "QUERY_LIMIT_EXCEEDED" else QUERY_LIMIT_PAUSE_S
        return kind(message, retry_after_s=pause, status=status)
    return kind(message, status=status)


def _meaning(code: str, said: str, status: int | None) -> Meaning:
    if status == 403 and code == "ACCESS_DENIED":
        return AuthFailed, "The portal's plan or the application's rights do not allow REST."
    if code == "" and said.rstrip(".").lower() == "not found":
        return BY_CODE["NOT_FOUND"]  # older methods leave the code empty
    return BY_CODE.get(code) or _by_status(status or 400)


def _by_status(status: int) -> Meaning:
    return BY_FAMILY.get(status) or BY_FAMILY.get(status // 100 * 100) or BY_FAMILY[500]


def page_refusal(answer: Answer) -> ConnectorError:
    """The error that an answer without JSON means: a proxy's page, or no Bitrix24 at all."""
    kind, hint = NO_REST_HERE if answer.status in (404, 410) else _by_status(answer.status)
    message = f"{hint} (status {answer.status}, no JSON)"
    if issubclass(kind, RateLimited):
        return kind(message, retry_after_s=OPERATION_PAUSE_S, status=answer.status)
    return kind(message, status=answer.status)


def _pause(reset_at: object) -> float:
    try:
        at = float(str(reset_at))
    except ValueError:
        try:
            at = datetime.fromisoformat(str(reset_at)).timestamp()
        except ValueError:
            return OPERATION_PAUSE_S
    return min(max(at - time.time(), 1.0), LONGEST_PAUSE_S)


def _code(error: object) -> str:
    """The code in capitals; nothing for a sentence, which may repeat what was sent."""
    code = str(error or "").upper()
    return code if _CODE.fullmatch(code) else ""


def _plain(said: object) -> str:
    return short(html.unescape(re.sub(r"<[^>]{0,80}>", " ", str(said)))) if said else ""
