"""Asks for what `conveyor init` needs to look into a CRM. Nothing that is typed in is shown or printed."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.trouble import USAGE, Failed
from sync.drafting.credentials import CREDENTIALS, at_hand, missing, variable

if TYPE_CHECKING:
    from sync.drafting.begin import Wish

ENV = Path(".env")


def known(crm: str) -> str:
    """The CRM of that name. Raises `Failed` for an unknown one."""
    from mapping.problems import unknown

    if crm in CREDENTIALS:
        return crm
    message, hint = unknown("CRM", crm, list(CREDENTIALS))
    raise Failed(f"{message[0].upper()}{message[1:]} ({hint}).", USAGE)


def which_crms(drafted: Collection[str], *, alone: bool) -> list[str]:
    """The CRMs whose credentials are there and that are not drafted, else the one that the terminal names.

    `alone` where only one will do.
    """
    from sync.house import environment

    found = [crm for crm in at_hand(environment()) if crm not in drafted]
    if found and not (alone and len(found) > 1):
        return found
    names = ", ".join(CREDENTIALS)
    if not sys.stdin.isatty():
        why = (
            f"the credentials of {', '.join(found)} are here"
            if found
            else "the credentials of no new one are here"
        )
        raise Failed(f"Which CRM? Name one of {names}: {why}.", USAGE)
    return [typer.prompt("Which CRM", type=_choice(list(CREDENTIALS)), err=True)]


def _choice(names: list[str]) -> object:
    import click

    return click.Choice(names)


def ask_for(wish: Wish, files: Mapping[str, str]) -> dict[str, str]:
    """The credentials that stand nowhere, by variable. Without a terminal that is a `Failed` that names them."""
    from sync.drafting.files import connection_names
    from sync.house import environment

    if wish.connection in connection_names(files):
        return {}  # its block says which variables it wants, and the connector which of them are not set
    wanted = missing(wish.crm, wish.connection, environment())
    if not wanted:
        return {}
    if not sys.stdin.isatty():
        names = ", ".join(f"{variable(wish.connection, each.variable)} ({each.question})" for each in wanted)
        raise Failed(f"{wish.connection} needs in the environment or .env: {names}.", USAGE)
    typer.echo(f"{wish.connection}: what it needs is explained in docs/connectors/{wish.crm}.md", err=True)
    return {
        variable(wish.connection, each.variable): str(
            typer.prompt(each.question, hide_input=each.secret, err=True)
        ).strip()
        for each in wanted
    }


def keep(secrets: Mapping[str, str]) -> None:
    """Put what was typed in into `.env`, which only its owner may read."""
    from sync.drafting.folder import keep_secrets

    if secrets:
        keep_secrets(ENV, secrets)
        typer.echo(f"Kept in {ENV}, readable for you alone: {', '.join(secrets)}.", err=True)
