"""Writes a drafted `connections.yaml`. Text out; holds no secret."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.document import Plain
from mapping.editing.writing import flow

HEAD = """\
# Which CRMs the conveyor works with. Secrets never stand here: ${NAME} is read from the environment, or from .env.

# public_url: https://conveyor.example.com  # where the CRMs send their webhooks; without it, changes are polled

connections:
"""


def connections_text(name: str, block: Mapping[str, Plain]) -> str:
    """The whole file, with one connection."""
    return HEAD + f"  {name}:\n" + "".join(f"    {key}: {flow(value)}\n" for key, value in block.items())
