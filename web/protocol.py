"""uvicorn's HTTP protocol with bounds on what a sender may cost before its headers are complete.

uvicorn has none: a socket that never says anything, or one header byte a second, stays open for ever.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_WITHIN_S = 5.0
MOST_HEADER_BYTES = 64 * 1024
MOST_SOCKETS = 2_000  # beyond, connections are closed at once
MOST_REQUESTS = 1_500  # beyond so many sockets, requests are answered 503
KEEP_ALIVE_S = 5
BACKLOG = 2048


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose headers take too long or too much, and connections beyond a number."""

    _deadline: asyncio.TimerHandle | None = None
    _unfinished_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_SOCKETS:
            transport.abort()
        else:
            self._deadline = self.loop.call_later(HEADERS_WITHIN_S, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            return
        self._unfinished_bytes += len(data)
        if self._unfinished_bytes > MOST_HEADER_BYTES:
            self.transport.close()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_WITHIN_S, self.transport.close)

    def on_headers_complete(self) -> None:
        self._unfinished_bytes = 0
        self._forget_deadline()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
