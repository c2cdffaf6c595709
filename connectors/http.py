"""One HTTP call to a CRM: pooled, timed, never followed elsewhere, its outcome named once. Knows no CRM.

Nothing is retried here but a connection that could not be opened, since then nothing was sent.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests
import stamina
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from connectors import deadline, overheard, privacy
from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)

Made = TypeVar("Made")
Timeout = tuple[float, float]
TIMEOUT: Timeout = (3.05, 20.0)  # seconds to connect, seconds between two bytes
DEADLINE_S = 60.0  # for a whole answer, however slowly it drips
MAX_BODY = 64 * 1024 * 1024
WORDS_LENGTH = 400


@dataclass(frozen=True)
class Answer:
    """What a CRM said; `headers` are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """The body as plain data; `Unreadable` if it is no whole JSON document (HTML, half a body)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                f"The CRM answered {self.status} with something that is not JSON ({len(self.body)} bytes); "
                "a proxy may have answered in its place.",
                status=self.status,
            ) from error


class Http:
    """HTTP calls for one CRM account. Safe to share: each thread has a session of its own."""

    def __init__(self, timeout: Timeout = TIMEOUT, pool_size: int = 4) -> None:
        self._timeout = timeout
        self._pool_size = pool_size
        self._local = threading.local()

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status; `Transient` if there was none.

        A connection that could not be opened is tried a second time; nothing else is.
        """

        def send() -> Answer:
            return self._send(
                method, url, params=params, json=json, data=data, headers=headers, timeout=timeout
            )

        return twice_if_unsent(send)

    def _send(self, method: str, url: str, *, timeout: Timeout | None, **body: object) -> Answer:
        sent_at = datetime.now(UTC)
        try:
            with self._session().request(
                method,
                url,
                timeout=timeout or self._timeout,
                allow_redirects=False,
                stream=True,
                **body,  # type: ignore[arg-type]
            ) as response:
                overheard.tell(response.headers, sent_at)
                return Answer(response.status_code, response.headers, _read(response))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise network_failure(error) from None  # its text holds the address, and so perhaps a secret

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.mount(
                "https://", HTTPAdapter(max_retries=0, pool_connections=2, pool_maxsize=self._pool_size)
            )
            session.mount(
                "http://", HTTPAdapter(max_retries=0, pool_connections=2, pool_maxsize=self._pool_size)
            )
            session.auth = _as_is
            self._local.session = session
        session = self._local.session
        assert isinstance(session, requests.Session)
        session.cookies.clear()
        return session


def _as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without an auth of its own a session takes one from the user's .netrc, over our header.
    return request


def _read(response: requests.Response) -> bytes:
    ends_at = time.monotonic() + DEADLINE_S
    body = bytearray()
    for chunk in response.iter_content(256 * 1024):
        body += chunk
        if len(body) > MAX_BODY:
            raise Unreadable(
                f"The CRM's answer is longer than {MAX_BODY} bytes.", status=response.status_code
            )
        if time.monotonic() > ends_at:
            raise Transient(f"The CRM's answer did not end within {DEADLINE_S:.0f} s.")
    return bytes(body)


def twice_if_unsent(call: Callable[[], Made]) -> Made:
    """What the call returns; a call that raised `Transient` before anything was sent is made once more."""
    for attempt in stamina.retry_context(on=_was_not_sent, attempts=2, wait_initial=0.1, wait_jitter=0.3):
        with attempt:
            deadline.check()
            return call()
    raise AssertionError("unreachable: the last attempt returns or raises")


def _was_not_sent(error: Exception) -> bool:
    return isinstance(error, Transient) and not error.uncertain


def network_failure(error: BaseException) -> Transient:
    """A failure of `requests` or urllib3 as a `Transient` that knows whether the request was sent."""
    cause = error.args[0] if isinstance(error, requests.RequestException) and error.args else error
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    unsent = isinstance(reason, NewConnectionError | ConnectTimeoutError)  # an unknown host is the former
    what = "could not be reached" if unsent else "gave no whole answer"
    name = type(reason if isinstance(reason, Exception) else error).__name__
    return Transient(f"The CRM {what} ({name}).", uncertain=not unsent)


# --- from an answer to an error ---

Row = type[ConnectorError] | Callable[[Answer], ConnectorError | None]
Table = Mapping[int, Row]
"""Status -> error class, or a function that looks into the answer and may find it fine (`None`).

A status without a row falls back to 400 or 500; 3xx is a moved account, which an admin has to look at."""

DEFAULT: Table = {
    300: Unreadable,
    400: Rejected,
    401: AuthFailed,
    402: AuthFailed,
    403: AuthFailed,
    404: Missing,
    408: Transient,
    409: Conflict,
    410: Missing,
    412: Conflict,
    423: RateLimited,
    429: RateLimited,
    500: Transient,
}


def classify(answer: Answer, table: Table = DEFAULT) -> ConnectorError | None:
    """The error that an answer means, in the CRM's words made safe and short; `None` if it is a success."""
    row = table.get(answer.status)
    if row is None:
        if answer.ok:
            return None
        family = answer.status // 100 * 100
        row = table.get(family, DEFAULT.get(family, Unreadable))
    return refusal(row, answer) if isinstance(row, type) else row(answer)


def refusal(kind: type[ConnectorError], answer: Answer, said: str | None = None) -> ConnectorError:
    """An error of that class for an answer, with its status, its `Retry-After` and what the CRM said."""
    message = f"The CRM answered {answer.status}: {said or words(answer)}"
    if issubclass(kind, RateLimited):
        return kind(message, retry_after_s=retry_after(answer, 10.0), status=answer.status)
    return kind(message, status=answer.status)


def words(answer: Answer) -> str:
    """The CRM's own explanation of a refusal, redacted and short; never a proxy's HTML."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "no explanation"
    for name in ("message", "error_description", "error"):
        if isinstance(said, dict) and isinstance(said.get(name), str) and said[name]:
            return short(said[name])
    return "no explanation"


def retry_after(answer: Answer, default: float) -> float:
    """Seconds that the `Retry-After` header asks for, as number or as date; `default` without a sound one."""
    value = answer.headers.get("Retry-After", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return default
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else default


# --- what may be said aloud ---


@dataclass(frozen=True)
class _Veil:
    pattern: re.Pattern[str]
    shown: str = field(default="[redacted]")


_SECRET_NAMES = (
    r"access_token|refresh_token|client_secret|application_token|token|secret|password|passwd|api_?key|hapikey"
    r"|authorization|auth|code|signature(?:_key)?|x-[\w-]*(?:token|key|secret)"
)
_VEILS = (
    _Veil(re.compile(r"(?i)\b(bearer|basic|zoho-oauthtoken)\s+[\w.~+/=-]{6,}"), r"\1 [redacted]"),
    _Veil(
        re.compile(rf"""(?i)(["']?\b(?:{_SECRET_NAMES})["']?\s*[=:]\s*["']?)[^\s"'&,;}})]{{4,}}"""),
        r"\1[redacted]",
    ),
    _Veil(re.compile(r"(?i)(/rest/(?:api/)?\d+/)[\w-]{6,}"), r"\1[redacted]"),  # Bitrix24 webhook address
    _Veil(
        re.compile(r"\b(?:pat-[a-z0-9]{2,5}|[a-z]{2}\d)-[0-9a-f]{4,}[\w-]*"), "[redacted]"
    ),  # HubSpot tokens
    _Veil(re.compile(r"[^\s<>\"'(),:;=]+(?:@|%40)[^\s<>\"'(),:;=&]+\.\w+"), "[e-mail]"),
    _Veil(re.compile(r"\+\d[\d ()./-]{6,}\d"), "[phone]"),
)


def redact(text: str) -> str:
    """The text without tokens, secrets, e-mail addresses, telephone numbers and what `privacy` hides."""
    text = privacy.hide(text)
    for veil in _VEILS:
        text = veil.pattern.sub(veil.shown, text)
    return text


def short(text: str, length: int = WORDS_LENGTH) -> str:
    """The text redacted, on one line, and cut to a length in characters."""
    line = " ".join(redact(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"
