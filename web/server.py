"""Runs the web application under uvicorn, with limits, and ends it without losing what it accepted."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network

import uvicorn
from starlette.types import ASGIApp

from sync.listening import port_of
from sync.runtime import Runtime
from web.app import create_app
from web.protocol import BACKLOG, KEEP_ALIVE_S, MOST_REQUESTS, MOST_SOCKETS, BoundedProtocol

STOP_WITHIN_S = 10

# The writer thread and the event loop take turns: with Python's five milliseconds a turn is most of an answer.
SWITCH_S = 0.0005


Ready = Callable[[int], None]
Networks = Collection[IPv4Network | IPv6Network]


def serve(
    runtime: Runtime,
    listener: socket.socket,
    ready: Ready | None = None,
    *,
    trusted_proxies: Networks = (),
) -> None:
    """Be the web process on this socket until SIGINT or SIGTERM. `ready` is told the port once requests are
    answered; `trusted_proxies` are believed where a request came from."""
    run(create_app(runtime), listener, ready, trusted_proxies=trusted_proxies)


def run(
    app: ASGIApp, listener: socket.socket, ready: Ready | None = None, *, trusted_proxies: Networks = ()
) -> None:
    """Serve an application with the settings of a process that does nothing else; else as `serve`."""
    _allow_sockets(MOST_SOCKETS)
    sys.setswitchinterval(SWITCH_S)

    def started(port: int) -> None:
        # What is loaded by now stays: looking through it for garbage over and over costs a tenth of our time.
        gc.collect()
        gc.freeze()
        if ready is not None:
            ready(port)

    Server(app, listener, started, trusted_proxies=trusted_proxies).run()


class Server(uvicorn.Server):
    """The running web process; `stop` may be called from any thread."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        ready: Ready | None = None,
        *,
        trusted_proxies: Networks = (),
    ) -> None:
        self._ready = ready
        self._listener = listener
        self.port = port_of(listener)
        super().__init__(_config(app, trusted_proxies))

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until stopped."""
        try:
            super().run([self._listener])
        finally:
            self._listener.close()

    def stop(self) -> None:
        """Answer what is under way, store it, and end."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take a signal as the wish to end; uvicorn would raise it once more, past the caller's own end."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell who waits for it."""
        await super().startup(sockets)
        if self._ready is not None:
            self._ready(self.port)


def _config(app: ASGIApp, trusted_proxies: Networks) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        limit_concurrency=MOST_REQUESTS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        proxy_headers=bool(trusted_proxies),  # anybody else can claim what they like
        forwarded_allow_ips=[str(network) for network in trusted_proxies],
        server_header=False,
        access_log=False,
        log_config=None,
    )


def _allow_sockets(number: int) -> None:
    """Raise the limit on open files where it would be reached before our own."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 200
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
