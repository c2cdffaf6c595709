"""The form in which each resource lists its handlers; paths are those below /api/v1."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from sandbox.close.request import Request

Handler = Callable[[Request], Response]
Route = tuple[str, str, Handler]
BASE = "/api/v1"
