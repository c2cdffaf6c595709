"""Where a request came from, for the throttle and the audit."""

from __future__ import annotations

from starlette.requests import Request


def address_of(request: Request) -> str:
    """The peer's address, or what a proxy that is trusted says of it; else what it claims anybody can claim."""
    return request.client.host if request.client else "-"
