"""Which connections a command is about."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.trouble import USAGE, Failed
from mapping.ruleset import Ruleset

Connection = Annotated[
    str | None, typer.Argument(help="One connection of connections.yaml; all of them if left out.")
]


def chosen(rules: Ruleset, name: str | None) -> list[str]:
    """The connection of that name, or all. Raises `Failed` for an unknown one."""
    if name is None:
        return list(rules.connections)
    if name in rules.connections:
        return [name]
    from mapping.problems import unknown

    message, hint = unknown("connection", name, list(rules.connections))
    raise Failed(f"{message[0].upper()}{message[1:]} ({hint}).", USAGE)
