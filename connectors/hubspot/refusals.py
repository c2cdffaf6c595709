"""What HubSpot's refusals mean. Facts: docs/connectors/hubspot.md#errors"""

from __future__ import annotations

import json
from typing import Any

from connectors.errors import AuthFailed, ConnectorError, RateLimited, Rejected, Transient
from connectors.http import DEFAULT, Answer, Table, refusal, retry_after, short, words

HOUR_S = 3600.0
WAITS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": HOUR_S}
"""How long each limit asks to wait, in seconds. The daily one ends at the account's midnight, which is not
told: the connection looks again every hour."""


def _body(answer: Answer) -> dict[str, Any]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _rate_limited(answer: Answer) -> RateLimited:
    wait = retry_after(answer, WAITS.get(str(_body(answer).get("policyName")), 10.0))
    return RateLimited(
        f"HubSpot asks to slow down ({answer.status}): {words(answer)}",
        retry_after_s=wait,
        status=answer.status,
    )


def _locked(answer: Answer) -> RateLimited:
    return RateLimited(
        "HubSpot has locked the record for a moment (423).",
        retry_after_s=retry_after(answer, 2.0),
        status=423,
    )


def _server_error(answer: Answer) -> ConnectorError:
    # A rate limit has been seen under status 500, with its usual body.
    if _body(answer).get("policyName") or _body(answer).get("errorType") == "RATE_LIMIT":
        return _rate_limited(answer)
    return refusal(Transient, answer)


def _invalid(answer: Answer) -> Rejected:
    """The properties and reasons out of the JSON list that HubSpot writes into the message of a 400."""
    message = str(_body(answer).get("message", ""))
    start = message.find("[{")
    try:
        reasons = json.loads(message[start:]) if start >= 0 else []
        said = "; ".join(f"{each['name']}: {each['message']}" for each in reasons)
    except (ValueError, TypeError, KeyError):
        said = ""
    return Rejected(f"HubSpot refuses this (400): {short(said) or words(answer)}", status=400)


def _unauthorized(answer: Answer) -> AuthFailed:
    return AuthFailed(
        f"HubSpot does not accept the credentials (401): {words(answer)} - check `auth` of this connection.",
        status=401,
    )


def _forbidden(answer: Answer) -> AuthFailed:
    scopes: list[str] = []
    for each in _body(answer).get("errors") or ():
        context = each.get("context") if isinstance(each, dict) else None
        for names in (context or {}).values():
            scopes += names if isinstance(names, list) else []
    missing = f" - give the app one of: {short(', '.join(map(str, scopes)))}" if scopes else ""
    return AuthFailed(f"HubSpot does not allow this (403): {words(answer)}{missing}", status=403)


TABLE: Table = {
    **DEFAULT,
    400: _invalid,
    401: _unauthorized,
    403: _forbidden,
    409: Rejected,  # "already exists": a double, not a change that we have not seen
    423: _locked,
    429: _rate_limited,
    477: _rate_limited,
    500: _server_error,
}
