"""What Copper's refusals mean. Status decides, never the text: its words may change without notice.

Facts: docs/connectors/copper.md#errors
"""

from __future__ import annotations

from connectors.errors import AuthFailed, RateLimited, Rejected
from connectors.http import DEFAULT, Answer, Table, retry_after, short, words

PAUSE_S = 20.0  # a window of a minute rolls: a third of it gives back about a third of the calls
LONGEST_PAUSE_S = 60.0
NOTHING = "no explanation"


def said(answer: Answer) -> str:
    """Copper's own words: `message`, `error`, or a plain text; never a proxy's HTML."""
    told = words(answer)
    text = answer.body[:2000].decode("utf-8", "replace").strip()
    if told != NOTHING or not text or text[0] in "<{[":
        return told
    return short(text)


def _unauthorized(answer: Answer) -> AuthFailed:
    return AuthFailed(
        f"Copper does not accept the credentials (401): {said(answer)} - check `api_key` and `user_email` of this "
        "connection; the key must belong to that user.",
        status=401,
    )


def _forbidden(answer: Answer) -> AuthFailed:
    return AuthFailed(
        f"Copper does not allow this (403): {said(answer)} - the user of the API key has to be an administrator.",
        status=403,
    )


def _invalid(answer: Answer) -> Rejected:
    return Rejected(f"Copper refuses this ({answer.status}): {said(answer)}", status=answer.status)


def _rate_limited(answer: Answer) -> RateLimited:
    wait = min(max(retry_after(answer, PAUSE_S), 1.0), LONGEST_PAUSE_S)
    return RateLimited(f"Copper asks to slow down (429): {said(answer)}", retry_after_s=wait, status=429)


TABLE: Table = {
    **DEFAULT,
    400: _invalid,
    401: _unauthorized,
    403: _forbidden,
    409: Rejected,  # no version is sent along, so it cannot mean a change that we have not seen
    422: _invalid,
    429: _rate_limited,
}
