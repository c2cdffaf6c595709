"""Which connections a command is about, and going through them: trouble with one does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.trouble import USAGE, Failed, words_for

if TYPE_CHECKING:
    from connectors.base import Connector
    from mapping.ruleset import Ruleset
    from sync.runtime import Runtime

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


def connector_of(runtime: Runtime, name: str, rules: Ruleset) -> Connector:
    """The connector of a connection; what is wrong with its settings is said without quoting them."""
    from pydantic import ValidationError

    try:
        return runtime.connector(name, rules)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise Failed(
            f"{rules.connections[name].place}: these settings do not fit its CRM: {wrong}."
        ) from error
    except LookupError as error:
        raise Failed(f"{rules.connections[name].place}: {error}") from error


def each(names: Iterable[str], act: Callable[[str], None]) -> dict[str, Failed]:
    """Do something with one connection after the other; returns the foreseeable trouble by connection."""
    failures: dict[str, Failed] = {}
    for name in names:
        try:
            act(name)
        except Exception as error:
            found = words_for(error)
            if found is None:
                raise
            failures[name] = Failed(found[1], found[0])
    return failures


def end(failures: dict[str, Failed]) -> None:
    """End the command with all that went wrong, if anything did."""
    if failures:
        said = "\n".join(f"{name}: {failure}" for name, failure in failures.items())
        raise Failed(said, max(failure.code for failure in failures.values()))
