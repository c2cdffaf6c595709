"""Listening sockets that a parent opens and its children take over.

So a port is never free for others between its choice and its use, and whoever calls while a child is started again
waits instead of being refused.
"""

from __future__ import annotations

import socket


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, for 0 on any free port. Raises `OSError` if the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def take_over(descriptor: int) -> socket.socket:
    """The socket that a parent listens on already. Raises `OSError` if the descriptor is not one."""
    return socket.socket(fileno=descriptor)


def port_of(listener: socket.socket) -> int:
    """The port that a socket listens on."""
    return int(listener.getsockname()[1])
