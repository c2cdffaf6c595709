"""Where the web part and the emulated CRMs listen, as the command line has it."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from cli.trouble import Failed
from sync.listening import listen, port_of, take_over

Host = Annotated[str | None, typer.Option(help="Address to listen on (CONVEYOR_HOST).")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on, 0 for any free one (CONVEYOR_PORT).")
]
Listener = Annotated[
    int | None, typer.Option(hidden=True, help="The descriptor of a socket that listens there already.")
]


def opened(host: str, port: int, listener: int | None = None) -> socket.socket:
    """The socket that somebody listens on already, else a new one; for port 0 on any free port."""
    try:
        return listen(host, port) if listener is None else take_over(listener)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise Failed(f"{host}:{port} cannot be listened on ({why}). Choose another with --port.") from error


def address_of(host: str, listener: socket.socket) -> str:
    """The URL of what listens there."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port_of(listener)}"
