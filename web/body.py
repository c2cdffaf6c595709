"""Reads a request's body within bounds of size and time; knows nothing of what is in it."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

MOST_BYTES = 1024 * 1024
WITHIN_S = 4.0  # senders wait five seconds for their answer


class TooLarge(Exception):
    """A delivery may have at most 1 MiB."""


class TooSlow(Exception):
    """A delivery must arrive within four seconds."""


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises `TooLarge`, `TooSlow`, and `ClientDisconnect` if the sender went away."""
    if _announced(scope) > MOST_BYTES:
        raise TooLarge(TooLarge.__doc__)
    try:
        async with asyncio.timeout(WITHIN_S):
            return await _read(receive)
    except TimeoutError as error:
        raise TooSlow(TooSlow.__doc__) from error


async def listen_on(receive: Receive) -> None:
    """Let a sender finish what nobody wants: one who is still talking does not hear the answer."""
    try:
        async with asyncio.timeout(WITHIN_S):
            while (await _next(receive))[1]:
                pass
    except (TimeoutError, ClientDisconnect):
        return


async def _read(receive: Receive) -> bytes:
    body, more = await _next(receive)
    if not more and len(body) <= MOST_BYTES:
        return body
    parts, size = [body], len(body)
    while more and size <= MOST_BYTES:
        body, more = await _next(receive)
        parts.append(body)
        size += len(body)
    if size > MOST_BYTES:
        raise TooLarge(TooLarge.__doc__)
    return b"".join(parts)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
