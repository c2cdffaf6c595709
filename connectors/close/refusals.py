"""What Close's refusals mean. It has no error codes, so the status decides. See docs/connectors/close.md#errors"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.close.rate_headers import wait_s
from connectors.errors import AuthFailed, ConnectorError, Missing, RateLimited, Rejected
from connectors.http import DEFAULT, Answer, Table, classify, short

_LINE_END = re.compile(r"\\+[nrt]")


def refusal(answer: Answer, *, writes: bool) -> ConnectorError | None:
    """The error that an answer means, `None` for a success; a write may be forbidden for one field alone."""
    return classify(answer, WRITES if writes else READS)


def said(answer: Answer) -> str:
    """Close's own words: general ones and those about single fields, which may nest."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "no explanation"
    if not isinstance(body, Mapping):
        return "no explanation"
    parts = [*_texts("", body.get("field-errors")), *_texts("", body.get("errors")), *_general(body)]
    # Escaped line ends would hide from `privacy` where a word begins.
    return short(_LINE_END.sub(" ", "; ".join(parts))) or "no explanation"


def _general(body: Mapping[str, Any]) -> Iterator[str]:
    error = body.get("error")
    yield from _texts("", error.get("message") if isinstance(error, Mapping) else error)


def _texts(name: str, problem: object) -> Iterator[str]:
    if isinstance(problem, Mapping):
        for key, each in problem.items():
            place = "" if key == "errors" else str(key)
            yield from _texts(".".join(filter(None, (name, place))), each)
    elif isinstance(problem, list):
        for each in problem:
            yield from _texts(name, each)
    elif problem:
        yield f"{name}: {problem}" if name else str(problem)


def _rejected(answer: Answer) -> Rejected:
    return Rejected(f"Close refuses this ({answer.status}): {said(answer)}", status=answer.status)


def _unauthorized(answer: Answer) -> AuthFailed:
    return AuthFailed(
        f"Close does not accept the API key ({said(answer)}): check `auth` of this connection.", status=401
    )


def _forbidden(answer: Answer) -> AuthFailed:
    return AuthFailed(
        f"The user of the API key may not read this in Close ({said(answer)}): it needs the role Admin.",
        status=403,
    )


def _missing(answer: Answer) -> ConnectorError:
    # Close explains itself in JSON; a page comes from whoever else answers at that address.
    try:
        json.loads(answer.body)
    except (ValueError, RecursionError):
        return AuthFailed("There is no Close at this address: check `base_url`.", status=404)
    return Missing(f"Close has no such record ({said(answer)}).", status=404)


def _rate_limited(answer: Answer) -> RateLimited:
    return RateLimited("Close asks us to call less often.", retry_after_s=wait_s(answer), status=429)


READS: Table = {
    **DEFAULT,
    400: _rejected,
    401: _unauthorized,
    403: _forbidden,
    404: _missing,
    429: _rate_limited,
}
WRITES: Table = {**READS, 402: _rejected, 403: _rejected, 409: _rejected}
