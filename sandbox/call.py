"""One call of a CRM's API as a plain value, refusals, a table of routes. Not HTTP itself: see front.py."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response

Reason = Literal["rate", "malformed", "ordinary"]


@dataclass(slots=True)
class Call:
    """A received request. `params` are the parts of the path; `name` is the name it is counted under."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Headers
    body: bytes
    name: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Return method and path, as faults match them."""
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        """Return the decoded body; raise ValueError when it is not JSON."""
        return json.loads(self.body)

    def form(self) -> list[tuple[str, str]]:
        """Return the fields of a form-encoded body."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)


class Refusal(Exception):
    """An answer other than success, and how it is counted: `rate`, `malformed` or `ordinary`."""

    def __init__(self, response: Response, reason: Reason = "ordinary") -> None:
        super().__init__(f"refused with status {response.status_code} ({reason})")
        self.response = response
        self.reason = reason


# One encoder for all: making one for each record costs more than using it.
compact_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a compact JSON answer."""
    return Response(
        compact_json(value).encode(), status, dict(headers or {}), "application/json;charset=utf-8"
    )


Handler = Callable[[Call], Response]


class Routes:
    """Path templates with `{part}` -> handler, the first match wins."""

    def __init__(self, table: Sequence[tuple[str, str, Handler]]) -> None:
        self._table = [(method, _pattern(template), template, handler) for method, template, handler in table]

    def find(self, call: Call) -> Handler | Literal[404, 405]:
        """Return the handler and set `call.name` and `call.params`; or the status for having none."""
        status: Literal[404, 405] = 404
        for method, pattern, template, handler in self._table:
            match = pattern.fullmatch(call.path)
            if match is None:
                continue
            if method == call.method:
                call.params = match.groupdict()
                call.name = f"{method} {template}"
                return handler
            status = 405
        return status


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
